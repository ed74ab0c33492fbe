//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// attach runs gpufragtop attach on a program.
func (b *bench) attach(p *program, args ...string) result {
	b.t.Helper()
	return b.monitor(append([]string{"attach", fmt.Sprint(p.pid())}, args...)...)
}

// A running PyTorch that knows nothing of us is seen inside afterwards, with
// PyTorch's own figures, and is not released unless by force.
func TestAttachToPyTorch(t *testing.T) {
	b := newBench(t, "GFT_FAKE_DEVICES=2")
	p := b.startCommand(b.py, "torch/program.py", "7")
	p.tell("step 300")
	if row := b.rows(p)[0]; row["instrumented"] != false {
		t.Fatal("instrumented already")
	}
	if got := b.attach(p); got.code != 2 || !strings.Contains(got.stderr, "--yes-pause") {
		t.Errorf("nobody there to ask: %d %q", got.code, got.stderr)
	}
	p.send("run 4000") // it waits in a read otherwise, and not for a command
	got := b.attach(p, "--yes-pause")
	if got.code != 0 || !strings.Contains(got.stdout, "pytorch 2.6") || !strings.Contains(got.stdout, "2 GPUs") || !strings.Contains(got.stdout, "--force") {
		t.Errorf("attach: %d %q %q", got.code, got.stdout, got.stderr)
	}
	p.answer()
	stats := p.tell("stats")["devices"].([]any)
	rows := b.rows(p)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	reserved := map[string]bool{}
	for _, row := range rows {
		reserved[format(row["reserved_bytes"])] = true
		if row["stranded_bytes"] == nil || row["instrumented"] != true {
			t.Errorf("row %v", row)
		}
	}
	for _, device := range stats {
		if want := format(device.(map[string]any)["reserved_bytes.all.current"]); !reserved[want] {
			t.Errorf("PyTorch reserves %s, the rows say %v", want, reserved)
		}
	}
	if outcome, _ := b.release(p); outcome.Status != "capture" {
		t.Errorf("released without force: %+v", outcome)
	}
	if outcome, _ := b.release(p, "--force"); outcome.Status != "done" {
		t.Errorf("not released by force: %+v", outcome)
	}
	if again := b.attach(p); again.code != 0 || !strings.Contains(again.stdout, "instrumented already") {
		t.Errorf("again: %d %q %q", again.code, again.stdout, again.stderr)
	}
	if code, words := p.quit(3); code != 3 || words != "" {
		t.Errorf("it ended with %d and said %q", code, words)
	}
}

// attachTarget counts in threads and in the main thread, sleeps where asked,
// until there is a file of a given name.
const attachTarget = `
import os, sys, threading, time
mode, end, ended = sys.argv[1], sys.argv[2], False
def count():
    while not ended:
        sum(range(10))
threads = [threading.Thread(target=count) for _ in range(3 if mode == "threads" else 0)]
for t in threads: t.start()
print("ready", flush=True)
while not os.path.exists(end):
    if mode in ("sleep", "long"):
        time.sleep(0.7 if mode == "sleep" else 4)
    sum(range(1000))
ended = True
for t in threads: t.join()
print("fine", "ctypes" in sys.modules)
`

// Every Python at hand that is old enough, busy, with threads, and asleep; what
// it says and how it ends is as without us, and nothing is imported in it.
// Case 24.
func TestAttachToEveryPython(t *testing.T) {
	supported, _ := pythons(t)
	for _, python := range supported {
		for _, mode := range []string{"busy", "threads", "sleep"} {
			t.Run(python+" "+mode, func(t *testing.T) {
				t.Parallel()
				var out, stderr strings.Builder
				end := filepath.Join(t.TempDir(), "end")
				cmd := exec.Command(python, "-c", attachTarget, mode, end)
				cmd.Stdout, cmd.Stderr = &out, &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				defer cmd.Process.Kill()
				time.Sleep(time.Second)
				got := invoke(t, nil, "attach", fmt.Sprint(cmd.Process.Pid), "--yes-pause", "--wait", "20s")
				if got.code != 0 || !strings.Contains(got.stdout, "attached to") {
					t.Errorf("attach: %d %q %q", got.code, got.stdout, got.stderr)
				}
				notStopped(t, cmd.Process.Pid)
				touch(t, end)
				if err := cmd.Wait(); err != nil || out.String() != "ready\nfine False\n" || stderr.String() != "" {
					t.Errorf("it ended with %v, said %q and %q", err, out.String(), stderr.String())
				}
			})
		}
	}
}

// touch makes an empty file.
func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// notStopped holds a process to have no thread that stands still.
func notStopped(t *testing.T, pid int) {
	t.Helper()
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if len(tasks) == 0 {
		t.Fatal("it has ended")
	}
	for _, task := range tasks {
		stat, _ := os.ReadFile(task)
		if _, rest, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(rest, "t") || strings.HasPrefix(rest, "T") {
			t.Errorf("%s: %s", task, rest)
		}
	}
}

// A call that holds the interpreter's lock is waited for, not for ever; what
// was asked for never happens afterwards.
// Case 24.
func TestAttachExpires(t *testing.T) {
	const script = "import ctypes, time; print('ready', flush=True); ctypes.PyDLL(None).usleep(4000000); time.sleep(1); print('fine')"
	var out strings.Builder
	cmd := exec.Command("python3", "-c", script)
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	got := invoke(t, nil, "attach", fmt.Sprint(cmd.Process.Pid), "--yes-pause", "--wait", "1s")
	if got.code != 1 || !strings.Contains(got.stderr, "withdrawn") {
		t.Errorf("%d %q %q", got.code, got.stdout, got.stderr)
	}
	notStopped(t, cmd.Process.Pid)
	time.Sleep(3 * time.Second)
	if names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", cmd.Process.Pid)); len(names) > 1 {
		t.Errorf("%d threads: the agent came after all", len(names))
	}
	if err := cmd.Wait(); err != nil || out.String() != "ready\nfine\n" {
		t.Errorf("%v, it said %q", err, out.String())
	}
}

// python314 is a folder with Python 3.14 in it, to be used with chroot.
func python314(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("python314/install").Output()
	if err != nil {
		t.Fatalf("python314/install: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Python 3.14 loads the shim by itself: it is never stopped, and nobody is
// asked. It has mounts and a root of its own here, as in a container.
func TestAttachToPython314(t *testing.T) {
	root := python314(t)
	start := func(mode, end string, args ...string) (*exec.Cmd, *strings.Builder) {
		t.Cleanup(func() { os.Remove(root + end) })
		var out strings.Builder
		const enter = `mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/python3.14 "$@"`
		cmd := exec.Command("unshare", append(append([]string{"--mount", "sh", "-c", enter, root}, args...), "-c", attachTarget, mode, end)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		time.Sleep(time.Second)
		return cmd, &out
	}
	nothingLeft := func() {
		t.Helper()
		left, _ := filepath.Glob(root + "/*/gpufragtop*")
		if more, _ := filepath.Glob(root + "/*/*/gpufragtop*"); len(left)+len(more) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	cmd, out := start("busy", "/tmp/end-1")
	if got := invoke(t, nil, "attach", fmt.Sprint(cmd.Process.Pid)); got.code != 1 || !strings.Contains(got.stderr, "--copy") {
		t.Errorf("without --copy: %d %q", got.code, got.stderr)
	}
	if got := invoke(t, nil, "attach", fmt.Sprint(cmd.Process.Pid), "--copy"); got.code != 0 || strings.Contains(got.stdout, "stood still") {
		t.Errorf("attach: %d %q %q", got.code, got.stdout, got.stderr)
	}
	nothingLeft()
	if got := invoke(t, nil, "attach", fmt.Sprint(cmd.Process.Pid)); !strings.Contains(got.stdout, "instrumented already") {
		t.Errorf("again: %q %q", got.stdout, got.stderr)
	}
	touch(t, root+"/tmp/end-1")
	if err := cmd.Wait(); err != nil || out.String() != "ready\nfine True\n" {
		t.Errorf("%v, it said %q", err, out.String())
	}

	// Asleep for longer than anybody waits: the request is taken back, and nothing comes of it.
	asleep, out := start("long", "/tmp/end-2")
	if got := invoke(t, nil, "attach", fmt.Sprint(asleep.Process.Pid), "--copy", "--wait", "1s"); got.code != 1 || !strings.Contains(got.stderr, "withdrawn") {
		t.Errorf("asleep: %d %q %q", got.code, got.stdout, got.stderr)
	}
	nothingLeft()
	touch(t, root+"/tmp/end-2")
	if err := asleep.Wait(); err != nil || out.String() != "ready\nfine False\n" {
		t.Errorf("%v, it said %q", err, out.String())
	}

	off, out := start("busy", "/tmp/end-3", "-X", "disable-remote-debug")
	if got := invoke(t, nil, "attach", fmt.Sprint(off.Process.Pid), "--copy"); got.code != 2 || !strings.Contains(got.stderr, "--yes-pause") {
		t.Errorf("switched off: %d %q", got.code, got.stderr)
	}
	if got := invoke(t, nil, "attach", fmt.Sprint(off.Process.Pid), "--copy", "--yes-pause"); got.code != 0 || !strings.Contains(got.stdout, "stood still") {
		t.Errorf("the other way: %d %q %q", got.code, got.stdout, got.stderr)
	}
	nothingLeft()
	touch(t, root+"/tmp/end-3")
	if err := off.Wait(); err != nil || out.String() != "ready\nfine False\n" {
		t.Errorf("%v, it said %q", err, out.String())
	}
}

// Killed at any moment, attach leaves a real Python that goes on.
// Case 24.
func TestAttachKilled(t *testing.T) {
	end := filepath.Join(t.TempDir(), "end")
	cmd := exec.Command("python3", "-c", attachTarget, "threads", end)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	for i := range 30 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(5+i)*2*time.Millisecond) // SIGKILL at its end
		_ = exec.CommandContext(ctx, binary, "attach", fmt.Sprint(cmd.Process.Pid), "--yes-pause").Run()
		cancel()
		notStopped(t, cmd.Process.Pid)
	}
	touch(t, end)
	if err := cmd.Wait(); err != nil || out.String() != "ready\nfine False\n" {
		t.Errorf("%v, it said %q", err, out.String())
	}
}

// A program opens its own door, before CUDA, and its figures come with CUDA;
// the driver's door (run --inject) does the same.
func TestOtherDoors(t *testing.T) {
	b := newBench(t)
	cache := t.TempDir()
	b.env = append(b.env, "GPUFRAGTOP_CACHE_DIR="+cache)
	if got := b.monitor("run", "--", "true"); got.code != 0 { // unpacks it
		t.Fatal(got.stderr)
	}
	libraries, _ := filepath.Glob(cache + "/*/libgpufragtop.so")
	if len(libraries) != 1 {
		t.Fatalf("unpacked %v", libraries)
	}
	const own = "import ctypes, os, sys; assert ctypes.CDLL(sys.argv.pop(1)).gpufragtop_start() == 0; sys.path.insert(0, 'torch'); import program; program.main()"
	for name, command := range map[string][]string{
		"own":    {b.py, "-c", own, libraries[0]},
		"inject": {binary, "run", "--inject", "--", b.py, "torch/program.py"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t, env: b.env, py: b.py}
			p := b.startCommand(command[0], command[1:]...)
			p.tell("step 200")
			want := format(p.tell("stats")["devices"].([]any)[0].(map[string]any)["reserved_bytes.all.current"])
			row := b.rows(p)[0]
			if format(row["reserved_bytes"]) != want || row["stranded_bytes"] == nil {
				t.Errorf("PyTorch reserves %s, the row says %v", want, row)
			}
			if outcome, _ := b.release(p); outcome.Status != "capture" {
				t.Errorf("released without force: %+v", outcome)
			}
			if code, words := p.quit(0); code != 0 || words != "" {
				t.Errorf("it ended with %d and said %q", code, words)
			}
		})
	}
	profiler := append(b.env, "CUDA_INJECTION64_PATH=/opt/profiler.so")
	got := invokeCommand(t, profiler, binary, "run", "--inject", "--", "sh", "-c", "echo $CUDA_INJECTION64_PATH")
	if got.stdout != "/opt/profiler.so\n" || !strings.Contains(got.stderr, "without the shim") {
		t.Errorf("%q %q", got.stdout, got.stderr)
	}
}

// Another user's process is for root only, and then needs a file of its own;
// one that is not dumpable is for root only, too.
func TestAttachPermissions(t *testing.T) {
	asNobody := func(name string, args ...string) (string, []string) {
		return "setpriv", append([]string{"--reuid", "65534", "--regid", "65534", "--clear-groups", name}, args...)
	}
	folder := t.TempDir()
	for _, dir := range []string{folder, filepath.Dir(folder), filepath.Dir(binary)} {
		if err := os.Chmod(dir, 0o755); err != nil { // nobody must get to the program
			t.Fatal(err)
		}
	}
	python := func(user bool, before string) int {
		name, args := "/usr/bin/python3", []string{"-c", before + attachTarget, "busy", "/nonexistent/end"}
		if user {
			name, args = asNobody(name, args...)
		}
		cmd := exec.Command(name, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		time.Sleep(time.Second)
		return cmd.Process.Pid
	}
	theirs, roots := python(true, ""), python(false, "")
	hidden := python(true, "import ctypes; ctypes.CDLL(None).prctl(4, 0)\n")
	for _, c := range []struct {
		name   string
		nobody bool
		pid    int
		args   []string
		code   int
		words  string
	}{
		{"nobody to root's", true, roots, nil, 4, "belongs to another user"},
		{"nobody to a hidden one", true, hidden, nil, 4, "not dumpable"},
		{"root to nobody's", false, theirs, nil, 1, "--copy"},
		{"root to nobody's with a copy", false, theirs, []string{"--copy"}, 0, "attached to"},
		{"nobody to its own", true, theirs, nil, 0, "instrumented already"},
	} {
		name, args := binary, append([]string{"attach", fmt.Sprint(c.pid), "--yes-pause"}, c.args...)
		if c.nobody {
			name, args = asNobody(name, args...)
		}
		got := invokeCommand(t, []string{"HOME=" + folder}, name, args...)
		if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.words) {
			t.Errorf("%s: %d %q %q", c.name, got.code, got.stdout, got.stderr)
		}
		notStopped(t, c.pid)
	}
}
