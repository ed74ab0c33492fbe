// Package gate decides whether processes stay within limits: the arithmetic of
// gpufragtop check. A Gate is fed snapshots and reports, for each process and
// GPU and each limit, whether it was held, crossed, or could not be measured.
//
// Over time a gate judges the worst that it saw. Two kinds of moments say
// nothing about a program and are left out of max-fragmentation and
// min-largest-free: those at which it holds less than about an eighth of the
// most it held, since the first tensor of every program strands nearly all of
// its first segment; and, where the program was seen from its start, those
// before it first had a free block as large as is asked, since every program
// begins with none.
package gate

import (
	"fmt"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Names of the limits: as flags, and as keys of limit files.
const (
	MaxFragmentation = "max-fragmentation"
	MaxSlack         = "max-slack"
	MinLargestFree   = "min-largest-free"
	MaxGrowth        = "max-growth"
	MaxRetries       = "max-retries"
	MaxOOMs          = "max-ooms"
)

// rule is what a limit is about.
type rule struct {
	name string
	help string // for a flag
	unit unit
	// figure is what one moment tells; nil for growth, which takes many. It is
	// known too where it is only known to be beyond the bound.
	figure func(p *fragcalc.Process, bound float64) fragcalc.Known[float64]
	// least: the figure must not fall below the bound; else not rise above it.
	least bool
	// settled: moments at which the process holds little do not count.
	settled bool
}

var rules = [...]rule{
	{
		name: MaxFragmentation, unit: inShares, settled: true,
		help:   "highest stranded share of reserved memory: 0.2 or 20%",
		figure: func(p *fragcalc.Process, _ float64) fragcalc.Known[float64] { return p.Fragmentation },
	},
	{
		name: MaxSlack, unit: inBytes,
		help:   "most memory held and never needed at once: 4GiB",
		figure: func(p *fragcalc.Process, _ float64) fragcalc.Known[float64] { return number(p.Slack) },
	},
	{
		name: MinLargestFree, unit: inBytes, least: true, settled: true,
		help:   "smallest that the largest free block may become: 2GiB",
		figure: func(p *fragcalc.Process, _ float64) fragcalc.Known[float64] { return number(p.LargestFree) },
	},
	{
		name: MaxGrowth, unit: inBytesPerMinute,
		help: "fastest lasting growth of reserved memory: 50MiB/min",
	},
	{
		name: MaxRetries, unit: inTimes,
		help:   "most allocations that worked only after the cache was emptied: 0",
		figure: func(p *fragcalc.Process, _ float64) fragcalc.Known[float64] { return number(p.AllocRetries) },
	},
	{
		name: MaxOOMs, unit: inTimes,
		help:   "most out-of-memory errors, caught ones included: 0",
		figure: ooms,
	},
}

// Names lists the limits there are.
func Names() []string {
	names := make([]string, len(rules))
	for i := range rules {
		names[i] = rules[i].name
	}
	return names
}

// Help says in a few words what a limit is, with an example.
func Help(name string) string {
	if i := index(name); i >= 0 {
		return rules[i].help
	}
	return ""
}

func index(name string) int {
	return slices.IndexFunc(rules[:], func(r rule) bool { return r.name == name })
}

// crosses tells whether a value is beyond the bound; the bound itself is not.
func (r *rule) crosses(value, bound float64) bool {
	if r.least {
		return value < bound
	}
	return value > bound
}

// ooms are the out-of-memory errors of a process, or those of the trace that a
// snapshot file holds. Where the beginning of that is missing there may have
// been more.
func ooms(p *fragcalc.Process, bound float64) fragcalc.Known[float64] {
	if p.OOMs.Known() || p.Trace == nil {
		return number(p.OOMs)
	}
	traced := 0.0
	for i := range p.Trace.Events {
		if p.Trace.Events[i].Kind == fragcalc.TraceOOM {
			traced++
		}
	}
	if p.Trace.Cut && traced <= bound {
		return fragcalc.Unknown[float64](fmt.Sprintf("the beginning of the trace is missing; it has %.0f", traced))
	}
	return fragcalc.Of(traced)
}

func number(n fragcalc.Known[int64]) fragcalc.Known[float64] {
	value, known := n.Get()
	if !known {
		return fragcalc.Unknown[float64](n.Reason())
	}
	return fragcalc.Of(float64(value))
}
