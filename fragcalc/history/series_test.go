package history

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var epoch = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// seen is a sample of the naive history.
type seen struct {
	at    time.Time
	value fragcalc.Bytes
}

// naive computes a cell from a list of all samples.
func naive(samples []seen, figure Figure, f Frame, cell int) float64 {
	r := rings[f.ring]
	worst := -1.0
	take := func(b fragcalc.Bytes) {
		n, ok := b.Get()
		v := float64(n)
		switch {
		case !ok:
		case worst < 0, figure.LessIsWorse() && v < worst, !figure.LessIsWorse() && v > worst:
			worst = v
		}
	}
	for bucket := range f.per {
		begin := f.Begin(cell).Add(time.Duration(bucket) * r.span)
		end := begin.Add(r.span)
		there := false
		for _, s := range samples {
			if !s.at.Before(begin) && s.at.Before(end) {
				take(s.value)
				there = true
			}
		}
		if there {
			continue
		}
		for i := 1; i < len(samples); i++ { // the two samples around the bucket
			before, after := samples[i-1], samples[i]
			if before.at.Before(begin) && !after.at.Before(end) {
				usual := 2 * time.Minute
				if i > 1 {
					usual = max(2*before.at.Sub(samples[i-2].at), 3*time.Second)
				}
				if after.at.Sub(before.at) <= usual {
					take(before.value)
				}
			}
		}
	}
	return worst
}

// What the rings keep is what a list of all samples tells, for every window and
// width, whatever the pace and the gaps.
func TestCellsEqualNaive(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		figure := Figure(r.IntN(int(FigureCount)))
		at := epoch.Add(time.Duration(r.Int64N(int64(time.Minute))))
		s := newSeries(at)
		var samples []seen
		pace := []time.Duration{200 * time.Millisecond, time.Second, 7 * time.Second}[seed%3]
		for range 400 {
			value := fragcalc.Of(int64(r.IntN(1 << 20)))
			if r.IntN(9) == 0 {
				value = fragcalc.Unknown[int64]("busy")
			}
			var figures [FigureCount]fragcalc.Bytes
			figures[figure] = value
			s.push(at, &figures)
			samples = append(samples, seen{at, value})
			at = at.Add(pace/2 + time.Duration(r.Int64N(int64(pace))))
			if r.IntN(100) == 0 {
				at = at.Add(time.Duration(r.Int64N(int64(20 * time.Minute))))
			}
		}
		for window := range Longest + 1 {
			f := window.Frame(1+r.IntN(200), s.At())
			got := s.Cells(figure, f)
			want := make([]float64, f.Cells())
			for i := range want {
				want[i] = naive(samples, figure, f, i)
			}
			if slices.Max(want) < 0 {
				want = nil
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %v in %d cells:\n got %v\nwant %v", seed, window.Span(), f.Cells(), got, want)
			}
		}
	}
}

// What has passed stays as it was: only the newest cell changes, and when
// another begins, the others move by one.
func TestOnlyTheNewestCellChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := newSeries(epoch)
	var before []float64
	var last Frame
	at := epoch
	for i := range 2000 {
		s.push(at, &[FigureCount]fragcalc.Bytes{Used: fragcalc.Of(r.Int64N(1 << 30))})
		f := DefaultWindow.Frame(60, at)
		cells := s.Cells(Used, f)
		if i > 0 {
			moved := int(f.last - last.last)
			if moved > 1 || !slices.Equal(cells[:len(cells)-1-moved], before[moved:len(before)-1]) {
				t.Fatalf("sample %d: what has passed changed", i)
			}
		}
		before, last = cells, f
		at = at.Add(time.Second)
	}
}

func TestFrames(t *testing.T) {
	for window := range Longest + 1 {
		for cells := range 300 {
			f := window.Frame(cells, epoch)
			if f.Cells() > max(cells, 1) || f.Cells() < 1 {
				t.Errorf("%v in %d: %d cells", window.Span(), cells, f.Cells())
			}
			if got := time.Duration(f.Cells()) * f.CellSpan(); got != window.Span() {
				t.Errorf("%v in %d: the cells are %v", window.Span(), cells, got)
			}
			for cell := range f.Cells() {
				at := f.Begin(cell)
				first, ok := f.Cell(at)
				last, ok2 := f.Cell(at.Add(f.CellSpan() - 1))
				if !ok || !ok2 || first != cell || last != cell {
					t.Fatalf("%v in %d: cell %d begins in %d and ends in %d", window.Span(), cells, cell, first, last)
				}
			}
			if cell, ok := f.Cell(epoch); !ok || cell != f.Cells()-1 {
				t.Errorf("now is in cell %d", cell)
			}
		}
	}
	f := DefaultWindow.Frame(60, epoch)
	if _, ok := f.Cell(epoch.Add(time.Minute)); ok {
		t.Error("the future is in a cell")
	}
	if _, ok := (Frame{}).Cell(epoch); ok || (Frame{}).Cells() != 0 {
		t.Error("a frame of nothing has cells")
	}
	if _, ok := f.Cell(epoch.Add(-6 * time.Minute)); ok {
		t.Error("the past before the window is in a cell")
	}
}

func TestWindows(t *testing.T) {
	var spans []time.Duration
	for window := Window(0); ; window = window.Wider() {
		spans = append(spans, window.Span())
		if window == window.Wider() {
			break
		}
		if window.Wider().Narrower() != window {
			t.Errorf("narrower than what is wider than %v", window.Span())
		}
	}
	minute := time.Minute
	if want := []time.Duration{minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute, 60 * minute}; !slices.Equal(spans, want) {
		t.Errorf("%v", spans)
	}
	if Window(0).Narrower() != 0 || Window(200).Span() != time.Hour {
		t.Error("a window that is none")
	}
	if DefaultWindow.Span() != 5*minute {
		t.Error("the first window is not five minutes")
	}
}

func TestTimeThatRunsBackwards(t *testing.T) {
	s := newSeries(epoch)
	push := func(at time.Time, n int64) { s.push(at, &[FigureCount]fragcalc.Bytes{Used: fragcalc.Of(n)}) }
	push(epoch, 5)
	push(epoch.Add(-2*time.Second), 9) // a correction
	if got := s.Cells(Used, Window(0).Frame(60, epoch)); got[59] != 9 || got[58] >= 0 {
		t.Errorf("%v", got[50:])
	}
	push(epoch.Add(-time.Hour), 1) // set back
	if got := s.Cells(Used, Window(0).Frame(60, epoch.Add(-time.Hour))); got[59] != 1 || got[58] >= 0 {
		t.Errorf("after the clock was set: %v", got[50:])
	}
	push(time.Unix(1, 0).AddDate(-60, 0, 0), 3) // before 1970
	if got := s.Cells(Used, Window(0).Frame(60, s.At())); got[59] != 3 {
		t.Errorf("before 1970: %v", got[50:])
	}
	push(epoch.AddDate(100, 0, 0), 2)
	if got := s.Cells(Used, Longest.Frame(60, s.At())); got[59] != 2 || got[58] >= 0 {
		t.Errorf("after a hundred years: %v", got[50:])
	}
}

// An hour of samples takes the memory of the first.
func TestHistoryDoesNotGrow(t *testing.T) {
	n := New()
	s := &fragcalc.Snapshot{At: epoch, GPUs: make([]fragcalc.GPU, 2*mostGPUs), Processes: make([]fragcalc.Process, 3*mostRows)}
	for i := range s.GPUs {
		s.GPUs[i].UUID = time.Duration(i).String()
	}
	for i := range s.Processes {
		s.Processes[i].PID, s.Processes[i].GPUUUID = i+1, s.GPUs[0].UUID
		s.Processes[i].GPUMemory = fragcalc.Of[int64](1)
	}
	inside := &s.Processes[3*mostRows-1]
	inside.Reserved = fragcalc.Of[int64](1)
	n.Push(s)
	if len(n.rows) != mostRows || len(n.gpus) != mostGPUs {
		t.Errorf("%d rows and %d GPUs are remembered", len(n.rows), len(n.gpus))
	}
	if n.Row(inside.RowID) == nil {
		t.Error("the row that can be seen into is not remembered")
	}
	s.Processes = s.Processes[:10]
	n.Push(s)
	if len(n.rows) != 10 || len(n.gone) != mostGone {
		t.Errorf("%d rows are remembered of 10, %d of those that have gone", len(n.rows), len(n.gone))
	}
	row := n.Row(s.Processes[0].RowID)
	if row.values[Used] != nil {
		t.Error("what was never known takes memory")
	}
	s.GPUs = s.GPUs[:2]
	n.Push(s)
	if perPush := testing.AllocsPerRun(100, func() {
		s.At = s.At.Add(time.Second)
		n.Push(s)
	}); perPush > 12 || n.Row(s.Processes[0].RowID) != row {
		t.Errorf("%.0f allocations a sample", perPush)
	}
}

func BenchmarkPush(b *testing.B) {
	n := New()
	s := &fragcalc.Snapshot{At: epoch, GPUs: make([]fragcalc.GPU, 8), Processes: make([]fragcalc.Process, 128)}
	for i := range s.Processes {
		p := &s.Processes[i]
		p.PID = i + 1
		p.Reserved, p.Used, p.Stranded, p.LargestFree = fragcalc.Of[int64](4), fragcalc.Of[int64](3), fragcalc.Of[int64](2), fragcalc.Of[int64](1)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.At = s.At.Add(time.Second)
		n.Push(s)
	}
}
