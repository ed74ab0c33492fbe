package attach

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
)

// childVariable makes the test program attach to a process instead.
const childVariable = "ATTACH_TEST_PID"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		pid, _ := strconv.Atoi(text)
		plan, err := Look(pid)
		if err == nil {
			fmt.Println("go")
			_, err = plan.Run(context.Background(), Options{})
		}
		fmt.Println(err)
		os.Exit(0)
	}
	pagetest.Lock(pagetest.Alone)
	code := m.Run()
	if path, err := python(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// python is the stand-in, built once.
var python = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "attach-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "python3")
	out, err := exec.Command("cc", "-D_GNU_SOURCE", "-O2", "-rdynamic", "-mavx2", "testdata/python3.c", "-lpthread", "-o", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// process is a stand-in that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func start(t *testing.T, mode string, env ...string) *process {
	t.Helper()
	path, err := python()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, mode)
	cmd.Env = append(os.Environ(), env...)
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
	p := &process{t, cmd, in, bufio.NewScanner(out)}
	t.Cleanup(p.end)
	if !p.lines.Scan() || p.lines.Text() != "ready" {
		t.Fatalf("it said %q", p.lines.Text())
	}
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// end ends it, and holds it to its own exit code.
func (p *process) end() {
	p.in.Close()
	_ = p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != 7 {
		p.t.Errorf("the target ended with %v, not with its own exit code 7", p.cmd.ProcessState)
	}
}

// ask is how many rounds it has made, and how many came out wrong.
func (p *process) ask() (rounds, wrong int) {
	p.t.Helper()
	fmt.Fprintln(p.in)
	if !p.lines.Scan() {
		p.t.Fatal("the target has ended")
	}
	if _, err := fmt.Sscan(p.lines.Text(), &rounds, &wrong); err != nil {
		p.t.Fatal(err)
	}
	return rounds, wrong
}

// unharmed holds a target to be going on, all of it, with right results.
func (p *process) unharmed() {
	p.t.Helper()
	target := &target{pid: p.pid()}
	before, _ := p.ask()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		rounds, wrong := p.ask()
		if wrong != 0 {
			p.t.Fatalf("%d of %d rounds came out wrong", wrong, rounds)
		}
		if still := target.still(); still == "" && rounds > before+2 {
			return
		} else if time.Now().After(deadline) {
			p.t.Fatalf("it does not go on: %d rounds, thread %q stands still", rounds-before, still)
		}
	}
}

func (p *process) instrumented() bool {
	t := &target{pid: p.pid(), inner: p.pid()}
	if _, err := t.read(); err != nil {
		return false
	}
	found, _ := t.instrumented()
	return found
}

func attachTo(t *testing.T, p *process, wait time.Duration) error {
	t.Helper()
	plan, err := Look(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	if plan.Method != Stop || plan.Python != "3.12" {
		t.Errorf("it would be entered by %s, as Python %s", plan.Method, plan.Python)
	}
	_, err = plan.Run(context.Background(), Options{Wait: wait})
	return err
}

// Wherever the main thread is stopped, it goes on as if nothing had been.
// Case 24.
func TestDetourLeavesNoTrace(t *testing.T) {
	for i := range 30 {
		mode := []string{"compute", "syscall", "locking"}[i%3] // the last holds the lock of pending calls half of its time
		t.Run(mode, func(t *testing.T) {
			p := start(t, mode)
			if err := attachTo(t, p, 20*time.Second); err != nil {
				t.Fatal(err)
			}
			p.unharmed()
			deadline := time.Now().Add(20 * time.Second)
			for !p.instrumented() {
				if time.Now().After(deadline) {
					t.Fatal("no page came")
				}
				time.Sleep(5 * time.Millisecond)
			}
			var already *Error
			if _, err := Look(p.pid()); !errors.As(err, &already) || !already.Already {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

// Killed at any moment, whoever attaches leaves a target that goes on.
// Case 24.
func TestKilledAtAnyMoment(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ended := map[bool]int{}
	for i := range 50 {
		p := start(t, []string{"compute", "syscall", "locking"}[i%3])
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), fmt.Sprint(childVariable, "=", p.pid()))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() || lines.Text() != "go" {
			t.Fatalf("the helper said %q", lines.Text())
		}
		time.Sleep(time.Duration(rand.IntN(int(12 * time.Millisecond)))) // Run takes some milliseconds
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		ended[cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled()]++
		p.unharmed()
	}
	if ended[true] == 0 {
		t.Errorf("none was killed in the midst: %v", ended)
	}
}

// A main thread that does not come back to Python is told of, and what was
// asked for does nothing any more.
// Case 24.
func TestExpires(t *testing.T) {
	p := start(t, "blocked")
	err := attachTo(t, p, 300*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("%v", err)
	}
	if still := (&target{pid: p.pid()}).still(); still != "" || p.instrumented() {
		t.Errorf("thread %q stands still, or there is a page", still)
	}
}

// An attach that is cancelled is as one that expires: at once, and at any moment.
func TestCancelled(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 300 * time.Millisecond} {
		p := start(t, "blocked")
		plan, err := Look(p.pid())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(after, cancel)
		begun := time.Now()
		_, err = plan.Run(ctx, Options{})
		timer.Stop()
		cancel()
		if err == nil || time.Since(begun) > 20*time.Second { // it would wait for 30
			t.Errorf("cancelled after %v: %v after %v", after, err, time.Since(begun))
		}
		still := "?"
		for range 100 { // our thread that traces it may be just about to end
			if still = (&target{pid: p.pid()}).still(); still == "" {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if still != "" || p.instrumented() {
			t.Errorf("cancelled after %v: thread %q stands still, or there is a page", after, still)
		}
	}
}

// A withdrawn call finds that out when it is made after all.
func TestWithdrawnCallDoesNothing(t *testing.T) {
	p := start(t, "syscall")
	plan, err := Look(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	places, err := plan.target.prepare(10)
	if err != nil {
		t.Fatal(err)
	}
	withdrawn := make([]byte, 4)
	native.PutUint32(withdrawn, stateWithdrawn)
	if err := plan.target.poke(places.mailbox, withdrawn); err != nil {
		t.Fatal(err)
	}
	if _, err := plan.target.divert(context.Background(), &places, "/nowhere"); err != nil {
		t.Fatal(err)
	}
	p.unharmed()
	if state, _, passed, err := plan.target.mailbox(places); state != stateWithdrawn || !passed || err != nil {
		t.Errorf("state %d, passed %v: %v", state, passed, err)
	}
}

func TestRefusals(t *testing.T) {
	stopped := start(t, "compute")
	if err := stopped.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for (&target{pid: stopped.pid()}).still() == "" {
		time.Sleep(time.Millisecond)
	}
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() }()
	alone := filepath.Join(t.TempDir(), "alone")
	static := exec.Command("cc", "-static", "-x", "c", "-", "-o", alone)
	static.Stdin = strings.NewReader("#include <unistd.h>\nint main(void) { return pause(); }\n")
	if out, err := static.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	static = exec.Command(alone)
	if err := static.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = static.Process.Kill(); _ = static.Wait() }()
	musl := filepath.Join(t.TempDir(), "ld-musl-x86_64.so.1") // its name is what tells it
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-x", "c", "/dev/null", "-o", musl).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		pid  int
		want string
	}{
		{1 << 30, "there is no process"},
		{stopped.pid(), "is stopped"},
		{sleeper.Process.Pid, "there is no Python in"},
		{static.Process.Pid, "statically linked"},
		{start(t, "compute", "LD_PRELOAD="+musl).pid(), "musl"},
	} {
		if _, err := Look(c.pid); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d: %v, want %q", c.pid, err, c.want)
		}
	}
	if state := (&target{pid: stopped.pid()}).still(); state == "" {
		t.Error("a stopped target was set going")
	}
	_ = stopped.cmd.Process.Signal(syscall.SIGCONT)
	stopped.unharmed()

	for env, want := range map[string]string{"GPUFRAGTOP_DISABLE=1": "does not want it"} {
		p := start(t, "compute", env)
		if err := attachTo(t, p, 20*time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", env, err)
		}
		p.unharmed()
	}
	full := start(t, "stubborn")
	if err := attachTo(t, full, 20*time.Second); err == nil || !strings.Contains(err.Error(), "takes no more calls") {
		t.Errorf("a full queue: %v", err)
	}
	full.unharmed()
}

// A library that is not there for the process is a message, not a crash.
// Case 24.
func TestLibraryThatCannotBeLoaded(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.so")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-x", "c", "/dev/null", "-o", other).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for library, want := range map[string]string{"/nowhere/libgpufragtop.so": "could not load", other: "is not the shim"} {
		p := start(t, "compute")
		plan, err := Look(p.pid())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if _, err := plan.target.stop(ctx, library); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", library, err)
		}
		p.unharmed()
	}
}

// What does not see our cache gets a file of its own, if that is asked for.
func TestCopyIsAskedForAndRemoved(t *testing.T) {
	t.Setenv("GPUFRAGTOP_CACHE_DIR", "/proc/nowhere") // nothing can be unpacked there
	p := start(t, "compute")
	plan, err := Look(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Run(context.Background(), Options{}); err == nil || !strings.Contains(err.Error(), "--copy") {
		t.Errorf("without --copy: %v", err)
	}
	if _, err := plan.Run(context.Background(), Options{Copy: true}); err != nil {
		t.Fatal(err)
	}
	p.unharmed()
	if left, _ := filepath.Glob("/tmp/gpufragtop-????????????????.so"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
