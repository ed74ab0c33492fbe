//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Real PyTorch, instrumented and not, and a child that was not given the
// environment.
func TestDoctorOfPyTorch(t *testing.T) {
	b := newBench(t)
	ask := func(pid int) report { return doctor(t, b.env, strconv.Itoa(pid)) }
	p := b.start(1)
	p.tell("alloc 1048576")
	if r := ask(p.pid()); r.Blocked || r.level("figures") != "ok" || r.level("release") != "ok" || r.level("shim_version") != "ok" {
		t.Errorf("instrumented: %+v", r)
	}
	watched := b.start(1, "--watch-only")
	watched.tell("alloc 1048576")
	if r := ask(watched.pid()); r.Blocked || r.level("release") != "hint" {
		t.Errorf("watch-only: %+v", r)
	}
	plain := b.startCommand(b.py, "torch/program.py", "1")
	plain.tell("alloc 1048576")
	r := ask(plain.pid())
	if !r.Blocked || r.level("framework") != "ok" || r.level("instrumented") != "problem" || r.Line == nil || *r.Line != fmt.Sprintf("gpufragtop attach %d", plain.pid()) {
		t.Errorf("not instrumented: %+v", r)
	}
	if got := invokeCommand(t, b.env, binary, "doctor", strconv.Itoa(plain.pid())); !strings.Contains(got.stdout, "torch/program.py 1\n") {
		t.Errorf("nothing of its next start: %s", got.stdout)
	}
	parent := exec.Command(binary, "run", "--", b.py, "-c", `import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], env={})
print(child.pid, flush=True)
sys.stdin.read()
child.kill()`)
	parent.Env = b.env
	in, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); _ = parent.Wait() }()
	var child int
	if _, err := fmt.Fscan(out, &child); err != nil {
		t.Fatal(err)
	}
	awaitArgument(t, child, "time.sleep")
	got := invokeCommand(t, b.env, binary, "doctor", strconv.Itoa(child))
	if got.code != 1 || !strings.Contains(got.stdout, fmt.Sprintf("its parent %d was started with the shim", parent.Process.Pid)) {
		t.Errorf("env={}: %+v", got)
	}
}

// awaitArgument waits until a child has become the program with this argument.
func awaitArgument(t *testing.T, pid int, word string) {
	t.Helper()
	for {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(line), word) {
			return
		}
	}
}
