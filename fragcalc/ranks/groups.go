// Package ranks joins processes into the jobs that they are ranks of, and says
// which ranks can be seen inside and which cannot, by number.
package ranks

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Group is one job, as far as it runs on this node.
type Group struct {
	ID
	World   fragcalc.Known[int] // ranks of the whole job
	Members []Member            // by rank, then PID; those without a rank last
	GPUs    int                 // on which members have rows

	// Ranks without a process among Members: those that should be on this
	// node, those on other nodes, and those of which that is not known.
	Unseen, Elsewhere, Unplaced []Range

	GPUMemory, Reserved, Used, Stranded, Releasable Sum
}

// ID identifies a job on this node.
type ID struct{ Kind, Job string }

// String is the job as people call it.
func (id ID) String() string {
	if id.Kind == "launcher" {
		return "started by " + id.Job
	}
	return id.Kind + " " + id.Job
}

// Member is one process of a job.
type Member struct {
	fragcalc.ProcessID
	Rank         fragcalc.Known[int]
	Instrumented bool
	Why          string // why not; empty when instrumented
	Rows         []int  // its places among the rows that Groups was given
}

// Sum is the sum of a figure over the rows of a job.
type Sum struct {
	Bytes   fragcalc.Bytes // of the rows that know it; unknown when none does
	Unknown int            // rows that do not
}

func (s *Sum) add(b fragcalc.Bytes) {
	n, ok := b.Get()
	switch {
	case !ok:
		s.Unknown++
		if !s.Bytes.Known() {
			s.Bytes = b
		}
	default:
		s.Bytes = fragcalc.Of(s.Bytes.Or(0) + n)
	}
}

// Of is the job that a process belongs to; false when none is known.
func Of(p *fragcalc.Process) (ID, bool) {
	return ID{p.Task.JobKind, p.Task.JobID}, p.Task.JobKind != "" && p.Task.JobID != ""
}

// Groups joins rows into jobs, in the order of kind and id. A job with one
// process of which no world size above 1 is known is a job, too: Many tells
// those apart. Rows of no known job are in none.
func Groups(rows []fragcalc.Process) []Group {
	byID := map[ID]*builder{}
	for i := range rows {
		id, ok := Of(&rows[i])
		if !ok {
			continue
		}
		b := byID[id]
		if b == nil {
			b = &builder{rows: rows, group: Group{ID: id}, at: map[fragcalc.ProcessID]int{}}
			byID[id] = b
		}
		b.add(i)
	}
	groups := make([]Group, 0, len(byID))
	for _, b := range byID {
		groups = append(groups, b.finish())
	}
	slices.SortFunc(groups, func(a, b Group) int { return compareIDs(a.ID, b.ID) })
	return groups
}

// compareIDs orders by kind, then by number, then by the rest of the name.
func compareIDs(a, b ID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareNumbers(a.Job, b.Job), cmp.Compare(a.Job, b.Job))
}

// Find is the job of those that Groups returned that a process belongs to, nil
// when none is known.
func Find(groups []Group, p *fragcalc.Process) *Group {
	id, ok := Of(p)
	if !ok {
		return nil
	}
	i, found := slices.BinarySearchFunc(groups, id, func(g Group, id ID) int { return compareIDs(g.ID, id) })
	if !found {
		return nil
	}
	return &groups[i]
}

// Many tells whether the job has more than one rank or process.
func (g *Group) Many() bool { return len(g.Members) > 1 || g.World.Or(1) > 1 }

// compareNumbers orders ids that begin with a number by it.
func compareNumbers(a, b string) int {
	digits := func(s string) int {
		i := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	n, m := digits(a), digits(b)
	if n == 0 || m == 0 {
		return 0
	}
	return cmp.Or(cmp.Compare(n, m), cmp.Compare(a[:n], b[:m]))
}
