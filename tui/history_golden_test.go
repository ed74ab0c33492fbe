package tui

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// pastMinutes is how long the golden node has been watched.
const pastMinutes = 7

// goldenPast are the samples of the last minutes before the golden node, one a
// second: figures that come and go, half a minute in which nothing is known, an
// allocation that was refused, retries and a release.
func goldenPast() []*fragcalc.Snapshot {
	r := rand.New(rand.NewSource(3))
	last := goldenNode()
	var past []*fragcalc.Snapshot
	retries := int64(0)
	for second := range pastMinutes * 60 {
		s := *last
		s.At = last.At.Add(time.Duration(second-pastMinutes*60) * time.Second)
		s.Processes = append([]fragcalc.Process(nil), last.Processes...)
		s.GPUs = append([]fragcalc.GPU(nil), last.GPUs...)
		wave := 0.6 + 0.4*float64(second%90)/90
		if second%170 == 160 {
			retries += 2
		}
		for i := range s.Processes {
			p := &s.Processes[i]
			p.AllocRetries = fragcalc.Of(retries)
			scale := func(b fragcalc.Bytes, by float64) fragcalc.Bytes {
				if n, ok := b.Get(); ok {
					return fragcalc.Of(int64(float64(n) * by))
				}
				return b
			}
			p.Used = scale(p.Used, wave)
			p.Stranded = scale(p.Stranded, 0.3+0.7*wave*r.Float64())
			p.Slack = scale(p.Slack, 1.5-wave)
			p.LargestFree = scale(p.LargestFree, wave)
			if second > 250 && second < 280 {
				p.Figures = fragcalc.UnknownFigures("the Python lock is busy")
			}
		}
		for i := range s.GPUs {
			used, free := s.GPUs[i].MemoryUsed.Or(0), s.GPUs[i].MemoryFree.Or(0)
			taken := int64(wave * float64(4*gib))
			s.GPUs[i].MemoryUsed, s.GPUs[i].MemoryFree = fragcalc.Of(used+taken), fragcalc.Of(free-taken)
		}
		s.Events = pastEvents(s.At, last.At)
		past = append(past, &s)
	}
	return past
}

// pastEvents are those of the golden past up to a moment.
func pastEvents(until, last time.Time) []fragcalc.Event {
	var events []fragcalc.Event
	for _, e := range []fragcalc.Event{
		{At: last.Add(-245 * time.Second), PID: 48049, Kind: "oom", Text: "out of memory: asked for 2.00 GiB, 1.50 GiB of the GPU was free: fragmented"},
		{At: last.Add(-30 * time.Second), PID: 48049, Kind: "release", Text: "released 1.20 GiB in 14 ms (predicted 1.20 GiB)"},
	} {
		e.Scope = fragcalc.ScopeProcess
		if !e.At.After(until) {
			events = append(events, e)
		}
	}
	return events
}

// watched is a driver that has seen the golden past.
func watched(t *testing.T, width, height int, change ...func(*Options)) *driver {
	t.Helper()
	d := newDriver(t, width, height, change...)
	past := goldenPast()
	for _, s := range past {
		d.app.world.trends.Push(s)
	}
	s := goldenNode()
	s.Events = pastEvents(s.At, s.At)
	for i := range s.Processes {
		s.Processes[i].AllocRetries = past[len(past)-1].Processes[i].AllocRetries
	}
	d.sample(s)
	d.app.status.forget()
	return d
}

func TestGoldenHistory(t *testing.T) {
	for _, view := range []struct {
		name string
		keys []string
	}{
		{"history-node", []string{"H"}},
		{"history-process", []string{"enter", "H"}},
		{"history-moment", []string{"enter", "H", "-", "N", "N", "N"}},
		{"history-outside", []string{"end", "enter", "H"}},
		{"history-pool", []string{"enter", "enter", "H"}},
	} {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			name := fmt.Sprintf("%s-%dx%d", view.name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := watched(t, size.width, size.height)
				d.keys(view.keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
}

func TestGoldenHistoryStyles(t *testing.T) {
	for name, environment := range map[string]map[string]string{
		"history-ascii":    {"TERM": "xterm", "LANG": "C", "NO_COLOR": "1"},
		"history-16colors": {"TERM": "xterm", "LANG": "C.UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			d := watched(t, 80, 24, func(o *Options) {
				o.Getenv = func(name string) string { return environment[name] }
			})
			d.keys("enter", "H", "left", "left")
			compareGolden(t, name, strings.ReplaceAll(d.app.View(), "\x1b", "^[")+"\n")
		})
	}
}
