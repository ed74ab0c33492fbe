//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

// Whatever the program does with its history while we have it on, it is the
// program's.
func TestTheProgramTakesItsHistoryOver(t *testing.T) {
	for _, c := range []struct {
		command string
		status  fragcalc.RecordStatus
		on      bool
	}{
		{"history on 5000", fragcalc.RecordDone, true},
		{"history bare 5000", fragcalc.RecordDone, true}, // without stacks: as ours
		{"history legacy 5000", fragcalc.RecordDone, true},
		{"history off", fragcalc.RecordLost, false},
	} {
		t.Run(c.command, func(t *testing.T) {
			b, w := newBench(t), watcher(t)
			p := b.start(5)
			p.tell("step 50")
			plain := p.tell("history switch")["switch"]
			outcome := make(chan agents.RecordOutcome, 1)
			go func() { outcome <- p.record(w, 2*recording, 10000) }()
			p.untilHistoryIs(true)
			p.tell(c.command)
			p.tell("step 50")
			got := <-outcome
			if got.Status != c.status || got.OwnRing != c.on {
				t.Errorf("%s: %s; own ring %v", got.Status, got.Reason, got.OwnRing)
			}
			if c.on {
				undo(t, got.Devices[0])
			}
			if on, _ := p.history(); on != c.on {
				t.Errorf("afterwards history is on: %v", on)
			}
			if after := p.tell("history switch")["switch"]; after != plain {
				t.Errorf("PyTorch's switch was %v and is %v", plain, after)
			}
			if code, words := p.quit(0); code != 0 || words != "" {
				t.Errorf("exit code %d, standard error %q", code, words)
			}
		})
	}
}

func (p *program) untilHistoryIs(want bool) {
	p.t.Helper()
	for end := time.Now().Add(hang); ; {
		if on, _ := p.history(); on == want {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("history never is %v", want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// recorderVariable makes the test binary a monitor that records this pid for
// an hour.
const recorderVariable = "GPUFRAGTOP_TEST_RECORD"

func init() {
	pid := os.Getenv(recorderVariable)
	if pid == "" {
		return
	}
	w := agents.New(agents.Options{Version: "e2e"})
	for _, p := range w.Sample(context.Background(), nil, true) {
		if fmt.Sprint(p.ID.PID) == pid {
			fmt.Println(w.Record(context.Background(), fragcalc.RecordRequest{Target: p.ID, For: time.Hour, MaxEvents: 1000}))
		}
	}
	os.Exit(1)
}

// A monitor that is killed leaves nothing on: the lease is the agent's.
func TestAKilledMonitorLeavesNoHistoryOn(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(6)
	p.tell("step 50")
	monitor := exec.Command(os.Args[0])
	monitor.Env = append(b.env, recorderVariable+"="+fmt.Sprint(p.pid()))
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	p.untilHistoryIs(true)
	if got := p.record(w, recording, 1000); got.Status != fragcalc.RecordStatus(fragcalc.ReleaseBusy) {
		t.Errorf("a second monitor: %s: %s", got.Status, got.Reason)
	}
	_ = monitor.Process.Kill()
	_ = monitor.Wait()
	p.untilHistoryIs(false)
	p.recorded(w, 0, 1000) // and another may have it
}

// A monitor that gives up ends the recording at once.
func TestARecordingGivenUpIsEnded(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(7)
	p.tell("step 50")
	id := p.id(w)
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan agents.RecordOutcome, 1)
	go func() { outcome <- w.Record(ctx, fragcalc.RecordRequest{Target: id, For: time.Hour, MaxEvents: 1000}) }()
	p.untilHistoryIs(true)
	cancel()
	if got := <-outcome; got.Status != fragcalc.RecordStatus(fragcalc.ReleaseUnanswered) {
		t.Errorf("%s: %s", got.Status, got.Reason)
	}
	p.untilHistoryIs(false)
}

// A program that was recorded has the same blocks at the same places, figures,
// output and exit code as one that was not.
func TestARecordingChangesNothing(t *testing.T) {
	var stats [2]string
	for i := range stats {
		b, w := newBench(t), watcher(t)
		p := b.start(10)
		p.tell("step 200")
		if i == 1 {
			outcome := make(chan agents.RecordOutcome, 1)
			go func() { outcome <- p.record(w, recording, 10000) }()
			p.untilHistoryIs(true)
			p.tell("step 200")
			if got := <-outcome; got.Status != fragcalc.RecordDone {
				t.Errorf("%s: %s", got.Status, got.Reason)
			}
		} else {
			p.tell("step 200")
		}
		p.tell("step 200")
		p.send("stats")
		if !p.out.Scan() {
			t.Fatal(p.out.Err())
		}
		stats[i] = withoutStreams(p.out.Text())
		if code, words := p.quit(3); code != 3 || words != "" {
			t.Errorf("exit code %d, standard error %q", code, words)
		}
	}
	if stats[0] != stats[1] || len(stats[0]) < 1000 {
		t.Errorf("bare:\n%s\nrecorded:\n%s", stats[0], stats[1])
	}
}

// A program that ends while its history is on ends as it would without.
func TestAProgramEndsWhileItIsRecorded(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(8)
	p.tell("step 50")
	words := filepath.Join(t.TempDir(), "words")
	p.tell("atexit " + words) // its last words: whether history is on
	outcome := make(chan agents.RecordOutcome, 1)
	go func() { outcome <- p.record(w, time.Hour, 1000) }()
	p.untilHistoryIs(true)
	code, stderr := p.quit(7)
	last, err := os.ReadFile(words)
	if err != nil || code != 7 || stderr != "" || string(last) != "history on: False" {
		t.Errorf("exit code %d, standard error %q, last words %q: %v", code, stderr, last, err)
	}
	if got := <-outcome; got.Status != fragcalc.RecordStatus(fragcalc.ReleaseUnanswered) {
		t.Errorf("%s: %s", got.Status, got.Reason)
	}
}

func TestRecordingsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name     string
		env      []string
		runFlags []string
		commands []string
		status   string
	}{
		{"hook off by run", nil, []string{"--watch-only"}, []string{"step 10"}, "off"},
		{"hook off by variable", []string{"GPUFRAGTOP_ALLOW_RELEASE=0"}, nil, []string{"step 10"}, "off"},
		{"no CUDA yet", nil, nil, []string{"init"}, "no_hook"},
		{"another allocator", []string{"PYTORCH_CUDA_ALLOC_CONF=backend:cudaMallocAsync"}, nil, []string{"alloc 1000"}, "unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, w := newBench(t, c.env...), watcher(t)
			p := b.start(1, c.runFlags...)
			for _, command := range c.commands {
				p.tell(command)
			}
			if got := p.record(w, recording, 1000); string(got.Status) != c.status || got.Reason == "" || got.Devices != nil {
				t.Errorf("%s: %q, want %s", got.Status, got.Reason, c.status)
			}
		})
	}
}
