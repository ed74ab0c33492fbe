package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
)

// Whoever looks for what pins the trainer's segments finds one place, and it is
// the one that keeps them.
func TestTheStackThatPinsIsTheOneThatKeeps(t *testing.T) {
	for seed := range int64(6) {
		n := NewNode(seed)
		for _, after := range []time.Duration{0, 20 * time.Second, 3 * time.Minute} {
			p := byPID(n.Snapshot(noon.Add(after)))[48121][0]
			index := stacks.NewIndex(p.Stacks)
			report := index.Group(p.Pools, p.Settings, stacks.ByOwn)
			first := report.Groups[0]
			if name := index.Name(first.Stack); name != "contrastive.py:41 keep_states" || 3*first.Alone < report.Stranded {
				t.Errorf("seed %d after %v: %s holds %d alone of %d", seed, after, name, first.Alone, report.Stranded)
			}
			var largest *fragcalc.Segment
			most := int64(0)
			for i := range p.Pools {
				p.Pools[i].Pieces(p.Settings, func(at int, piece fragcalc.Piece) {
					if piece.Stranded > most {
						most, largest = piece.Stranded, &p.Pools[i].Segments[at]
					}
				})
			}
			holder, _ := index.Holder(largest, stacks.ByOwn)
			if name := index.Name(holder.Stack); seed == 1 && after == 0 && name != "contrastive.py:41 keep_states" {
				t.Errorf("the largest pinned segment is held by %s", name)
			}
		}
	}
}

func TestWhoRecordsStacksHasOneForEveryBlock(t *testing.T) {
	n := NewNode(1)
	for pid, rows := range byPID(n.Snapshot(noon.Add(time.Minute))) {
		for _, p := range rows {
			index := stacks.NewIndex(p.Stacks)
			if recorded := pid != 51207 && p.Instrumented; recorded != index.Known() {
				t.Errorf("%d: stacks known: %v", pid, index.Known())
			}
			for _, pool := range p.Pools {
				for _, segment := range pool.Segments {
					for _, b := range segment.Blocks {
						if got := len(p.Stacks.At(b.Stack)) > 0; got != (index.Known() && b.State != fragcalc.BlockFree) {
							t.Fatalf("%d: a block in state %d has stack %d", pid, b.State, b.Stack)
						}
					}
				}
			}
			for i, stack := range p.Stacks {
				f, _ := stacks.Origin(stack)
				if stacks.Library(f) != "" || len(stacks.Fold(stack)) < 2 || !strings.HasPrefix(f.File, projects) {
					t.Errorf("%d: stack %d does not look like one of PyTorch: %+v", pid, i+1, stack)
				}
			}
		}
	}
}
