//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

func decodeRow(t *testing.T, line string) map[string]any {
	t.Helper()
	var document struct{ Processes []map[string]any }
	if err := json.Unmarshal([]byte(line), &document); err != nil || len(document.Processes) != 1 {
		t.Fatalf("%v: %d rows", err, len(document.Processes))
	}
	return document.Processes[0]
}

// A release gives back exactly the estimate while the program holds still,
// also with pending frees, expandable segments and a MemPool.
func TestReleaseGivesBackTheEstimate(t *testing.T) {
	for _, c := range []struct {
		name    string
		env     []string
		prepare []string
	}{
		{"default settings", nil, nil},
		{"expandable segments", []string{"PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"}, nil},
		{"pending frees", nil, []string{"events hold"}},
		{"pending frees, expandable segments", []string{"PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"}, []string{"events hold"}},
		{"a MemPool", nil, []string{"mempool 30"}},
		{"two devices", []string{"GFT_FAKE_DEVICES=2"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, append(c.env, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")...)
			p := b.start(len(c.name))
			for _, command := range c.prepare {
				p.tell(command)
			}
			returned, pending := int64(0), int64(0)
			for round := range 5 {
				p.tell(fmt.Sprint("step ", 150+round))
				before := p.truth(0)
				pending += before.pending
				outcome, got := b.release(p)
				if got.code != 0 || outcome.Status != "done" {
					t.Fatalf("round %d: %d %+v", round, got.code, outcome)
				}
				after := p.truth(0)
				for _, gpu := range outcome.GPUs {
					if gpu.Estimate == nil || *gpu.Before-*gpu.After != *gpu.Estimate {
						t.Errorf("round %d: %+v: not the estimate", round, gpu)
					}
					returned += *gpu.Before - *gpu.After
				}
				if first := outcome.GPUs[0]; *first.Before != before.reserved || *first.After != after.reserved || *first.Estimate != before.releaseReturn {
					t.Errorf("round %d: before %d, after %d, estimate %d; PyTorch says %d, %d, %d", round, *first.Before, *first.After, *first.Estimate,
						before.reserved, after.reserved, before.releaseReturn)
				}
			}
			if returned == 0 {
				t.Error("nothing ever came back: this test has shown nothing")
			}
			if strings.HasPrefix(c.name, "pending") && pending == 0 {
				t.Error("nothing was ever pending: this test has shown nothing")
			}
		})
	}
}

// The first device of the process may be one it does not use, and so may
// others: a release must make no context there, and the program's threads keep
// their current device.
func TestReleaseMakesNoContext(t *testing.T) {
	for _, c := range []struct {
		devices string
		used    []int
		want    string // contexts
	}{{"2", []int{1}, "[0 1]"}, {"4", []int{1, 3}, "[0 1 0 1]"}} {
		b := newBench(t, "GFT_FAKE_DEVICES="+c.devices, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")
		p := b.start(1)
		for round := range 2 { // the second with what the first has left of the agent's current device
			for _, device := range c.used {
				address := p.tell(fmt.Sprintf("alloc 300000000 %d", device))["address"].(float64)
				p.tell(fmt.Sprintf("free %.0f", address))
			}
			device := fmt.Sprint(p.tell("device"))
			if before := fmt.Sprint(p.tell("contexts")["contexts"]); before != c.want {
				t.Fatalf("contexts before: %s, want %s: this test would show nothing", before, c.want)
			}
			outcome, _ := b.release(p)
			if outcome.Status != "done" || len(outcome.GPUs) != len(c.used) {
				t.Fatalf("round %d: %+v", round, outcome)
			}
			for _, gpu := range outcome.GPUs {
				if *gpu.Before <= *gpu.After {
					t.Errorf("round %d: nothing came back: %+v", round, gpu)
				}
			}
			if after := fmt.Sprint(p.tell("contexts")["contexts"]); after != c.want {
				t.Errorf("round %d: contexts after %s, want %s", round, after, c.want)
			}
			if after := fmt.Sprint(p.tell("device")); after != device {
				t.Errorf("round %d: the program's current device was %s, is %s", round, device, after)
			}
		}
	}
}

func TestReleaseRefusals(t *testing.T) {
	for _, c := range []struct {
		name     string
		env      []string
		runFlags []string
		prepare  func(*testing.T, *bench, *program)
		status   string
		says     string
	}{
		{name: "hook off by run", runFlags: []string{"--watch-only"}, status: "off", says: "watch-only"},
		{name: "hook off by variable", env: []string{"GPUFRAGTOP_ALLOW_RELEASE=0"}, status: "off"},
		{name: "capture underway", prepare: func(_ *testing.T, _ *bench, p *program) { p.tell("capture begin") }, status: "capture"},
		{name: "too soon", prepare: func(t *testing.T, b *bench, p *program) {
			if outcome, _ := b.release(p); outcome.Status != "done" {
				t.Fatalf("the first: %+v", outcome)
			}
		}, status: "too_soon"},
		{name: "stopped", prepare: func(t *testing.T, _ *bench, p *program) {
			if err := p.command.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.command.Process.Signal(syscall.SIGCONT) })
		}, status: "stopped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.env...)
			p := b.start(1, c.runFlags...)
			p.tell("step 100")
			if c.prepare != nil {
				c.prepare(t, b, p)
			}
			var before truth
			if c.status != "stopped" {
				before = p.truth(0)
			}
			outcome, got := b.release(p)
			if outcome.Status != c.status || got.code != 1 || outcome.Reason == "" || !strings.Contains(outcome.Reason, c.says) {
				t.Errorf("exit code %d, %+v; want status %q", got.code, outcome, c.status)
			}
			if c.status != "stopped" {
				if after := p.truth(0); after.reserved != before.reserved {
					t.Errorf("reserved went from %d to %d although refused", before.reserved, after.reserved)
				}
			}
		})
	}
}

// After the capture has ended the same release is carried out.
func TestReleaseAfterCapture(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 100")
	p.tell("capture begin")
	if outcome, _ := b.release(p); outcome.Status != "capture" {
		t.Fatalf("during a capture: %+v", outcome)
	}
	p.tell("capture end")
	if outcome, _ := b.release(p); outcome.Status != "done" {
		t.Errorf("after the capture: %+v", outcome)
	}
}

// PyTorch refuses to empty its cache while a MemPool is in use: the release
// says so and the program goes on.
func TestReleaseWhileMemPoolIsInUse(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 50")
	p.tell("mempool enter")
	outcome, got := b.release(p)
	if got.code != 1 || outcome.Status != "capture" || !strings.Contains(outcome.Reason, "a capture or a MemPool is in use") {
		t.Errorf("exit code %d, %+v", got.code, outcome)
	}
	p.tell("mempool leave")
	p.tell("step 50")
}

// A program that holds the GIL past the deadline is not released later.
func TestExpiredReleaseNeverFires(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 200")
	before := p.truth(0)
	if before.releaseReturn == 0 {
		t.Fatal("nothing to release: this test would show nothing")
	}
	b.rows(p) // from here on the monitor knows that the hook is there
	p.send("hold 20000")
	outcome, got := b.release(p)
	if got.code != 1 || (outcome.Status != "expired" && outcome.Status != "unanswered") {
		t.Errorf("exit code %d, %+v", got.code, outcome)
	}
	p.answer()
	time.Sleep(500 * time.Millisecond) // the agent has the GIL now
	if after := p.truth(0); after.reserved != before.reserved {
		t.Errorf("reserved went from %d to %d after the request had expired", before.reserved, after.reserved)
	}
}

// Of two releases at once one is carried out, the other refused.
func TestTwoReleasesAtOnce(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 200")
	statuses := make(chan string, 2)
	for range 2 {
		go func() {
			outcome, _ := b.release(p)
			statuses <- outcome.Status
		}()
	}
	one, other := <-statuses, <-statuses
	if one != "done" {
		one, other = other, one
	}
	if one != "done" || (other != "busy" && other != "too_soon") {
		t.Errorf("%s and %s", one, other)
	}
}

// The target's page keeps an audit line, which --json shows as an event.
func TestReleaseLeavesAnAuditLine(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 100")
	b.release(p)
	got := b.monitor("--json")
	var document struct {
		Events []struct {
			PID        int
			Kind, Text string
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		t.Fatal(err)
	}
	for _, event := range document.Events {
		if event.PID == p.pid() && event.Kind == "release" && strings.Contains(event.Text, "released") {
			return
		}
	}
	t.Errorf("no event of the release: %+v", document.Events)
}
