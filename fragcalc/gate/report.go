package gate

import (
	"cmp"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Verdict is how a check ended.
type Verdict string

// Verdicts, as the reports write them.
const (
	Passed   Verdict = "passed"
	Crossed  Verdict = "crossed"
	NotKnown Verdict = "not known" // it could not be measured
)

// Report is what a gate found.
type Report struct {
	Target       string // what was checked, in words
	At           time.Time
	Host         string
	Version      string // of gpufragtop
	Rows         []Row
	AllowUnknown bool // what could not be measured is no failure
	// Price is that of an hour of a whole GPU; 0 = none given.
	Price float64
	// Exit is the exit code of the program that was checked; unknown where
	// the check did not start one.
	Exit fragcalc.Known[int]
}

// Row is what was found of one process on one GPU. Its PID is 0 where no
// process was seen at all.
type Row struct {
	fragcalc.RowID
	User, Command string
	Samples       int
	First, Last   time.Time // of the figures of the first and last sample
	Results       []Result
	Stranded      fragcalc.Bytes // the most that was seen
	Slack         fragcalc.Bytes // the most that was seen
	Total         fragcalc.Bytes // memory of the GPU
}

// Result is what was found of one limit.
type Result struct {
	Limit   string // its name
	Verdict Verdict
	Bound   float64
	Value   fragcalc.Known[float64] // the worst that was seen
	At      time.Time               // when it was the worst; zero for growth and where it is not known
	Seen    int                     // samples in which it was known
	rule    *rule
}

// Report tells what the gate has found so far. nothing is the reason where no
// process was seen.
func (g *Gate) Report(nothing string) Report {
	r := Report{
		At: g.last.At, Host: g.last.Host, Version: g.last.Version, AllowUnknown: g.options.AllowUnknown,
		Exit: fragcalc.Unknown[int]("no program was started"),
	}
	for _, row := range g.rows {
		r.Rows = append(r.Rows, row.report(""))
	}
	if g.dropped > 0 {
		nothing = "there were more processes than can be watched"
	}
	if len(g.rows) == 0 || g.dropped > 0 {
		r.Rows = append(r.Rows, newRow(fragcalc.RowID{}, g.options).report(cmp.Or(nothing, "no process was seen")))
	}
	return r
}

// report judges a row. nothing is the reason where it has no samples.
func (r *row) report(nothing string) Row {
	out := Row{
		RowID: r.id, User: r.user, Command: r.command, Samples: r.samples, First: r.first, Last: r.last,
		Stranded: r.stranded, Slack: r.slack, Total: r.total,
	}
	for i := range rules {
		bound, set := r.options.Limits.bounds[i].Get()
		if !set {
			continue
		}
		result := Result{Limit: rules[i].name, Bound: bound, Seen: r.figures[i].seen, rule: &rules[i]}
		result.Value, result.At = r.worst(i, nothing)
		switch value, known := result.Value.Get(); {
		case !known:
			result.Verdict = NotKnown
		case rules[i].crosses(value, bound):
			result.Verdict = Crossed
		default:
			result.Verdict = Passed
		}
		out.Results = append(out.Results, result)
	}
	return out
}

func (r *row) worst(i int, nothing string) (fragcalc.Known[float64], time.Time) {
	rule, figure := &rules[i], &r.figures[i]
	switch {
	case figure.seen == 0:
		return fragcalc.Unknown[float64](cmp.Or(nothing, figure.reason)), time.Time{}
	case rule.figure == nil:
		return r.growth.slope(), time.Time{}
	}
	seen := &figure.all
	if rule.least && r.options.FromStart && figure.held {
		seen = &figure.since
	}
	worst := seen.of(rule, r.most)
	if !worst.seen { // it was large enough only while the process held little
		worst = figure.all.of(rule, r.most)
	}
	if !worst.seen {
		return fragcalc.Unknown[float64]("it was known only while the process held little"), time.Time{}
	}
	return fragcalc.Of(worst.value), worst.at
}

// Verdict is the verdict of all results together: crossed limits first, for
// they are certain.
func (r Report) Verdict() Verdict {
	switch {
	case r.Count(Crossed) > 0:
		return Crossed
	case r.Count(NotKnown) > 0 && !r.AllowUnknown:
		return NotKnown
	}
	return Passed
}

// Count is how many results have a verdict.
func (r Report) Count(v Verdict) int {
	n := 0
	for _, row := range r.Rows {
		for _, result := range row.Results {
			if result.Verdict == v {
				n++
			}
		}
	}
	return n
}
