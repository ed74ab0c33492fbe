package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

// examiner gives one report, and counts how often it was asked.
type examiner struct {
	report wayin.Report
	asked  int
}

func (e *examiner) Diagnose(context.Context) wayin.Report {
	e.asked++
	return e.report
}

var noDriver = wayin.Report{Findings: []wayin.Finding{
	{Level: wayin.OK, Topic: "rights", What: "This monitor may look into every user's programs"},
	{Level: wayin.Hint, Topic: "instrumented", What: "No instrumented program is running, as far as can be seen",
		Why: "what is free, cached or stranded inside a program is known only of those started through gpufragtop", Do: "gpufragtop run -- python train.py"},
	{Level: wayin.Problem, Topic: "nvml", What: "There is no NVIDIA driver here",
		Why: "libnvidia-ml.so.1 is not found: no driver is installed, or this container was given no GPU", Do: "docker run --gpus all …"},
}}

func emptyNode(second int) *fragcalc.Snapshot {
	return &fragcalc.Snapshot{Host: "node1", At: time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC), Faults: []fragcalc.Fault{
		{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "no NVIDIA driver found"}}}
}

// run runs a command and what it batches, and delivers the answers that come at
// once.
func (d *driver) run(command tea.Cmd) {
	if command == nil {
		return
	}
	answers := make(chan tea.Msg, 1)
	go func() { answers <- command() }()
	select {
	case message := <-answers:
		if batch, ok := message.(tea.BatchMsg); ok {
			for _, c := range batch {
				d.run(c)
			}
			return
		}
		d.send(message)
	case <-time.After(100 * time.Millisecond): // a timer
	}
}

// take delivers a sample and runs what follows from it.
func (d *driver) take(s *fragcalc.Snapshot) {
	if !d.app.polling.underway {
		d.send(pollDueMsg{d.app.polling.poll})
	}
	d.run(d.send(snapshotMsg{poll: d.app.polling.poll, snapshot: s}))
}

func TestGoldenEmptyNode(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {40, 10}} {
		name := fmt.Sprintf("empty-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, size.width, size.height, func(o *Options) { o.Doctor = &examiner{report: noDriver} })
			d.take(emptyNode(0))
			compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
		})
	}
}

// Problems come first, the way to see the tool stays at any size, and nothing
// is wider or higher than the screen.
func TestEmptyNodeAtAnySize(t *testing.T) {
	for width := 1; width <= 100; width += 3 {
		for height := 1; height <= 40; height += 3 {
			d := newDriver(t, width, height, func(o *Options) { o.Doctor = &examiner{report: noDriver} })
			d.sample(emptyNode(0))
			d.send(diagnosedMsg{noDriver})
			screen := d.screen()
			if len(screen) != height {
				t.Fatalf("%dx%d: %d lines", width, height, len(screen))
			}
			text := strings.Join(screen, "\n")
			if width >= 40 && height >= 10 && (!strings.Contains(text, wayin.DemoLine) || !strings.Contains(text, "There is no NVIDIA driver")) {
				t.Errorf("%dx%d:\n%s", width, height, text)
			}
			if problem, hint := strings.Index(text, "no NVIDIA driver here"), strings.Index(text, "No instrumented"); hint >= 0 && problem > hint {
				t.Errorf("%dx%d: a hint before a problem:\n%s", width, height, text)
			}
		}
	}
}

func TestTheDoctorIsAskedWhileTheNodeIsEmpty(t *testing.T) {
	e := &examiner{report: noDriver}
	d := newDriver(t, 80, 24, func(o *Options) { o.Doctor = e })
	d.take(emptyNode(0))
	d.take(emptyNode(1))
	if e.asked != 1 {
		t.Errorf("asked %d times within a second", e.asked)
	}
	d.take(emptyNode(30))
	if e.asked != 2 {
		t.Errorf("asked %d times within half a minute", e.asked)
	}
	node := testNode(1, 2, 9)
	node.At = emptyNode(59).At
	d.take(node)
	if text := strings.Join(d.screen(), "\n"); e.asked != 2 || strings.Contains(text, "Nothing to show") {
		t.Errorf("with processes, asked %d times:\n%s", e.asked, text)
	}
	// A filter that matches nothing is no empty node.
	d.keys("/", "n", "o", "b", "o", "d", "y", "enter")
	if text := strings.Join(d.screen(), "\n"); !strings.Contains(text, "No process matches the filter") {
		t.Error(text)
	}
}

// The first sample is shown at once, whatever the doctor does.
func TestTheScreenDoesNotWaitForTheDoctor(t *testing.T) {
	d := newDriver(t, 80, 24, func(o *Options) { o.Doctor = &examiner{report: noDriver} })
	d.sample(emptyNode(0)) // its command, which asks, is not run
	d.line("No GPU: no NVIDIA driver found")
}
