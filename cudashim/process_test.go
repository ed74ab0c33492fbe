package cudashim

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
)

func TestMain(m *testing.M) {
	if command, ok := os.LookupEnv(childVariable); ok {
		os.Exit(runChild(command))
	}
	pagetest.Lock(pagetest.Alone)
	os.Exit(m.Run())
}

// bench is a folder with the stand-in runtime, a library and two programs.
type bench struct {
	linked, bare, library, shim string
}

func newBench(t *testing.T) bench {
	t.Helper()
	dir := t.TempDir()
	runtime := filepath.Join(dir, "libcudart.so.12")
	b := bench{linked: filepath.Join(dir, "linked"), bare: filepath.Join(dir, "bare"), library: filepath.Join(dir, "library.so")}
	rpath := "-Wl,-rpath," + dir
	compile(t, "-shared", "-fPIC", "-Wl,-soname,libcudart.so.12", "testdata/runtime.c", "-o", runtime)
	compile(t, "-shared", "-fPIC", "testdata/library.c", runtime, rpath, "-o", b.library)
	compile(t, "-DLINKED", "testdata/program.c", runtime, rpath, "-ldl", "-o", b.linked)
	compile(t, "testdata/program.c", "-ldl", "-o", b.bare)
	shim, err := unpackTo(filepath.Join(dir, "cache"), library)
	if err != nil {
		t.Fatal(err)
	}
	b.shim = shim
	return b
}

func compile(t *testing.T, args ...string) {
	t.Helper()
	args = append([]string{"-D_GNU_SOURCE", "-O1", "-Wall"}, args...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		t.Fatalf("cc %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// command is a program under the shim, with variables of ours removed.
func (b bench) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+b.shim, "GPUFRAGTOP_DISABLE=", "GPUFRAGTOP_TICK_MS=100")
	return cmd
}

// output runs a program and returns its stdout; stderr must stay empty.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.String() != "" {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, stderr.String())
	}
	return string(out)
}

func TestCallsPassThrough(t *testing.T) {
	b := newBench(t)
	plain := output(t, exec.Command(b.linked, "calls"))
	if !strings.Contains(plain, "calls 6") {
		t.Fatalf("the stand-in does not work: %s", plain)
	}
	for _, env := range []string{"A=b", "GPUFRAGTOP_DISABLE=1", "FAIL_FIRST=2"} {
		without := exec.Command(b.linked, "calls")
		without.Env = append(os.Environ(), env)
		with := b.command(b.linked, "calls")
		with.Env = append(with.Env, env)
		if got, want := output(t, with), output(t, without); got != want {
			t.Errorf("%s: with the shim:\n%swithout:\n%s", env, got, want)
		}
	}
}

func TestSilentUntilTheFirstSuccess(t *testing.T) {
	b := newBench(t)
	cmd := b.command(b.linked, "quiet")
	cmd.Env = append(cmd.Env, "FAIL_FIRST=1")
	want := "start threads=1 files=3\nfailed threads=1 files=3\nsucceeded threads=2 files=5\n"
	if got := output(t, cmd); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestDisabled(t *testing.T) {
	b := newBench(t)
	cmd := b.command(b.linked, "quiet")
	cmd.Env = append(cmd.Env, "GPUFRAGTOP_DISABLE=1")
	if got := output(t, cmd); got != "start threads=1 files=3\nfailed threads=1 files=3\nsucceeded threads=1 files=3\n" {
		t.Errorf("disabled, and yet: %s", got)
	}
}

// A file size limit below the page must not end the program with SIGXFSZ.
func TestFileSizeLimit(t *testing.T) {
	b := newBench(t)
	if got := output(t, b.command(b.linked, "limited")); got != "limited threads=1 files=3\n" {
		t.Errorf("under a file size limit: %s", got)
	}
}

// A program that may open few files, or map little memory, or lock none, runs as
// without us; where there is no room for a page there is none.
func TestFewResources(t *testing.T) {
	b := newBench(t)
	plain := output(t, exec.Command(b.linked, "calls"))
	for _, limit := range []string{"-n 8", "-n 5", "-n 4", "-l 0", "-v 60000", "-v 20000"} {
		cmd := b.command("/bin/sh", "-c", "ulimit "+limit+"; exec \"$0\" calls", b.linked)
		if got := output(t, cmd); got != plain {
			t.Errorf("ulimit %s: with the shim:\n%swithout:\n%s", limit, got, plain)
		}
	}
	got := output(t, b.command("/bin/sh", "-c", "ulimit -n 4; exec \"$0\" quiet", b.linked))
	if !strings.Contains(got, "succeeded threads=1 files=3\n") {
		t.Errorf("with room for one file, yet: %s", got)
	}
}

func TestAgentBlocksAllSignals(t *testing.T) {
	b := newBench(t)
	got := output(t, b.command(b.linked, "masked"))
	var program, agent uint64
	if _, err := fmt.Sscanf(got, "linked SigBlk:\t%x\ngpufragtop SigBlk:\t%x\n", &program, &agent); err != nil {
		t.Fatalf("%v in:\n%s", err, got)
	}
	// SIGKILL and SIGSTOP cannot be blocked, and glibc keeps 32 and 33 for itself.
	const all = ^uint64(1<<8 | 1<<18 | 1<<31 | 1<<32)
	if program != 0 || agent&all != all {
		t.Errorf("the program blocks %x, the agent %x", program, agent)
	}
}

func TestForkChildStaysSilent(t *testing.T) {
	b := newBench(t)
	if got := output(t, b.command(b.linked, "forks")); got != "child threads=1\nexit 5\n" {
		t.Errorf("fork: %s", got)
	}
}

func TestRuntimeInALocalScope(t *testing.T) {
	b := newBench(t)
	plain := output(t, exec.Command(b.bare, "local", b.library))
	if got := output(t, b.command(b.bare, "local", b.library)); got != plain || got != "local 0 0x1234000\n" {
		t.Errorf("got %s without the shim %s", got, plain)
	}
}

func TestNoCUDAAtAll(t *testing.T) {
	b := newBench(t)
	want := "malloc 35 count 35 0 init 100\nmissing threads=1 files=3\n"
	if got := output(t, b.command(b.bare, "missing")); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// Another preloaded library that wraps the same call and asks for the next one
// must reach the runtime, in either order, without going in circles.
func TestBesideAnotherShim(t *testing.T) {
	b := newBench(t)
	other := filepath.Join(t.TempDir(), "other.so")
	compile(t, "-shared", "-fPIC", "testdata/other.c", "-ldl", "-o", other)
	for _, preload := range []string{other + ":" + b.shim, b.shim + ":" + other} {
		for _, args := range [][]string{{b.linked, "calls"}, {b.bare, "local", b.library}} {
			cmd := b.command(args[0], args[1:]...)
			cmd.Env = append(cmd.Env, "LD_PRELOAD="+preload)
			if got, want := output(t, cmd), output(t, exec.Command(args[0], args[1:]...)); got != want {
				t.Errorf("%s %v: got:\n%swant:\n%s", preload, args, got, want)
			}
		}
	}
}

func TestPageCode(t *testing.T) {
	program := filepath.Join(t.TempDir(), "pages")
	compile(t, "-std=c11", `-DGFT_SOURCE_HASH="test"`, "-DGFT_NO_PINS", "testdata/pages.c",
		"csrc/page.c", "csrc/publish.c", "csrc/tracefile.c", "csrc/reportfile.c", "csrc/wake.c", "csrc/cmd.c", "csrc/text.c", "csrc/process.c", "-o", program)
	output(t, exec.Command(program))
}

// target is a program that waits, told what to do line by line.
type target struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func (b bench) start(t *testing.T, env ...string) *target {
	t.Helper()
	cmd := b.command(b.linked, "waits")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &target{cmd: cmd, in: in, lines: bufio.NewScanner(out)}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 7 {
			t.Errorf("the program ended with %v, not with its own exit code 7", err)
		}
	})
	p.expect(t, "ready")
	return p
}

func (p *target) expect(t *testing.T, want string) {
	t.Helper()
	if !p.lines.Scan() || p.lines.Text() != want {
		t.Fatalf("the program said %q, want %q", p.lines.Text(), want)
	}
}

func (p *target) say(t *testing.T, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		t.Fatal(err)
	}
	p.expect(t, "done")
}

// The dynamic loader drops LD_PRELOAD for programs with more rights than their
// user. Where the shim gets into one all the same, it does nothing.
func TestPrivilegedProgramsAreLeftAlone(t *testing.T) {
	b := newBench(t)
	secure := filepath.Join(t.TempDir(), "secure.so")
	compile(t, "-shared", "-fPIC", "testdata/secure.c", "-o", secure)
	cmd := b.command(b.linked, "quiet")
	cmd.Env = append(cmd.Env, "LD_PRELOAD="+b.shim+":"+secure)
	want := "start threads=1 files=3\nfailed threads=1 files=3\nsucceeded threads=1 files=3\n"
	if got := output(t, cmd); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
