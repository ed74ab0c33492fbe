package demo

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestSameSeedSameNode(t *testing.T) {
	a, b := NewNode(7), NewNode(7)
	for i := range 20 {
		at := noon.Add(time.Duration(i) * 1300 * time.Millisecond)
		if !reflect.DeepEqual(a.Snapshot(at), b.Snapshot(at)) {
			t.Fatalf("the nodes differ after %v", at.Sub(noon))
		}
	}
	if reflect.DeepEqual(a.Snapshot(noon), NewNode(8).Snapshot(noon)) {
		t.Error("another seed makes the same node")
	}
}

func TestLookingChangesNothing(t *testing.T) {
	watched, alone := NewNode(3), NewNode(3)
	alone.Snapshot(noon)
	for i := range 250 {
		watched.Snapshot(noon.Add(time.Duration(i) * 170 * time.Millisecond))
	}
	at := noon.Add(50 * time.Second)
	if !reflect.DeepEqual(watched.Snapshot(at), alone.Snapshot(at)) {
		t.Error("the state depends on how often it was looked at")
	}
}

func TestNodeStartsAtWork(t *testing.T) {
	s := NewNode(1).Snapshot(noon)
	if !s.Demo || !s.At.Equal(noon) || len(s.GPUs) != 2 {
		t.Errorf("snapshot %+v", s)
	}
	rows := byPID(s)
	for pid, least := range map[int]func(fragcalc.Process) bool{
		48121: func(p fragcalc.Process) bool { return p.Fragmentation.Or(0) > 0.15 && p.Releasable.Or(0) > gib },
		48344: func(p fragcalc.Process) bool {
			return p.Slack.Or(0) > 2*gib && p.Releasable.Or(0) > p.Reserved.Or(0)/5 && p.Fragmentation.Or(1) < 0.02
		},
		51207: func(p fragcalc.Process) bool { return p.Fragmentation.Or(1) < 0.02 && p.Slack.Or(gib) < 100*mib },
		52660: func(p fragcalc.Process) bool { return p.Parked.Or(0) > gib/2 && p.Settings.Text != "" },
		48200: func(p fragcalc.Process) bool { return !p.Reserved.Known() && !p.Instrumented && p.Pools == nil },
		50018: func(p fragcalc.Process) bool {
			return p.Used.Reason() == "not permitted: process of bob" && p.User == "bob" && p.GPUMemory.Known()
		},
	} {
		if len(rows[pid]) == 0 || !least(rows[pid][0]) {
			t.Errorf("process %d does not show what it is there for: %+v", pid, rows[pid])
		}
	}
	if len(rows[48344]) != 2 || rows[48344][0].GPUUUID == rows[48344][1].GPUUUID {
		t.Error("the server does not run on both GPUs")
	}
}

// The story holds for every seed, averaged over a few minutes.
func TestStoryForEverySeed(t *testing.T) {
	for seed := range int64(4) {
		n := NewNode(seed)
		total := map[int]float64{}
		pending := false
		const moments = 60
		for i := range moments {
			for pid, rows := range byPID(n.Snapshot(noon.Add(time.Duration(i) * 7 * time.Second))) {
				total[pid] += rows[0].Fragmentation.Or(0)
				pending = pending || rows[0].Pending.Or(0) > 0
			}
		}
		if train, steady := total[48121]/moments, total[51207]/moments; train < 0.15 || steady > 0.02 {
			t.Errorf("seed %d: %.0f %% of the bad one stranded, %.0f %% of the healthy one", seed, 100*train, 100*steady)
		}
		if !pending {
			t.Errorf("seed %d: nothing was ever pending", seed)
		}
	}
}

func TestRunningOutOfMemoryIsAnEvent(t *testing.T) {
	n := NewNode(3)
	var last *fragcalc.Snapshot
	at := noon
	for ; last == nil || len(last.Events) == 0; at = at.Add(30 * time.Second) {
		if at.Sub(noon) > 2*time.Hour {
			t.Fatal("the trainer never ran out of memory")
		}
		last = n.Snapshot(at)
	}
	e := last.Events[0]
	if e.Kind != "oom" || e.PID != 48121 || e.At.After(last.At) || byPID(last)[48121][0].OOMs.Or(0) == 0 {
		t.Errorf("event %+v", e)
	}
	if byPID(last)[48121][0].AllocRetries.Or(0) == 0 {
		t.Error("out of memory without a retry")
	}
}

func TestSumsClose(t *testing.T) {
	n := NewNode(5)
	for i := range 50 {
		s := n.Snapshot(noon.Add(time.Duration(i) * 3700 * time.Millisecond))
		charged := map[string]int64{}
		for _, p := range s.Processes {
			charged[p.GPUUUID] += p.GPUMemory.Or(0)
			if p.Unbacked.Or(0) != 0 || p.Instrumented && p.Other.Or(-1) <= 0 {
				t.Fatalf("process %d: unbacked %d, other %d", p.PID, p.Unbacked.Or(0), p.Other.Or(-1))
			}
			if !p.Instrumented {
				continue
			}
			closes(t, fmt.Sprint("process ", p.PID), p.Figures)
			reserved := int64(0)
			for _, pool := range p.Pools {
				closes(t, fmt.Sprintf("process %d pool %+v", p.PID, pool.PoolID), pool.Figures)
				reserved += pool.Reserved.Or(0)
			}
			if reserved != p.Reserved.Or(0) {
				t.Fatalf("process %d: the pools hold %d of %d", p.PID, reserved, p.Reserved.Or(0))
			}
			if p.ActivePeak.Or(0) < p.Used.Or(0)+p.Pending.Or(0) || p.ReservedPeak.Or(0) < reserved {
				t.Fatalf("process %d: a peak is below the present", p.PID)
			}
		}
		for _, g := range s.GPUs {
			used, free := g.MemoryUsed.Or(0), g.MemoryFree.Or(0)
			if used != charged[g.UUID] || used+free+g.MemoryDriverReserved.Or(0) != g.MemoryTotal.Or(0) || free < 0 {
				t.Fatalf("GPU %d: used %d, free %d, its processes %d", g.Index, used, free, charged[g.UUID])
			}
		}
	}
}

func closes(t *testing.T, what string, f fragcalc.Figures) {
	t.Helper()
	if sum := f.Used.Or(0) + f.Pending.Or(0) + f.Releasable.Or(0) + f.Parked.Or(0) + f.Stranded.Or(0); f.Reserved != fragcalc.Of(sum) {
		t.Fatalf("%s: reserved %d, the parts %d", what, f.Reserved.Or(0), sum)
	}
}

func TestSnapshotsAreImmutable(t *testing.T) {
	n, twin := NewNode(2), NewNode(2)
	s, same := n.Snapshot(noon), twin.Snapshot(noon)
	n.Snapshot(noon.Add(30 * time.Second))
	for _, p := range s.Processes {
		n.Release(p.ProcessID, noon.Add(31*time.Second))
	}
	if !reflect.DeepEqual(s, same) {
		t.Error("a snapshot changed after it was returned")
	}
}

func TestLongGapIsSkipped(t *testing.T) {
	n := NewNode(1)
	n.Snapshot(noon)
	before := n.steps
	n.Snapshot(noon.Add(time.Hour))
	if made := n.steps - before; made != catchUp {
		t.Errorf("an hour made %d steps, want %d", made, catchUp)
	}
	before = n.steps
	n.Snapshot(noon.Add(time.Hour + time.Second))
	if made := n.steps - before; made != 10 {
		t.Errorf("the second after it made %d steps, want 10", made)
	}
	before = n.steps
	n.Snapshot(noon)
	n.Snapshot(noon.Add(time.Hour + time.Second))
	if n.steps != before {
		t.Errorf("a clock that was set back made %d steps", n.steps-before)
	}
}

func TestNoGrowthOverAnHour(t *testing.T) {
	n := NewNode(1)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	target := n.Snapshot(noon).Processes[0].ProcessID
	run := func(from, to int) {
		for minute := from; minute < to; minute++ {
			at := noon.Add(time.Duration(minute) * time.Minute)
			n.Snapshot(at)
			n.Release(target, at)
			n.Release(target, at) // refused, but noted
		}
	}
	run(0, 20)
	before := heap()
	run(20, 80)
	if after := heap(); after > before+before/2 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	if events := n.Snapshot(noon.Add(80 * time.Minute)).Events; len(events) != keptEvents {
		t.Errorf("%d events are kept, want %d", len(events), keptEvents)
	}
	runtime.KeepAlive(n)
}

func TestConcurrentUse(t *testing.T) {
	n := NewNode(1)
	target := n.Snapshot(noon).Processes[0].ProcessID
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 20 {
				at := noon.Add(time.Duration(4*j+i) * time.Second)
				n.Snapshot(at)
				n.Release(target, at)
			}
		})
	}
	group.Wait()
}

func byPID(s *fragcalc.Snapshot) map[int][]fragcalc.Process {
	rows := map[int][]fragcalc.Process{}
	for _, p := range s.Processes {
		rows[p.PID] = append(rows[p.PID], p)
	}
	return rows
}

func BenchmarkSnapshot(b *testing.B) {
	n := NewNode(1)
	at := noon
	for b.Loop() {
		at = at.Add(time.Second)
		n.Snapshot(at)
	}
}

func BenchmarkNewNode(b *testing.B) {
	for b.Loop() {
		NewNode(1)
	}
}
