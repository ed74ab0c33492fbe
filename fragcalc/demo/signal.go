package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Signal advances the workloads to a time and does to a process of the node what
// a signal would: it ends, or stands still, or goes on.
func (n *Node) Signal(target fragcalc.ProcessID, signal fragcalc.Signal, at time.Time) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.advance(at)
	i := slices.IndexFunc(n.processes, func(p *process) bool { return p.facts.ProcessID == target })
	if i < 0 {
		return fmt.Errorf("%d has ended", target.PID)
	}
	p := n.processes[i]
	if p.facts.UID != demoUID {
		return fmt.Errorf("%d is another user's: signalling it needs root or CAP_KILL", target.PID)
	}
	switch signal {
	case "STOP", "CONT":
		p.stopped = signal == "STOP"
	default:
		n.processes = slices.Delete(n.processes, i, i+1)
		p.leave(n.gpus)
	}
	return nil
}

// demoUID is the user who looks at the node.
const demoUID = 1000

// leave gives all memory of a process back to its devices.
func (p *process) leave(gpus []*gpu) {
	for _, r := range p.ranks {
		held := r.context
		if r.allocator != nil {
			held += r.allocator.Stats().Reserved.Current
		}
		gpus[r.gpu].memory.Give(held)
	}
}
