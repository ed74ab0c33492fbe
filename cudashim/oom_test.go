package cudashim

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func events(t *testing.T, m *shimtest.Monitor) []page.Event {
	t.Helper()
	b := make([]byte, page.EventsSize)
	if _, err := m.Page.ReadAt(b, page.EventsOffset); err != nil {
		t.Fatal(err)
	}
	var ooms []page.Event
	for _, e := range page.DecodeEvents(b) {
		if e.Kind == page.EventOOM {
			ooms = append(ooms, e)
		}
	}
	return ooms
}

// A program without a framework: a refused cudaMalloc is an event, and a report
// without a map. The next ones, soon after, are counted.
func TestRefusedCallsAreReported(t *testing.T) {
	b := newBench(t)
	folder := filepath.Join(t.TempDir(), "reports")
	p := b.start(t, "GPUFRAGTOP_REPORT_DIR="+folder, "RANK=5")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "refuse")
	var told []page.Event
	shimtest.Eventually(t, "the event", func() bool { told = events(t, m); return len(told) == 1 })
	if told[0].Asked != fragcalc.Of[int64](5<<30) || told[0].DeviceFree.Known() || told[0].More != 0 {
		t.Errorf("%+v", told[0])
	}
	content, err := os.ReadFile(filepath.Join(folder, told[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := page.DecodeReport(content)
	if err != nil {
		t.Fatal(err)
	}
	if int(r.PID) != p.cmd.Process.Pid || r.Call != "cudaMalloc" || r.Asked != told[0].Asked || r.Walk != nil || r.NoWalk != page.WalkNoFramework ||
		r.Observer || r.Ordinal != -1 || fmt.Sprint(r.Counters.Job) != "[RANK=5]" || r.SourceHash != SourceHash() || !r.At.Equal(told[0].At) {
		t.Errorf("%+v", r)
	}
	if want := filepath.Join(filepath.Dir(b.linked), "linked") + " waits"; r.Command != want {
		t.Errorf("command %q, want %q", r.Command, want)
	}
	for range 10 {
		p.say(t, "refuse")
	}
	shimtest.Eventually(t, "all to be told", func() bool {
		count := 0
		told = events(t, m)
		for _, e := range told {
			count += 1 + e.More
		}
		return count == 11
	})
	if len(told) > 4 || told[1].Text != "no report: too soon after the last" {
		t.Errorf("%d events: %+v", len(told), told)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestRefusedCallsAreNotReportedWhenOff(t *testing.T) {
	b := newBench(t)
	folder := filepath.Join(t.TempDir(), "reports")
	p := b.start(t, "GPUFRAGTOP_REPORT_DIR="+folder, "GPUFRAGTOP_REPORTS=0")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "refuse")
	m.Watch(t)
	shimtest.Eventually(t, "counters", func() bool { return m.Header(t).CountersSeq > 2 })
	if told := events(t, m); len(told) > 0 {
		t.Errorf("events: %+v", told)
	}
	if _, err := os.Lstat(folder); err == nil {
		t.Error("the folder of reports was made")
	}
}
