package probe

import (
	"context"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// refuseAll is the report of a plan of which nothing was done.
func refuseAll(plan fragcalc.ReleasePlan, status fragcalc.ReleaseStatus, why string, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	var report fragcalc.ReleaseReport
	for _, step := range plan.Steps {
		for _, target := range step {
			report.Outcomes = append(report.Outcomes, fragcalc.ReleaseOutcome{Target: target, Status: status, Reason: why})
			each(report.Outcomes[len(report.Outcomes)-1])
		}
	}
	return report
}

// releasing carries plans out. free says what the devices have free at the
// moment of the call; each is called for one outcome at a time.
type releasing struct {
	one  func(context.Context, fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome
	free func(context.Context) func(uuid string) fragcalc.Bytes
}

func (r releasing) run(ctx context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	var report fragcalc.ReleaseReport
	for _, step := range plan.Steps {
		if ctx.Err() != nil { // nobody is asked any more
			rest := refuseAll(fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{step}}, fragcalc.ReleaseExpired, "it was not asked: nobody waited any more", each)
			report.Outcomes = append(report.Outcomes, rest.Outcomes...)
			continue
		}
		before := r.free(ctx)
		outcomes := r.step(ctx, step, plan.Force)
		after := r.free(ctx)
		freed := freedBy(outcomes, before, after)
		for i := range outcomes {
			note(&outcomes[i], freed)
			each(outcomes[i])
		}
		report.Outcomes = append(report.Outcomes, outcomes...)
		report.GPUs = add(report.GPUs, freed)
	}
	return report
}

// step asks all processes of a step at the same time.
func (r releasing) step(ctx context.Context, targets []fragcalc.ProcessID, force bool) []fragcalc.ReleaseOutcome {
	outcomes := make([]fragcalc.ReleaseOutcome, len(targets))
	var waiting sync.WaitGroup
	for i, target := range targets {
		waiting.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, releaseLongest)
			defer cancel()
			begun := time.Now()
			outcomes[i] = r.one(ctx, fragcalc.ReleaseRequest{Target: target, Force: force})
			outcomes[i].Waited = max(0, time.Since(begun)-outcomes[i].Took)
		})
	}
	waiting.Wait()
	return outcomes
}

// freed is what one step did on one GPU.
type freed struct {
	fragcalc.FreedGPU
	processes int
}

// freedBy is what a step did on each GPU. What was taken belongs to the GPU:
// nobody can say whose bytes it were.
func freedBy(outcomes []fragcalc.ReleaseOutcome, before, after func(string) fragcalc.Bytes) []freed {
	var all []freed
	for _, o := range outcomes {
		for _, g := range o.GPUs {
			at := indexOf(all, g.GPUUUID)
			if at < 0 {
				all = append(all, freed{FreedGPU: fragcalc.FreedGPU{GPUUUID: g.GPUUUID, Back: fragcalc.Of[int64](0)}})
				at = len(all) - 1
			}
			all[at].Back = sum(all[at].Back, g.Back())
			all[at].processes++
		}
	}
	for i := range all {
		uuid := all[i].GPUUUID
		all[i].Taken = fragcalc.TakenMeanwhile(all[i].Back, before(uuid), after(uuid))
	}
	return all
}

func indexOf(all []freed, uuid string) int {
	for i := range all {
		if all[i].GPUUUID == uuid {
			return i
		}
	}
	return -1
}

func sum(a, b fragcalc.Bytes) fragcalc.Bytes {
	for _, known := range [...]fragcalc.Bytes{a, b} {
		if !known.Known() {
			return known
		}
	}
	return fragcalc.Of(a.Or(0) + b.Or(0))
}

// note writes into an outcome what was taken of its own bytes.
func note(outcome *fragcalc.ReleaseOutcome, all []freed) {
	for i := range outcome.GPUs {
		g := &outcome.GPUs[i]
		switch f := all[indexOf(all, g.GPUUUID)]; f.processes {
		case 1:
			g.Taken = f.Taken
		default:
			g.Taken = fragcalc.Unknown[int64]("other processes were released on this GPU at the same time")
		}
	}
}

// add adds what a step did to what those before did.
func add(total []fragcalc.FreedGPU, step []freed) []fragcalc.FreedGPU {
next:
	for _, f := range step {
		for i := range total {
			if total[i].GPUUUID == f.GPUUUID {
				total[i].Back, total[i].Taken = sum(total[i].Back, f.Back), sum(total[i].Taken, f.Taken)
				continue next
			}
		}
		total = append(total, f.FreedGPU)
	}
	return total
}
