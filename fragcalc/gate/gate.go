package gate

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// mostRows bounds memory where a program starts processes without end.
const mostRows = 4096

// Options say how a gate judges.
type Options struct {
	Limits Limits
	// WarmUp is how long the growth of a process does not count, from its
	// first figures on.
	WarmUp time.Duration
	// FromStart tells that processes are seen from their start, when they have
	// no free block as yet.
	FromStart bool
	// AllowUnknown: what could not be measured is no failure.
	AllowUnknown bool
}

// Gate watches processes over time. It is not safe for use by several
// goroutines at once.
type Gate struct {
	options Options
	rows    []*row // in the order in which they appeared
	byID    map[fragcalc.RowID]*row
	dropped int // rows beyond mostRows
	last    fragcalc.Snapshot
}

// New returns a gate that has seen nothing.
func New(o Options) *Gate {
	return &Gate{options: o, byID: map[fragcalc.RowID]*row{}}
}

// Add looks at all processes of a snapshot. Snapshots come in the order of
// time, and are not kept.
func (g *Gate) Add(s *fragcalc.Snapshot) {
	g.last.At, g.last.Host, g.last.Version = s.At, s.Host, s.Version
	for i := range s.Processes {
		p := &s.Processes[i]
		r := g.byID[p.RowID]
		if r == nil {
			if len(g.rows) == mostRows {
				g.dropped++
				continue
			}
			r = newRow(p.RowID, g.options)
			g.rows, g.byID[p.RowID] = append(g.rows, r), r
		}
		r.add(p, s.At)
		for _, gpu := range s.GPUs {
			if gpu.UUID == p.GPUUUID && gpu.MemoryTotal.Known() {
				r.total = gpu.MemoryTotal
			}
		}
	}
}

// row is what was seen of one process on one GPU.
type row struct {
	id            fragcalc.RowID
	user, command string
	options       Options
	samples       int
	first, last   time.Time
	most          int64 // the most reserved bytes
	figures       [len(rules)]figure
	growth        growth
	total         fragcalc.Bytes
	stranded      fragcalc.Bytes // the most
	slack         fragcalc.Bytes // the most
}

// figure is what was seen of the figure of one rule.
type figure struct {
	seen   int // samples in which it was known
	reason string
	all    extreme
	// since is all from the first moment on at which a least figure was large
	// enough.
	since extreme
	held  bool
}

func newRow(id fragcalc.RowID, o Options) *row {
	r := &row{id: id, options: o, growth: growth{warmUp: o.WarmUp}}
	r.total = fragcalc.Unknown[int64]("the GPU is not known")
	return r
}

func (r *row) add(p *fragcalc.Process, at time.Time) {
	at = at.Add(-p.SnapshotAge.Or(0)) // when the figures were true
	if r.samples == 0 {
		r.first = at
	}
	r.samples++
	r.last = at
	if p.Command != "" && (r.command == "" || p.Reserved.Known()) { // what is ending has lost its command line
		r.user, r.command = p.User, p.Command
	}
	r.stranded, r.slack = higher(r.stranded, p.Stranded), higher(r.slack, p.Slack)
	reserved, known := p.Reserved.Get()
	reserved = max(0, reserved)
	r.most = max(r.most, reserved)
	held := reserved
	if !known {
		held = -1 // as much as can be: what is known of the others counts
	}
	for i := range rules {
		if r.options.Limits.bounds[i].Known() && rules[i].figure != nil {
			r.figures[i].add(i, p, held, at, r.options)
		}
	}
	growth := index(MaxGrowth)
	switch {
	case !r.options.Limits.bounds[growth].Known():
	case known:
		r.figures[growth].seen++
		r.growth.add(at, reserved)
	default:
		r.figures[growth].reason = p.Reserved.Reason()
	}
}

func (f *figure) add(i int, p *fragcalc.Process, reserved int64, at time.Time, o Options) {
	rule := &rules[i]
	bound := o.Limits.bounds[i].Or(0)
	figure := rule.figure(p, bound)
	value, known := figure.Get()
	switch {
	case !known:
		f.reason = figure.Reason()
		return
	case rule.least && reserved == 0:
		f.reason = "it held no memory"
		return
	}
	f.seen++
	f.all.add(rule, value, reserved, at)
	if f.held = f.held || !rule.crosses(value, bound); f.held {
		f.since.add(rule, value, reserved, at)
	}
}

func higher(a, b fragcalc.Bytes) fragcalc.Bytes {
	switch {
	case !b.Known() && a.Known():
		return a
	case a.Known() && a.Or(0) >= b.Or(0):
		return a
	}
	return b
}
