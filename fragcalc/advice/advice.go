// Package advice says in plain sentences what the figures of a process call
// for: what would give memory back, what keeps it from being used, and when the
// trouble is not fragmentation. Each rule needs its evidence and is silent
// without it; what a setting would save is a number only where a trace was
// replayed. It is pure.
package advice

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// most is how many pieces of advice a process gets: nobody reads more.
const most = 5

// Advice is one thing to do, or to know, about a process.
type Advice struct {
	Rule     string   // names the rule, for ever; see Rules
	Text     string   // one or two sentences
	Evidence []Figure // what the rule saw
	// Expected is how many bytes come back when the advice is followed; unknown
	// with the reason where figures of one moment cannot tell.
	Expected fragcalc.Bytes
	// worth orders advice: the bytes at stake, more where the program is about
	// to fail and less where there is only something to know.
	worth int64
}

// noticing are the rules that say what is, or was, and not what to do about it.
var noticing = []string{"parked", "retries", "arena", "not_fragmentation"}

// Actionable tells whether the advice is something to do: it is of more use than
// what is only to be known, however grave that is.
func (a *Advice) Actionable() bool { return !slices.Contains(noticing, a.Rule) }

// Inputs are what advice can be built on beyond the snapshot.
type Inputs struct {
	History History // of the same row; may be empty
	// ExpandableSaves is how much less the program's own trace, replayed with
	// expandable_segments:True, reserves at its peak. It may be 0 or, where the
	// setting costs memory, negative. Unknown where no trace was replayed.
	ExpandableSaves fragcalc.Bytes
}

// rule looks at a process and returns nil when it has nothing to say.
type rule struct {
	name string
	says func(*subject) *Advice
}

// rules are all there are.
var rules = []rule{
	{"release", release},
	{"expandable_segments", expandable},
	{"settings_clash", clash},
	{"rounding", rounding},
	{"pinned_segments", pinned},
	{"other_stream", otherStream},
	{"small_pool", smallPool},
	{"parked", parked},
	{"slack", slack},
	{"retries", retries},
	{"leak", leak},
	{"stranded_grows", strandedGrows},
	{"varying_sizes", varyingSizes},
	{"preallocate", preallocate},
	{"arena", arena},
	{"preallocated", preallocated},
	{"not_fragmentation", notFragmentation},
}

// Rules are the names of all rules.
func Rules() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.name
	}
	return names
}

// Advise is what there is to say about a process of a snapshot, the worthiest
// first; nothing where there is nothing to say. It passes over the blocks once,
// and over the trace once where there is one.
func Advise(p *fragcalc.Process, s *fragcalc.Snapshot, in Inputs) []Advice {
	c := newSubject(p, s, in)
	var said []Advice
	for _, r := range rules {
		if a := r.says(c); a != nil {
			a.Rule = r.name
			said = append(said, *a)
		}
	}
	slices.SortStableFunc(said, func(a, b Advice) int { return cmp.Compare(b.worth, a.worth) })
	return said[:min(len(said), most)]
}
