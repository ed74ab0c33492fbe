// Package fanout chooses which processes are released together, in which
// order, and says what that does to them. It is pure.
package fanout

import (
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

// Choice is a set of processes that may be meant when one of them is pointed at.
type Choice struct {
	Name    string // in words: "this process", "all of GPU 0", "all 8 ranks"
	Targets []fragcalc.ProcessID
	Left    []string                  // what belongs to it and cannot be asked, with the reason
	Absent  []fragcalc.ReleaseOutcome // those of Left, of a job: they are not released, and count
}

// Choices are what may be meant by a process: itself, then all of its GPU and
// all ranks of its job, where those are more.
func Choices(s *fragcalc.Snapshot, row fragcalc.RowID) []Choice {
	choices := []Choice{{Name: "this process", Targets: []fragcalc.ProcessID{row.ProcessID}}}
	for _, g := range s.GPUs {
		if g.UUID != row.GPUUUID {
			continue
		}
		if c := OnGPU(s, g); len(c.Targets) > 1 {
			choices = append(choices, c)
		}
	}
	if c, ok := Ranks(s, row.ProcessID); ok && len(c.Targets) > 1 {
		choices = append(choices, c)
	}
	return choices
}

// OnGPU are all instrumented processes of a GPU.
func OnGPU(s *fragcalc.Snapshot, gpu fragcalc.GPU) Choice {
	c := Choice{Name: "all of GPU " + strconv.Itoa(gpu.Index)}
	for i := range s.Processes {
		if s.Processes[i].GPUUUID == gpu.UUID {
			c.add(&s.Processes[i])
		}
	}
	c.Absent = nil // only instrumented processes are meant
	return c
}

// Ranks are all ranks, on this node, of the job that a process belongs to.
func Ranks(s *fragcalc.Snapshot, id fragcalc.ProcessID) (Choice, bool) {
	for _, p := range s.Processes {
		if p.ProcessID != id {
			continue
		}
		if g := ranks.Find(ranks.Groups(s.Processes), &p); g != nil && g.Many() {
			return OfGroup(s, g), true
		}
	}
	return Choice{}, false
}

// Job are all ranks, on this node, of a job: its id, or its kind and id.
func Job(s *fragcalc.Snapshot, name string) (Choice, bool) {
	groups := ranks.Groups(s.Processes)
	for i := range groups {
		if groups[i].Job == name || groups[i].String() == name {
			return OfGroup(s, &groups[i]), true
		}
	}
	return Choice{}, false
}

// OfGroup are the members of a job.
func OfGroup(s *fragcalc.Snapshot, g *ranks.Group) Choice {
	var c Choice
	for _, m := range g.Members {
		for _, row := range m.Rows {
			c.add(&s.Processes[row])
		}
	}
	c.Name = "all " + strconv.Itoa(len(c.Targets)) + " ranks"
	if len(c.Targets) < g.World.Or(0) {
		c.Name += " of " + strconv.Itoa(g.World.Or(0)) + " here"
	}
	return c
}

// add adds the process of a row, once, if it can be asked at all.
func (c *Choice) add(p *fragcalc.Process) {
	if slices.Contains(c.Targets, p.ProcessID) {
		return
	}
	if p.Instrumented {
		c.Targets = append(c.Targets, p.ProcessID)
		return
	}
	left := strconv.Itoa(p.PID) + " cannot be asked: " + p.Hook.Reason
	if !slices.Contains(c.Left, left) {
		c.Left = append(c.Left, left)
	}
	if slices.ContainsFunc(c.Absent, func(o fragcalc.ReleaseOutcome) bool { return o.Target == p.ProcessID }) {
		return
	}
	status := fragcalc.ReleaseNotInstrumented
	if p.OutOfReach {
		status = fragcalc.ReleaseNotPermitted
	}
	c.Absent = append(c.Absent, fragcalc.ReleaseOutcome{Target: p.ProcessID, Status: status, Reason: p.Hook.Reason})
}

// Plan is the order in which processes are released. The ranks of one job are
// asked at the same time: they stall each other anyway, and one after the other
// would stall the job as often as there are ranks. All others are asked one
// after the other, so that no more than one program at a time waits for the
// driver, and what each gives back can be told apart.
func Plan(s *fragcalc.Snapshot, targets []fragcalc.ProcessID) fragcalc.ReleasePlan {
	var plan fragcalc.ReleasePlan
	steps := map[ranks.ID]int{}
	for i, id := range targets {
		if slices.Contains(targets[:i], id) {
			continue
		}
		job, known := jobOf(s, id)
		if at, begun := steps[job]; known && begun {
			plan.Steps[at] = append(plan.Steps[at], id)
			continue
		}
		if known {
			steps[job] = len(plan.Steps)
		}
		plan.Steps = append(plan.Steps, []fragcalc.ProcessID{id})
	}
	return plan
}

func jobOf(s *fragcalc.Snapshot, id fragcalc.ProcessID) (ranks.ID, bool) {
	for i := range s.Processes {
		p := &s.Processes[i]
		// Without ranks a job's processes do not wait for each other.
		if job, ok := ranks.Of(p); p.ProcessID == id && ok && (p.Ranks.Stalling() || p.Task.Rank.Known()) {
			return job, true
		}
	}
	return ranks.ID{}, false
}
