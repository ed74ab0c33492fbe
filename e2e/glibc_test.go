//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// glibcTrees are the C libraries that glibc/install unpacked.
func glibcTrees(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("glibc/install").Output()
	if err != nil {
		t.Fatalf("glibc/install: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// shimPath is where "gpufragtop run" has unpacked the shim.
func shimPath(t *testing.T) string {
	t.Helper()
	for entry := range strings.Lines(invoke(t, nil, "run", "--", "env").stdout) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(entry), "LD_PRELOAD="); ok {
			return path
		}
	}
	t.Fatal("run sets no LD_PRELOAD")
	return ""
}

func compileC(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("cc", append([]string{"-D_GNU_SOURCE", "-O1", "-Wall"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("cc %v: %v\n%s", args, err, out)
	}
}

// Case 12: the shim loads and works on a C library of 2020 and on newer ones.
func TestOnOtherGlibcs(t *testing.T) {
	trees, shim, dir := glibcTrees(t), shimPath(t), t.TempDir()
	const sources = "../cudashim/testdata/"
	runtime, program := filepath.Join(dir, "libcudart.so.12"), filepath.Join(dir, "program")
	compileC(t, "-shared", "-fPIC", "-Wl,-soname,libcudart.so.12", sources+"runtime.c", "-o", runtime)
	compileC(t, "-nostartfiles", "-fno-stack-protector", "-include", "../cudashim/csrc/glibc.h", "-DLINKED", sources+"program.c", "testdata/oldlibc/start.c",
		runtime, "-Wl,--no-as-needed", "-l:libdl.so.2", "-l:libpthread.so.0", "-o", program)
	found, _ := filepath.Glob(trees + "/glibc-*")
	if len(found) < 3 {
		t.Fatalf("only %v", found)
	}
	for _, tree := range found {
		t.Run(filepath.Base(tree), func(t *testing.T) {
			loaders, _ := filepath.Glob(tree + "/lib/x86_64-linux-gnu/ld-*.so*")
			more, _ := filepath.Glob(tree + "/usr/lib/x86_64-linux-gnu/ld-*.so*")
			if loaders = append(loaders, more...); len(loaders) == 0 {
				t.Fatal("no loader")
			}
			libraries := filepath.Dir(loaders[0]) + ":" + dir
			for _, mode := range []string{"calls", "quiet", "masked", "forks"} {
				play := func(env ...string) result {
					return invokeCommand(t, env, loaders[0], "--library-path", libraries, program, mode)
				}
				ours := play("LD_PRELOAD=" + shim)
				if ours.code != 0 || ours.stderr != "" {
					t.Errorf("%s: %+v", mode, ours)
				}
				if mode == "calls" {
					if bare := play(); bare != ours {
						t.Errorf("calls: bare %+v, with us %+v", bare, ours)
					}
				}
				if mode == "quiet" && !strings.Contains(ours.stdout, "succeeded threads=2 files=5") {
					t.Errorf("the agent does not start: %+v", ours)
				}
			}
		})
	}
}

// Case 12: preloading the shim into a program that is linked with musl would
// end it, so run refuses, in words.
func TestMuslIsRefused(t *testing.T) {
	loader := glibcTrees(t) + "/musl/lib/ld-musl-x86_64.so.1"
	source, program := filepath.Join(t.TempDir(), "hello.c"), filepath.Join(t.TempDir(), "hello")
	writeFile(t, source, "#include <stdio.h>\nint main(void) { return puts(\"hello\") < 0; }\n")
	compileC(t, "-nostartfiles", "-fno-stack-protector", source, "testdata/oldlibc/start.c", "-Wl,--dynamic-linker="+loader, "-o", program)
	if bare := invokeCommand(t, nil, program); bare.code != 0 || bare.stdout != "hello\n" {
		t.Fatalf("bare: %+v", bare)
	}
	if forced := invokeCommand(t, []string{"LD_PRELOAD=" + shimPath(t)}, program); forced.code == 0 {
		t.Errorf("a preload does no harm: %+v: this refusal could go", forced)
	}
	ours := invoke(t, nil, "run", "--", program)
	if ours.code != 1 || ours.stdout != "" || !strings.Contains(ours.stderr, "linked with musl") || strings.Count(ours.stderr, "\n") != 1 {
		t.Errorf("with us: %+v", ours)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
