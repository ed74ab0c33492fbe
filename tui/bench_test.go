package tui

import (
	"testing"
)

// busyDriver is the node of the benchmarks: 8 devices, 200 processes.
func busyDriver(t *testing.T) *driver {
	return newDriver(t, 120, 40, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	}).sample(testNode(1, 8, 200))
}

func BenchmarkView(b *testing.B) {
	d := busyDriver(&testing.T{})
	b.ReportAllocs()
	for b.Loop() {
		_ = d.app.View()
	}
}

func BenchmarkSample(b *testing.B) {
	d := busyDriver(&testing.T{})
	s := testNode(1, 8, 200)
	b.ReportAllocs()
	for b.Loop() {
		d.sample(s)
	}
}

func TestViewAllocatesLittle(t *testing.T) {
	const most = 2000
	d := busyDriver(t)
	if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
		t.Errorf("View allocates %.0f times, may %d", got, most)
	}
}
