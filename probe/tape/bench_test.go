package tape

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

// recordHour records an hour at a second of 8 devices with 20 processes.
func recordHour(b *testing.B) string {
	b.Helper()
	const samples = 3600
	path := filepath.Join(b.TempDir(), "hour.tape")
	w, err := Create(path, Options{MaxSize: 256 << 20, Interval: time.Second})
	if err != nil {
		b.Fatal(err)
	}
	node := demo.NewNode(1)
	for i := range samples {
		at := epoch.Add(time.Duration(i) * time.Second)
		s := node.Snapshot(at)
		devices, rows := s.GPUs, s.Processes
		for len(s.GPUs) < 8 {
			g := devices[len(s.GPUs)%len(devices)]
			g.Index, g.UUID = len(s.GPUs), fmt.Sprintf("GPU-%08d", len(s.GPUs))
			s.GPUs = append(s.GPUs, g)
		}
		for len(s.Processes) < 20 {
			p := rows[len(s.Processes)%len(rows)]
			p.RowID = fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 90_000 + len(s.Processes)}, GPUUUID: s.GPUs[len(s.Processes)%8].UUID}
			s.Processes = append(s.Processes, p)
		}
		if err := w.Add(s); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d samples, %d maps, %.1f MiB, of which maps %.1f MiB", w.Samples(), w.maps, float64(w.Size())/(1<<20), float64(w.mapped)/(1<<20))
	if err := w.Close("bench"); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOpenHour opens an hour and reads its first sample, as replay does
// before it draws.
func BenchmarkOpenHour(b *testing.B) {
	path := recordHour(b)
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if r.Len() != 3600 || len(r.Sample(context.Background(), 0).Processes) != 20 {
			b.Fatal("not the hour")
		}
		r.Close()
	}
}

// BenchmarkReadSample reads samples one after the other, as playing does.
func BenchmarkReadSample(b *testing.B) {
	_, path := record(b, 60, Options{})
	r := open(b, path)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := r.Read(i % 60); err != nil {
			b.Fatal(err)
		}
	}
}
