package fanout

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Effects are what a release does to these processes beyond what every release
// costs: whole sentences, the gravest first.
func Effects(s *fragcalc.Snapshot, targets []fragcalc.ProcessID) []string {
	var stalls, pools, own []string
	asked := map[int]map[fragcalc.ProcessID]bool{} // ranks, by how many there are in all
	for i := range s.Processes {
		p := &s.Processes[i]
		if !slices.Contains(targets, p.ProcessID) {
			continue
		}
		if p.Ranks.Stalling() {
			if asked[p.Ranks.World] == nil {
				asked[p.Ranks.World] = map[fragcalc.ProcessID]bool{}
			}
			asked[p.Ranks.World][p.ProcessID] = true
		}
		if private(p) {
			pools = with(pools, "If a MemPool context is active, PyTorch releases nothing.")
		}
		if p.Hook.Own != "" {
			own = with(own, "Its own release function is called, too: "+p.Hook.Own+".")
		}
	}
	for _, world := range slices.Sorted(maps.Keys(asked)) {
		stalls = append(stalls, stall(world, len(asked[world])))
	}
	return slices.Concat(stalls, pools, own)
}

func stall(world, asked int) string {
	text := "It stalls all " + strconv.Itoa(world) + " ranks until the slowest is done, and cannot be cancelled."
	if asked < world {
		text += " Only " + strconv.Itoa(asked) + " of them "
		if asked == 1 {
			return text + "is released."
		}
		return text + "are released."
	}
	return text
}

func private(p *fragcalc.Process) bool {
	return slices.ContainsFunc(p.Pools, func(pool fragcalc.Pool) bool { return pool.IsPrivate() })
}

func with(sentences []string, sentence string) []string {
	if slices.Contains(sentences, sentence) {
		return sentences
	}
	return append(sentences, sentence)
}
