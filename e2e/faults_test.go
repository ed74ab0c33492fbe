package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A terminal of 960 bytes a second, an old modem's, takes one frame in seconds.
// The newest state wins, keys work, and nothing piles up in memory.
func TestASlowTerminal(t *testing.T) {
	term := startTerminal(t, 80, 24, nil, "--demo", "-d", "0.1").trickle()
	at := term.await("DEMO", 0)
	time.Sleep(3 * time.Second)
	before := residentKiB(t, term.command.Process.Pid)
	time.Sleep(6 * time.Second)
	if grown := residentKiB(t, term.command.Process.Pid) - before; grown > 16<<10 {
		t.Errorf("%d KiB more in 6 s: what the terminal does not take piles up", grown)
	}
	term.press("?")
	term.await("Here: Processes", at) // of the help
	term.press("q")                   // closes the help
	term.press("q")
	term.wait()
}

func residentKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest + " -")[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// Who reads the output may stop: the program ends without a word.
func TestAClosedPipeEndsQuietly(t *testing.T) {
	command := exec.Command(binary, "--json", "--watch", "--demo", "-d", "0.1")
	command.Env = cleanEnv()
	var words strings.Builder
	command.Stderr = &words
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(hang, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !json.Valid([]byte(line)) {
		t.Fatalf("%v: %q", err, tail(line, 100))
	}
	out.Close()
	_ = command.Wait()
	if !timer.Stop() {
		t.Fatal("it never ended")
	}
	status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
	quiet := status.Signaled() && status.Signal() == syscall.SIGPIPE || status.ExitStatus() == 1
	if words.String() != "" || !quiet {
		t.Errorf("%v, %q", command.ProcessState, words.String())
	}
}

// A full disk ends a recording with one line, and not the program recorded.
func TestAFullDisk(t *testing.T) {
	got := invoke(t, nil, "record", "--force", "-o", "/dev/full", "--demo", "--for", "1s")
	if got.code != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "no space left") {
		t.Errorf("%d %q", got.code, got.stderr)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"--json", "--demo"}, {"--once", "--demo"}} {
		command := exec.Command(binary, args...)
		command.Env = cleanEnv()
		command.Stdout = full
		var words strings.Builder
		command.Stderr = &words
		_ = command.Run()
		if command.ProcessState.ExitCode() != 1 || strings.Count(words.String(), "\n") != 1 || !strings.Contains(words.String(), "no space left") {
			t.Errorf("%v: %v %q", args, command.ProcessState, words.String())
		}
	}
}

// A monitor that was stopped, as by a suspended laptop, goes on with new
// samples; what it missed is a gap, not a slope.
func TestAStoppedMonitorGoesOn(t *testing.T) {
	tape := filepath.Join(t.TempDir(), "tape")
	command := exec.Command(binary, "record", "--demo", "-o", tape, "-d", "0.1", "--for", "20s")
	command.Env = cleanEnv()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill() }()
	time.Sleep(time.Second)
	for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT, syscall.SIGTERM} {
		if err := command.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
	}
	_ = command.Wait()
	got := invoke(t, nil, "replay", "--json", "--watch", tape)
	var last time.Time
	gap, samples := time.Duration(0), 0
	for line := range strings.Lines(got.stdout) {
		var sample struct {
			At time.Time `json:"generated_at"`
		}
		if err := json.Unmarshal([]byte(line), &sample); err != nil {
			t.Fatal(err)
		}
		if samples++; !last.IsZero() {
			if step := sample.At.Sub(last); step < 0 {
				t.Errorf("time runs backwards: %v", step)
			} else {
				gap = max(gap, step)
			}
		}
		last = sample.At
	}
	if gap < 1500*time.Millisecond || samples < 10 {
		t.Errorf("%d samples, the widest gap %v: it was not stopped, or did not go on", samples, gap)
	}
}

// 8 GPUs with 10,000 processes, most of which are nobody; 112 MIG instances;
// no GPU at all.
func TestManyProcessesAndDevices(t *testing.T) {
	n := newNVML(t)
	n.env = append(n.env, "GFT_FAKE_DEVICES=8", "GFT_FAKE_PROCS_PER_DEVICE=1250", "GFT_FAKE_FIRST_PID=3000000", "GFT_FAKE_PROCS=")
	if d := n.document(0); len(d.Processes) != 10_000 || len(d.GPUs) != 8 {
		t.Errorf("%d processes on %d GPUs", len(d.Processes), len(d.GPUs))
	}
	term := startTerminal(t, 120, 40, n.env).drain()
	term.await("/10000", 0)
	for range 20 {
		term.press("\x04") // half a page down
	}
	term.press("G")
	term.await("10000/10000", 0)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	n = newNVML(t)
	n.env = append(n.env, "GFT_FAKE_DEVICES=16", "GFT_FAKE_MIG=7")
	if d := n.document(0); len(d.GPUs) != 112 {
		t.Errorf("%d MIG instances", len(d.GPUs))
	}
}

// Sizes that no terminal should have.
func TestSizesAtTheEdge(t *testing.T) {
	for _, size := range [][2]uint16{{0, 0}, {1, 1}, {1, 500}, {2000, 2}, {500, 1}} {
		term := startTerminal(t, size[0], size[1], nil, "--demo", "-d", "0.1").drain()
		term.await(altScreen, 0)
		for _, key := range []string{"\r", "?", "\x1b", "f", "\x1b", "r", "n", "G"} {
			term.press(key)
			time.Sleep(30 * time.Millisecond)
		}
		term.press("\x03")
		if code := term.wait(); code != 0 {
			t.Errorf("%v: exit code %d: %q", size, code, tail(term.text(), 300))
		}
		term.restored()
	}
}
