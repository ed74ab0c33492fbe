//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
)

// The tests of borders run real processes of real other users in real
// namespaces, which takes root. No user is made: numbers will do.
const (
	alice = 51234
	bob   = 54321
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("run as root: this test becomes other users and makes namespaces")
	}
}

// publisherVariable makes this test binary a process with a page.
const publisherVariable = "GPUFRAGTOP_E2E_PUBLISHER"

func init() {
	if os.Getenv(publisherVariable) != "" {
		if err := publish(); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// Sizes of a publisher's walk: all that is free can be released.
const (
	publishedUsed = 12 << 20
	publishedFree = 30 << 20
)

// publish plays the agent on the first stand-in GPU until standard input ends.
// It prints a line for each release.
func publish() error {
	p, err := pagetest.NewPublisher()
	if err != nil {
		return err
	}
	fmt.Println("ready", os.Getpid())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for done := map[uint64]bool{}; ; p.Sleep(p.WakeWord(), 50*time.Millisecond) {
		p.Header.Heartbeat = pagetest.Now()
		if err := publishFigures(p, len(done) > 0); err != nil {
			return err
		}
		for i := range page.CmdSlots {
			r, asked := p.Cmd.Slot(i).Requested()
			if !asked || done[r.ID] {
				continue
			}
			done[r.ID] = true
			fmt.Println("released for uid", r.UID)
			if err := publishFigures(p, true); err != nil {
				return err
			}
			answer := page.Answer{RequestID: r.ID, Status: page.AnswerDone, WalkSeq: p.Header.WalkSeq, Devices: []page.AnswerDevice{
				{UUID: firstGPU, Before: publishedUsed + publishedFree, After: publishedUsed}}}
			if err := p.Answer(i, answer); err != nil {
				return err
			}
		}
	}
}

// firstGPU is the UUID of the first stand-in device.
var firstGPU = [16]byte([]byte("gpufragtop-fake\x00"))

func publishFigures(p *pagetest.Publisher, released bool) error {
	d := page.Device{UUID: firstGPU, Context: true, Counters: fragcalc.Counters{
		Reserved: fragcalc.Of[int64](publishedUsed + publishedFree), Allocated: fragcalc.Of[int64](publishedUsed),
		Active: fragcalc.Of[int64](publishedUsed), Requested: fragcalc.Of[int64](publishedUsed)}}
	segments := []fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 1 << 30, Size: publishedUsed,
		Blocks: []fragcalc.Block{{Address: 1 << 30, Size: publishedUsed, Requested: publishedUsed, State: fragcalc.BlockUsed}}}}}
	if released {
		d.Counters.Reserved = fragcalc.Of[int64](publishedUsed)
	} else {
		segments = append(segments, fragcalc.WalkSegment{Segment: fragcalc.Segment{Address: 2 << 30, Size: publishedFree,
			Blocks: []fragcalc.Block{{Address: 2 << 30, Size: publishedFree}}}})
	}
	if err := p.PublishCounters(page.Counters{Slot: page.Slot{TakenAt: pagetest.Now()}, Framework: "pytorch", FrameworkVersion: "2.6.0", Devices: []page.Device{d}}); err != nil {
		return err
	}
	return p.PublishWalk(page.Walk{Slot: page.Slot{TakenAt: pagetest.Now()}, Devices: []page.WalkDevice{{Device: d, Segments: segments}}})
}

// node is a stand-in node with the built programs in a folder that everybody
// may read.
type node struct {
	t                          *testing.T
	folder, monitor, publisher string
	env                        []string
}

func newNode(t *testing.T) *node {
	t.Helper()
	needRoot(t)
	folder, err := os.MkdirTemp("/tmp", "gpufragtop-node-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	n := &node{t: t, folder: folder, monitor: filepath.Join(folder, "gpufragtop"), publisher: filepath.Join(folder, "publisher")}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{binary: n.monitor, os.Args[0]: n.publisher} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, content, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := nvmltest.Build(folder); err != nil {
		t.Fatal(err)
	}
	n.env = append(cleanEnv(), "LD_LIBRARY_PATH="+folder, "GFT_FAKE_DEVICES=1", "HOME="+folder)
	return n
}

// charge says what NVML tells: "pid:device:MiB".
func (n *node) charge(entries ...string) {
	n.env = append(n.env, "GFT_FAKE_PROCS="+strings.Join(entries, ","))
}

// as puts setpriv before a command, so that it runs as a user.
func as(uid int, command ...string) []string {
	id := strconv.Itoa(uid)
	return append([]string{"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--"}, command...)
}

// publication is a running publisher.
type publication struct {
	pid      int // here
	innerPID int // as the publisher knows itself
	lines    chan string
	command  *exec.Cmd
}

// publish starts a publisher with a wrapper before it: as(…), unshare.
func (n *node) publish(wrapper ...string) *publication {
	n.t.Helper()
	argv := append(wrapper, n.publisher)
	command := exec.Command(argv[0], argv[1:]...)
	command.Env = append(n.env, publisherVariable+"=1")
	command.Stderr = os.Stderr
	_, out := piped(n.t, command)
	p := &publication{lines: make(chan string, 64), command: command}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
		close(p.lines)
	}()
	select {
	case line := <-p.lines:
		if _, err := fmt.Sscanf(line, "ready %d", &p.innerPID); err != nil {
			n.t.Fatalf("the publisher said %q", line)
		}
	case <-time.After(hang):
		n.t.Fatal("the publisher never came")
	}
	p.pid = lastChild(n.t, command.Process.Pid)
	return p
}

// lastChild is the process at the end of a line of only children: what a
// wrapper that forks has started.
func lastChild(t *testing.T, pid int) int {
	t.Helper()
	for {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(string(children))
		if len(fields) == 0 {
			return pid
		}
		if pid, err = strconv.Atoi(fields[0]); err != nil {
			t.Fatal(err)
		}
	}
}

// releases counts the releases that the publisher has told of.
func (p *publication) releases() int {
	time.Sleep(200 * time.Millisecond) // it looks every 50 ms
	for count := 0; ; count++ {
		select {
		case line := <-p.lines:
			if !strings.HasPrefix(line, "released") {
				return -1
			}
		default:
			return count
		}
	}
}

// run runs the monitor with a wrapper before it.
func (n *node) run(wrapper []string, args ...string) result {
	n.t.Helper()
	argv := append(append([]string{}, wrapper...), append([]string{n.monitor}, args...)...)
	return invokeCommand(n.t, n.env, argv[0], argv[1:]...)
}

// borderDocument is what the tests of borders read of --json.
type borderDocument struct {
	Processes []borderRow
	Faults    []struct {
		Scope, Field, Reason string
		PID                  int
	}
}

type borderRow struct {
	PID          int
	UID          *int
	StartTicks   uint64 `json:"start_ticks"`
	User         *string
	Command      string
	Memory       *int64 `json:"gpu_memory_bytes"`
	Reserved     *int64 `json:"reserved_bytes"`
	Estimate     *int64 `json:"release_estimate_bytes"`
	Instrumented bool
	OutOfReach   bool    `json:"out_of_reach"`
	Available    bool    `json:"release_available"`
	Refusal      *string `json:"release_refusal"`
}

func (n *node) look(wrapper []string, args ...string) borderDocument {
	n.t.Helper()
	got := n.run(wrapper, append([]string{"--json"}, args...)...)
	if got.stdout == "" {
		n.t.Fatalf("exit code %d, %q", got.code, got.stderr)
	}
	return decodeBorders(n.t, got.stdout)
}

func decodeBorders(t *testing.T, text string) (document borderDocument) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return document
}

// row is the one row of a process.
func (d borderDocument) row(t *testing.T, pid int) borderRow {
	t.Helper()
	var found []borderRow
	for _, row := range d.Processes {
		if row.PID == pid {
			found = append(found, row)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d rows of process %d in %+v", len(found), pid, d)
	}
	return found[0]
}

func (d borderDocument) says(field, reason string) bool {
	for _, f := range d.Faults {
		if f.Field == field && strings.Contains(f.Reason, reason) {
			return true
		}
	}
	return false
}
