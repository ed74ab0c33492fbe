package cudashim

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop is a directory of programs, and an environment whose PATH it is.
type shop struct {
	dir string
	env []string
}

func newShop(t *testing.T) shop {
	t.Helper()
	dir := t.TempDir()
	return shop{dir: dir, env: []string{"PATH=" + dir, "HOME=" + t.TempDir(), "KEEP=1"}}
}

func (s shop) file(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// program compiles one that can be instrumented, unless flags say otherwise.
func (s shop) program(t *testing.T, name string, flags ...string) string {
	t.Helper()
	source := s.file(t, name+".c", "int main(void) { return 0; }\n", 0o600)
	path := filepath.Join(s.dir, name)
	compile(t, append(flags, source, "-o", path)...)
	return path
}

func TestPrepare(t *testing.T) {
	s := newShop(t)
	path := s.program(t, "train")
	launch, err := Prepare([]string{"train", "--epochs", "3"}, s.env, RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if launch.Path != path || !slices.Equal(launch.Argv, []string{"train", "--epochs", "3"}) {
		t.Errorf("it would execute %s with %q", launch.Path, launch.Argv)
	}
	shim := getenv(launch.Env, "LD_PRELOAD")
	if content, err := os.ReadFile(shim); err != nil || string(content) != string(library) {
		t.Errorf("LD_PRELOAD=%s: %v", shim, err)
	}
	if diff := cmp.Diff(append(slices.Clone(s.env), "LD_PRELOAD="+shim), launch.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	again, err := Prepare([]string{path}, launch.Env, RunOptions{WatchOnly: true})
	if err != nil || again.Path != path {
		t.Fatalf("%+v, %v", again, err)
	}
	if diff := cmp.Diff(append(slices.Clone(launch.Env), "GPUFRAGTOP_ALLOW_RELEASE=0"), again.Env); diff != "" {
		t.Errorf("environment of a second run, watch only (-want +got):\n%s", diff)
	}
}

// Case 25.
func TestPrepareAppendsToPreload(t *testing.T) {
	s := newShop(t)
	s.program(t, "train")
	launch, err := Prepare([]string{"train"}, append(s.env, "LD_PRELOAD=/lib/a.so /lib/b.so"), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := getenv(launch.Env, "LD_PRELOAD"); !strings.HasPrefix(got, "/lib/a.so /lib/b.so:/") {
		t.Errorf("LD_PRELOAD=%s", got)
	}
}

func TestPrepareScripts(t *testing.T) {
	s := newShop(t)
	interpreter := s.program(t, "python9")
	for name, first := range map[string]string{
		"direct": "#!" + interpreter + " -u\n",
		"env":    "#!/usr/bin/env python9\n",
		"split":  "#! /usr/bin/env -S python9 -u\n",
		"nested": "#!" + s.file(t, "inner", "#!"+interpreter+"\n", 0o755) + "\n",
	} {
		path := s.file(t, name, first+"rest\n", 0o755)
		launch, err := Prepare([]string{name, "x"}, s.env, RunOptions{})
		if err != nil || launch.Path != path || !slices.Equal(launch.Argv, []string{name, "x"}) {
			t.Errorf("%s: %+v, %v", name, launch, err)
		}
	}
	plain := s.file(t, "plain", "echo hello\n", 0o755)
	launch, err := Prepare([]string{"plain", "x"}, s.env, RunOptions{})
	if err != nil || launch.Path != "/bin/sh" || !slices.Equal(launch.Argv, []string{"sh", plain, "x"}) {
		t.Errorf("a script without #!: %+v, %v", launch, err)
	}

	static := s.program(t, "static")
	dropInterpreter(t, static)
	s.file(t, "over", "#!"+static+"\n", 0o755)
	_, err = Prepare([]string{"over"}, s.env, RunOptions{})
	refused(t, err, 1, static, "statically linked")
	s.file(t, "orphan", "#!/usr/bin/env python10\n", 0o755)
	_, err = Prepare([]string{"orphan"}, s.env, RunOptions{})
	refused(t, err, 127, "python10")
	s.file(t, "circle", "#!"+filepath.Join(s.dir, "circle")+"\n", 0o755)
	_, err = Prepare([]string{"circle"}, s.env, RunOptions{})
	refused(t, err, 126, "too many")
}

func TestPrepareNotFound(t *testing.T) {
	s := newShop(t)
	s.file(t, "data", "x", 0o644)
	if err := os.Mkdir(filepath.Join(s.dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		command string
		code    int
		words   string
	}{
		{"no-such-command", 127, "command not found"},
		{s.dir + "/nothing", 127, "no such file"},
		{"data", 126, "not executable"},
		{s.dir + "/data", 126, "not executable"},
		{s.dir + "/folder", 126, "is a directory"},
		{"", 2, "no command"},
	}
	for _, c := range cases {
		_, err := Prepare([]string{c.command}, s.env, RunOptions{})
		refused(t, err, c.code, c.words)
	}
	s.file(t, "garbage", "\x7fELF\x00nothing", 0o755)
	_, err := Prepare([]string{"garbage"}, s.env, RunOptions{})
	refused(t, err, 126, "not a program")
}

// Case 12.
func TestPrepareRefusesPrograms(t *testing.T) {
	s := newShop(t)
	dropInterpreter(t, s.program(t, "static"))
	s.program(t, "musl", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
	s.file(t, "runtime.c", "void __asan_init(void) {}\n", 0o600)
	asan := filepath.Join(s.dir, "libasan.so.8")
	compile(t, "-shared", "-fPIC", "-Wl,-soname,libasan.so.8", filepath.Join(s.dir, "runtime.c"), "-o", asan)
	s.program(t, "asan", "-Wl,--no-as-needed", asan)
	s.program(t, "asan-inside", "-rdynamic", filepath.Join(s.dir, "runtime.c"))
	foreign := s.program(t, "foreign")
	patch(t, foreign, 18, 0xb7) // e_machine: EM_AARCH64
	for name, words := range map[string]string{
		"static": "statically linked", "musl": "musl", "asan": "AddressSanitizer",
		"asan-inside": "AddressSanitizer", "foreign": "another machine",
	} {
		_, err := Prepare([]string{name}, s.env, RunOptions{})
		refused(t, err, 1, name, words)
	}
}

func TestPrepareRefusesSetuid(t *testing.T) {
	s := newShop(t)
	path := s.program(t, "privileged")
	other := os.Getuid() + 1
	if err := os.Chown(path, other, -1); err != nil {
		// Only root can make such a file: use one of the system's.
		path = "/usr/bin/passwd"
	} else if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	_, err := Prepare([]string{path}, s.env, RunOptions{})
	refused(t, err, 1, "privileges")
}

func TestPrepareRefusesClients(t *testing.T) {
	s := newShop(t)
	for _, name := range []string{"docker", "kubectl", "srun", "ssh", "sbatch", "sudo"} {
		s.program(t, name)
		_, err := Prepare([]string{name, "x"}, s.env, RunOptions{})
		refused(t, err, 2, name, "gpufragtop run")
	}
	for _, name := range []string{"mpirun", "torchrun", "python"} {
		s.program(t, name)
		if _, err := Prepare([]string{name}, s.env, RunOptions{}); err != nil {
			t.Errorf("%s executes locally, and yet: %v", name, err)
		}
	}
}

// dropInterpreter makes a program one that no dynamic loader loads.
func dropInterpreter(t *testing.T, path string) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const headers, size = 64, 56 // where program headers start in what a linker writes, and how long each is
	for i, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			patch(t, path, headers+i*size, byte(elf.PT_NULL))
			return
		}
	}
	t.Fatal("the program has no interpreter")
}

func patch(t *testing.T, path string, offset int, value byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[offset] = value
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
}
