//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Case 14: however a program with an agent ends, it ends as without us, and
// says the same.
func TestEndings(t *testing.T) {
	b := newBench(t)
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	const use = `
import atexit, ctypes, os, signal, sys, threading, time
ctypes.CDLL(%q, mode=ctypes.RTLD_GLOBAL)
assert ctypes.CDLL(None).cudaMalloc(ctypes.byref(ctypes.c_void_p()), ctypes.c_size_t(9)) == 0
time.sleep(0.1)
%s
`
	runtime, preload := torch["PYTHONPATH"]+"/nvidia/cuda_runtime/lib/libcudart.so.12", "LD_PRELOAD="+shimPath(t)
	for _, ending := range []string{
		"pass",
		"sys.exit(3)",
		"sys.exit('words')",
		"os._exit(4)",
		"raise ValueError",
		"atexit.register(lambda: print('bye'))",
		"atexit.register(time.sleep, 0.2)",
		"threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()",
		"threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
		"os.kill(os.getpid(), signal.SIGTERM)",
		"os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
		"os.kill(os.getpid(), signal.SIGKILL)",
		"signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)",
		"os.abort()",
		"os.execv('/bin/sh', ['sh', '-c', 'echo other; exit 6'])",
	} {
		script := fmt.Sprintf(use, runtime, ending)
		bare := invokeCommand(t, b.env, b.py, "-c", script)
		if ours := invokeCommand(t, append(b.env, preload), b.py, "-c", script); ours != bare {
			t.Errorf("%s: %+v, without us %+v", ending, ours, bare)
		}
	}
}

// Case 15: before CUDA there is no thread of ours, of which Python 3.12 and
// later would warn at a fork.
func TestForkWithoutAWarning(t *testing.T) {
	supported, _ := pythons(t)
	for _, python := range supported {
		manyTimes(t, 5, 2, nil, python, "-W", "error::DeprecationWarning", "-c", "import os; os.fork() or os._exit(0); print(os.wait()[1])")
	}
}

// Case 15: a program that makes itself a daemon, closes all files and uses CUDA
// only then; a warning of threads at a fork would end it.
func TestDaemon(t *testing.T) {
	b := newBench(t)
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import ctypes, os, sys, time
out, inner = os.pipe()
if os.fork():
    os.close(inner)
    print(os.read(out, 100).decode())
    os.wait()
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.dup2(inner, 2)
os.closerange(3, 1024)
ctypes.CDLL(%q, mode=ctypes.RTLD_GLOBAL)
result = ctypes.CDLL(None).cudaMalloc(ctypes.byref(ctypes.c_void_p()), ctypes.c_size_t(9))
time.sleep(0.1)
os.closerange(3, 1024)
time.sleep(0.1)
if os.open("/dev/null", os.O_RDONLY) != 3:
    result = "not the lowest number"
os.write(2, str(result).encode())
`
	path := filepath.Join(t.TempDir(), "daemon.py")
	writeFile(t, path, fmt.Sprintf(script, torch["PYTHONPATH"]+"/nvidia/cuda_runtime/lib/libcudart.so.12"))
	bare := invokeCommand(t, b.env, b.py, "-W", "error::DeprecationWarning", path)
	ours := invokeCommand(t, append(b.env, "LD_PRELOAD="+shimPath(t)), b.py, "-W", "error::DeprecationWarning", path)
	if bare.stdout != "0\n" || ours != bare {
		t.Errorf("%+v, without us %+v", ours, bare)
	}
}
