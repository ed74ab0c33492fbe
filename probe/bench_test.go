package probe

import (
	"fmt"
	"testing"
)

// One sample of 8 GPUs with 200 processes each, 20 of them with a page; most of
// the stand-in's own time is in its process lists.
func BenchmarkSample(b *testing.B) {
	w := newWorld(b, true, "")
	b.Setenv("GFT_FAKE_DEVICES", "8")
	b.Setenv("GFT_FAKE_TOTAL_MIB", "81920")
	b.Setenv("GFT_FAKE_PROCS_PER_DEVICE", "200")
	b.Setenv("GFT_FAKE_FIRST_PID", "1000")
	for i := range 8 * 200 {
		w.proc.Add(1000+i, 7, "python", "worker.py", fmt.Sprint(i))
	}
	for i := range 20 {
		w.pages.processes = append(w.pages.processes, instrumented(1000+i, 7, walked(device(0))))
	}
	s := w.sampler(b)
	if n := len(s.Sample(b.Context()).Processes); n != 1600 {
		b.Fatalf("%d rows", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Sample(b.Context())
	}
}
