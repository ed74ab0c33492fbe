package demo

import (
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// releaseGap is how long a process is left alone after a release.
const releaseGap = 10 * time.Second

// Release advances the workloads to a time and releases the cache of a process
// on all its GPUs, or says why not.
func (n *Node) Release(target fragcalc.ProcessID, at time.Time) fragcalc.ReleaseOutcome {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.advance(at)
	p, outcome := n.releasable(target, at)
	kind, text := "release_refused", outcome.Reason
	if p != nil {
		outcome = p.release(n.gpus)
		p.released = at
		kind, text = "release", released(outcome)
	}
	n.note(fragcalc.Event{At: at, Scope: fragcalc.ScopeProcess, PID: target.PID, Kind: kind, Text: text, Own: true})
	return outcome
}

// releasable returns the process that may be released now, or nil and why not.
func (n *Node) releasable(target fragcalc.ProcessID, at time.Time) (*process, fragcalc.ReleaseOutcome) {
	p, status, reason := n.reach(target)
	if p != nil && !p.released.IsZero() && at.Sub(p.released) < releaseGap {
		p, status, reason = nil, fragcalc.ReleaseTooSoon, "the last release was less than 10 s ago"
	}
	return p, fragcalc.ReleaseOutcome{Target: target, Status: status, Reason: reason}
}

// reach returns the process that may be asked for something, or nil and why not.
func (n *Node) reach(target fragcalc.ProcessID) (*process, fragcalc.ReleaseStatus, string) {
	for _, p := range n.processes {
		switch {
		case p.facts.PID != target.PID:
			continue
		case p.facts.StartTicks != target.StartTicks:
			return nil, fragcalc.ReleasePIDReused, fmt.Sprintf("pid %d now belongs to another process", target.PID)
		case p.unseen == notInstrumented:
			return nil, fragcalc.ReleaseNotInstrumented, notInstrumented
		case p.unseen != "":
			return nil, fragcalc.ReleaseNotPermitted, p.unseen
		}
		return p, "", ""
	}
	return nil, fragcalc.ReleaseGone, "the process has ended"
}

func (p *process) release(gpus []*gpu) fragcalc.ReleaseOutcome {
	outcome := fragcalc.ReleaseOutcome{Target: p.facts.ProcessID, Status: fragcalc.ReleaseDone}
	freed := int64(0)
	for _, r := range p.ranks {
		walk := fragcalc.GroupPools(r.allocator.Segments())
		before := r.allocator.Stats().Reserved.Current
		figures := fragcalc.Measure(walk, p.facts.Settings)
		freed += r.allocator.EmptyCache()
		outcome.GPUs = append(outcome.GPUs, fragcalc.ReleasedGPU{
			GPUUUID:  gpus[r.gpu].uuid,
			Estimate: figures.ReleaseEstimate,
			Before:   fragcalc.Of(before),
			After:    fragcalc.Of(r.allocator.Stats().Reserved.Current),
		})
	}
	// About what a device synchronisation and the driver's frees take.
	outcome.Took = 4*time.Millisecond + time.Duration(float64(freed)/float64(gib)*float64(9*time.Millisecond))
	outcome.Hold = outcome.Took - time.Millisecond
	return outcome
}

// released puts an outcome in words.
func released(outcome fragcalc.ReleaseOutcome) string {
	var back, predicted int64
	for _, g := range outcome.GPUs {
		back += g.Before.Or(0) - g.After.Or(0)
		predicted += g.Estimate.Or(0)
	}
	return fmt.Sprintf("released %s in %d ms (predicted %s)", units.Bytes(back), outcome.Took.Milliseconds(), units.Bytes(predicted))
}
