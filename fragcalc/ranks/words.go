package ranks

import (
	"strconv"
	"strings"
)

// Extent is how large the job is on this node: "8 ranks on 8 GPUs".
func (g *Group) Extent() string {
	n := Count(g.ranks(func(Member) bool { return true }))
	word := "rank"
	if n == 0 {
		n, word = len(g.Members), "process"
	}
	return plural(n, word) + " on " + plural(g.GPUs, "GPU")
}

// Inside says which ranks are instrumented and which are not, by number:
// "7 of 8 ranks instrumented: rank 5 is not: started without gpufragtop run".
func (g *Group) Inside() string {
	seen := g.ranks(func(Member) bool { return true })
	if len(seen) == 0 {
		return g.processes()
	}
	inside := g.ranks(func(m Member) bool { return m.Instrumented })
	n, of := Count(inside), Count(seen)+Count(g.Unseen)
	text := strconv.Itoa(n) + " of " + plural(of, "rank") + " "
	if len(g.Elsewhere)+len(g.Unplaced) > 0 {
		text += "here "
	}
	text += "instrumented"
	var reasons []string
	for _, why := range g.whys() {
		outside := subtract(g.ranks(func(m Member) bool { return m.Why == why && !m.Instrumented }), inside)
		if len(outside) > 0 {
			reasons = append(reasons, isNot(outside)+": "+why)
		}
	}
	rankless := g.rankless()
	switch {
	case len(g.Unseen) > 0 && len(rankless) > 0:
		reasons = append(reasons, isNot(g.Unseen)+" seen, unless among "+listed(rankless)+", of unknown rank")
		rankless = nil
	case len(g.Unseen) > 0:
		reasons = append(reasons, isNot(g.Unseen)+" seen among these processes")
	}
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, "; ")
	}
	if len(g.Elsewhere) > 0 {
		text += "; " + Words(g.Elsewhere) + " on other nodes"
	}
	if len(g.Unplaced) > 0 {
		text += "; " + isNot(g.Unplaced) + " seen here"
	}
	if len(rankless) > 0 {
		text += "; " + plural(len(rankless), "process") + " of unknown rank: " + listed(rankless)
	}
	return text
}

// Complete tells whether all ranks of the job that live here are instrumented.
func (g *Group) Complete() bool {
	for _, m := range g.Members {
		if !m.Instrumented {
			return false
		}
	}
	return len(g.Unseen) == 0
}

// processes is Inside for a job whose ranks are not known.
func (g *Group) processes() string {
	n := 0
	for _, m := range g.Members {
		if m.Instrumented {
			n++
		}
	}
	text := strconv.Itoa(n) + " of " + plural(len(g.Members), "process") + " instrumented"
	separator := ": "
	for _, why := range g.whys() {
		var pids []string
		for _, m := range g.Members {
			if m.Why == why && !m.Instrumented {
				pids = append(pids, strconv.Itoa(m.PID))
			}
		}
		verb := " is not: "
		if len(pids) > 1 {
			verb = " are not: "
		}
		text += separator + listed(pids) + verb + why
		separator = "; "
	}
	return text
}

// whys are the reasons why members are not instrumented, each once, in the
// order of the members.
func (g *Group) whys() []string {
	var whys []string
	for _, m := range g.Members {
		known := m.Instrumented
		for _, why := range whys {
			known = known || why == m.Why
		}
		if !known {
			whys = append(whys, m.Why)
		}
	}
	return whys
}

// rankless are the PIDs of the members whose rank is not known.
func (g *Group) rankless() []string {
	var pids []string
	for _, m := range g.Members {
		if !m.Rank.Known() {
			pids = append(pids, strconv.Itoa(m.PID))
		}
	}
	return pids
}

func listed(pids []string) string {
	const most = 8
	if len(pids) > most {
		pids = append(pids[:most:most], "and "+strconv.Itoa(len(pids)-most)+" more")
	}
	return strings.Join(pids, ", ")
}

// subtract are the ranks of ranges that are not in taken.
func subtract(ranges, taken []Range) []Range {
	var left []Range
	for _, r := range ranges {
		left = append(left, gaps(r, taken)...)
	}
	return left
}

func isNot(ranges []Range) string {
	if Count(ranges) == 1 {
		return Words(ranges) + " is not"
	}
	return Words(ranges) + " are not"
}

func plural(n int, word string) string {
	text := strconv.Itoa(n) + " " + word
	switch {
	case n == 1:
		return text
	case strings.HasSuffix(word, "s"):
		return text + "es"
	default:
		return text + "s"
	}
}
