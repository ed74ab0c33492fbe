package agents

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func known(t *testing.T, name string, got fragcalc.Bytes, want int64) {
	t.Helper()
	if value, ok := got.Get(); !ok || value != want {
		t.Errorf("%s: %d, %q, want %d", name, value, got.Reason(), want)
	}
}

func TestAProcessIsFoundWokenAndRead(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	p := c.look(w, true)
	if p == nil || len(p.Devices) != 1 {
		t.Fatalf("%+v", p)
	}
	d := p.Devices[0]
	if p.ID != c.id() || p.InnerPID != c.Process.Pid || d.UUID != uuid || !d.Context || d.Reason != "" || len(p.Faults) != 0 {
		t.Errorf("%+v", p)
	}
	if p.Framework != (fragcalc.Framework{Name: "py[31mtorch", Version: "2.6.0", Source: "page"}) || p.Job != "rank 3/8 slurm 4711" {
		t.Errorf("framework %+v, job %q", p.Framework, p.Job)
	}
	known(t, "reserved", d.Figures.Reserved, 20*mib+cached)
	known(t, "used", d.Figures.Used, 12*mib)
	known(t, "stranded", d.Figures.Stranded, 8*mib)
	known(t, "releasable", d.Figures.Releasable, cached)
	known(t, "largest free", d.Figures.LargestFree, cached)
	if age, ok := d.Age.Get(); !ok || age < 0 || age > patient || len(d.Pools) != 1 {
		t.Errorf("age %v, %d pools", age, len(d.Pools))
	}
	if !p.Hook.Available {
		t.Error(p.Hook.Reason)
	}
}

func TestBeforeTheFirstFiguresARowSaysSo(t *testing.T) {
	c, w := start(t, "silent"), watcher(t)
	p := c.look(w, false)
	if len(p.Devices) != 0 || p.Hook.Available || !strings.Contains(faults(p), "just been woken") {
		t.Errorf("%s, hook %+v", faults(p), p.Hook)
	}
	a := w.agents[c.Process.Pid]
	if p := a.report(now().Add(20*time.Second), 0); !strings.Contains(faults(&p), "has not answered") {
		t.Errorf("later: %s", faults(&p))
	}
}

func TestAProcessThatNVMLDoesNotListIsFound(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	end := time.Now().Add(patient)
	for find(w.Sample(context.Background(), nil, false), c.Process.Pid) == nil {
		if time.Now().After(end) {
			t.Fatal("never found")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestAgesGrowAndTooOldWalksAreNotShown(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("lazy")
	a := w.agents[c.Process.Pid]
	at := now()
	young, old := a.report(at, 0).Devices[0], a.report(at.Add(2*oldest), 0).Devices[0]
	first, _ := young.Age.Get()
	later, _ := old.Age.Get()
	if later-first < oldest || young.Pools == nil || old.Pools != nil {
		t.Errorf("ages %v and %v", first, later)
	}
	known(t, "reserved by the counters", old.Figures.Reserved, 20*mib+cached)
	if old.Figures.LargestFree.Known() || !strings.Contains(old.Reason, "old") || !strings.Contains(old.Figures.Stranded.Reason(), "old") {
		t.Errorf("%q, stranded %q", old.Reason, old.Figures.Stranded.Reason())
	}
}

func TestFreshFiguresAreNewerThanTheCallOrSayWhyNot(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	before := now()
	c.look(w, true)
	if a := w.agents[c.Process.Pid]; a.walk == nil || a.walk.takenAt < before {
		t.Fatalf("walk %+v, asked at %d", a.walk, before)
	}
	c.do("history")
	p := c.look(w, true)
	if d := p.Devices[0]; d.Pools == nil || !strings.Contains(d.Reason, "history on") {
		t.Errorf("%q", d.Reason)
	}
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if p = c.look(w, true); p.Devices[0].Reason == "" {
		t.Error("a stopped process gave fresh figures")
	}
}

func TestAWriterKilledInMidWriteLeavesTheLastGoodFigures(t *testing.T) {
	for order, reason := range map[string]string{
		"half a walk":   "",
		"torn walk":     "torn",
		"contradiction": "makes no sense",
	} {
		c, w := start(t, "agent"), watcher(t)
		c.walked(w)
		c.do(order)
		p := c.look(w, false)
		d := p.Devices[0]
		known(t, order+": reserved", d.Figures.Reserved, 20*mib+cached)
		if d.Pools == nil || !d.Age.Known() || (reason == "") != (d.Reason == "") || !strings.Contains(d.Reason, reason) {
			t.Errorf("%s: %q", order, d.Reason)
		}
	}
}

func TestAnAgentThatDoesNotAnswerIsNamed(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("lazy")
	a := w.agents[c.Process.Pid]
	if d := a.report(now().Add(20*time.Second), 0).Devices[0]; !strings.Contains(d.Reason, "has not answered for 2") {
		t.Errorf("%q", d.Reason)
	}
}

func TestHostilePagesCostTheirOwnFiguresOnly(t *testing.T) {
	w, good := watcher(t), start(t, "agent")
	for name, want := range map[string]string{
		"unsealed":      "no sealed memfd",
		"cut off":       "cut off",
		"wrong version": "layout version 2",
		"giant counts":  "do not fill",
		"giant length":  "fit",
	} {
		c := start(t, name)
		p := c.until(w, "seen", func(p *Process) bool { return p != nil })
		if len(p.Devices) != 0 || !strings.Contains(faults(p), want) {
			t.Errorf("%s: %s, want %q", name, faults(p), want)
		}
		good.walked(w)
		c.kill()
		c.until(w, "gone", func(p *Process) bool { return p == nil })
	}
}

func TestPagesOfOthersAndUnfinishedOnesAreNone(t *testing.T) {
	w := watcher(t)
	for _, name := range []string{"forked", "not ready", "restored", "of a namespace", "no start"} {
		c := start(t, name)
		if p := c.look(w, false); p != nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// A writer that changes everything under the reader costs nobody else anything:
// no panic, no endless loop, and a good process beside it keeps its figures.
func TestAWriterThatFlipsBytesUnderTheReader(t *testing.T) {
	w, good, bad := watcher(t), start(t, "agent"), start(t, "agent")
	good.walked(w)
	bad.walked(w)
	bad.do("flip")
	seen := 0
	for range 300 {
		all := w.Sample(context.Background(), []int{good.Process.Pid, bad.Process.Pid}, false)
		if find(all, bad.Process.Pid) != nil {
			seen++
		}
		p := find(all, good.Process.Pid)
		if p == nil || len(p.Devices) != 1 || p.Devices[0].Pools == nil {
			t.Fatalf("the good process: %+v", p)
		}
	}
	if seen == 0 {
		t.Error("the bad process was never seen: this test has shown nothing")
	}
}

func TestASampleTakenOnceWaitsForAnAgentThatIsStarting(t *testing.T) {
	for _, name := range []string{"being made", "about to begin"} {
		c := start(t, name)
		if p := c.look(watcher(t), true); p == nil || len(p.Devices) == 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	c := start(t, "being made")
	outcome := watcher(t).Release(context.Background(), fragcalc.ReleaseRequest{Target: c.id()})
	if outcome.Status != fragcalc.ReleaseDone {
		t.Errorf("release: %+v", outcome)
	}
}

func TestAPageBeingMadeIsNoFaultOnTheScreen(t *testing.T) {
	c, w := start(t, "unsealed"), watcher(t)
	if p := c.look(w, false); p != nil {
		t.Errorf("at first sight: %s", faults(p))
	}
	p := c.until(w, "called no page", func(p *Process) bool { return p != nil })
	if !strings.Contains(faults(p), "no sealed memfd") {
		t.Errorf("%s", faults(p))
	}
}

func TestAClosedPageIsDropped(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("lazy")
	c.do("close")
	c.until(w, "gone", func(p *Process) bool { return p == nil })
}

func TestAllPlacesTaken(t *testing.T) {
	c := start(t, "agent")
	w, first := watcher(t), watcher(t)
	c.walked(first)
	first.Close()
	c.do("crowd")
	p := c.look(w, false)
	if !strings.Contains(faults(p), "places for monitors") || p.Hook.Available {
		t.Errorf("%s, hook %+v", faults(p), p.Hook)
	}
	known(t, "reserved", p.Devices[0].Figures.Reserved, 20*mib+cached)
}
