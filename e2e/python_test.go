//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// pythons are all interpreters at hand: python3, Debian's and, where pyenv is,
// its versions; also those that are too old for the agent.
func pythons(t *testing.T) (supported, old []string) {
	t.Helper()
	first, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{first, "/usr/bin/python3"}
	more, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/*/bin/python"))
	seen := map[string]bool{}
	for _, path := range append(paths, more...) {
		out, err := exec.Command(path, "-c", "import sys; print(sys.version_info >= (3, 8)); print(sys.executable)").Output()
		age, executable, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		if real, linkErr := filepath.EvalSymlinks(executable); err != nil || linkErr != nil || seen[real] {
			continue
		} else {
			seen[real] = true
		}
		if age == "True" {
			supported = append(supported, executable)
		} else {
			old = append(old, executable)
		}
	}
	if len(supported) == 0 {
		t.Fatal("no Python")
	}
	return supported, old
}

// manyTimes runs a command with the shim preloaded, a few at a time; each must
// end in the same way as the first without it, and say the same.
func manyTimes(t *testing.T, rounds, atOnce int, env []string, name string, args ...string) {
	t.Helper()
	preload := "LD_PRELOAD=" + shimPath(t)
	bare := invokeCommand(t, env, name, args...)
	if bare.code != 0 || bare.stderr != "" {
		t.Fatalf("it fails by itself: %+v", bare)
	}
	turns := make(chan struct{}, rounds)
	for range rounds {
		turns <- struct{}{}
	}
	close(turns)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for range turns {
				if got := invokeCommand(t, append(env, preload), name, args...); got != bare {
					t.Errorf("%+v, without us %+v", got, bare)
				}
			}
		})
	}
	workers.Wait()
}

// Cases 10 and 13: starting and ending an interpreter under the shim, over and over,
// on every Python: no hang, no other exit code, not a byte on standard error.
func TestPythonStartsAndEnds(t *testing.T) {
	supported, old := pythons(t)
	for _, python := range supported {
		t.Run(python, func(t *testing.T) { manyTimes(t, 500, 2, nil, python, "-c", "pass") })
	}
	for _, python := range old {
		t.Run(python, func(t *testing.T) { manyTimes(t, 50, 2, nil, python, "-c", "pass") })
	}
}

// Case 13: the same with an agent that is awake, while the interpreter ends.
func TestPythonEndsWithAnAgent(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_TICK_MS=100")
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	watcher := exec.Command(binary, "--json", "--watch", "-d", "0.1")
	watcher.Env = b.env
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait()
	}()
	var env []string // PyTorch's folder is of another version than most of these
	for _, entry := range b.env {
		if !strings.HasPrefix(entry, "PYTHONPATH=") {
			env = append(env, entry)
		}
	}
	const use = "import ctypes, time; ctypes.CDLL(%q, mode=ctypes.RTLD_GLOBAL); assert ctypes.CDLL(None).cudaMalloc(ctypes.byref(ctypes.c_void_p()), ctypes.c_size_t(9)) == 0; time.sleep(0.25)"
	script := fmt.Sprintf(use, torch["PYTHONPATH"]+"/nvidia/cuda_runtime/lib/libcudart.so.12")
	supported, old := pythons(t)
	for _, python := range append(supported, old...) {
		t.Run(python, func(t *testing.T) { manyTimes(t, 40, 6, env, python, "-c", script) })
	}
}

// Case 14: a PyTorch program that is watched at full tilt, ending in each way.
func TestPythonEndsWhileWatched(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_TICK_MS=100")
	watcher := exec.Command(binary, "--json", "--watch", "-d", "0.1")
	watcher.Env = b.env
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait()
	})
	const use = "import torch, sys, os, time; torch.empty(1 << 22, device='cuda'); time.sleep(0.3); "
	for ending, code := range map[string]int{
		"pass": 0, "sys.exit(3)": 3, "os._exit(4)": 4, "raise SystemExit": 0,
		"import threading; threading.Thread(target=time.sleep, args=(0.3,)).start()": 0,
		"import atexit; atexit.register(time.sleep, 0.3)":                            0,
		"import signal; os.kill(os.getpid(), signal.SIGTERM)":                        -1,
		"import gc; [gc.collect() for _ in range(20)]":                               0,
	} {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			for range 3 {
				got := invokeCommand(t, b.env, binary, "run", "--", b.py, "-W", "ignore", "-c", use+ending)
				if got.code != code || got.stdout != "" || got.stderr != "" {
					t.Errorf("exit code %d, want %d: %q %q", got.code, code, got.stdout, got.stderr)
				}
			}
		})
	}
}

// Case 15: children of every kind work as without us, before and after CUDA.
func TestChildren(t *testing.T) {
	b := newBench(t)
	const script = `
import multiprocessing, os, signal, subprocess, sys

def double(x):
    return 2 * x

def main(cuda):
    if cuda:
        import torch
        torch.empty(1 << 20, device="cuda")
    out = []
    for method in ("spawn", "forkserver") + (() if cuda else ("fork",)):
        with multiprocessing.get_context(method).Pool(2) as pool:
            out.append((method, pool.map(double, range(4))))
    pid = os.fork()
    if pid == 0:
        os._exit(5)
    out.append(("fork", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
    out.append(("subprocess", subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True)))
    out.append(("empty environment", subprocess.run([sys.executable, "-c", "import os; print(sorted(os.environ))"], env={}, capture_output=True, text=True).returncode))
    try:
        os.kill(os.getpid(), signal.SIGINT)
        out.append("no interrupt")
    except KeyboardInterrupt:
        out.append("interrupt")
    print(out)

if __name__ == "__main__":
    main(sys.argv[1] == "cuda")
`
	path := filepath.Join(t.TempDir(), "children.py")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, cuda := range []string{"cuda", "none"} {
		args := []string{"-W", "error::DeprecationWarning", path, cuda}
		if cuda == "cuda" { // the driver's own thread is there, with and without us
			args = args[2:]
		}
		bare := invokeCommand(t, b.env, b.py, args...)
		ours := invokeCommand(t, b.env, binary, append([]string{"run", "--", b.py}, args...)...)
		if bare != ours {
			t.Errorf("%s: bare %+v\nwith us %+v", cuda, bare, ours)
		}
		if bare.code != 0 || !strings.Contains(bare.stdout, "'interrupt'") {
			t.Errorf("%s: the script itself fails: %+v", cuda, bare)
		}
	}
}

// Nothing is made before CUDA is used: no thread, no file.
// Case 15.
func TestNothingBeforeCUDA(t *testing.T) {
	b := newBench(t)
	const look = "import os; print(len(os.listdir('/proc/self/task')), [os.readlink('/proc/self/fd/' + f) for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f) and 'memfd' in os.readlink('/proc/self/fd/' + f)])"
	got := invokeCommand(t, b.env, binary, "run", "--", b.py, "-c", look)
	if strings.TrimSpace(got.stdout) != "1 []" || got.stderr != "" {
		t.Errorf("before CUDA: %q %q", got.stdout, got.stderr)
	}
	after := invokeCommand(t, b.env, binary, "run", "--", b.py, "-W", "ignore", "-c", fmt.Sprintf("import torch, time; torch.cuda.init(); time.sleep(0.2); %s", look))
	if !strings.Contains(after.stdout, "gpufragtop:page") {
		t.Errorf("after CUDA: %q %q", after.stdout, after.stderr)
	}
}
