package demo

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Record advances the workloads to a time and notes from then on what the
// allocators of a process do, or says why not in a *fragcalc.RecordRefusal. The
// function that it returns must be called once: it advances to another time, ends
// the recording and returns the rows of the process with their traces, of which
// each has at most the newest events that were asked for.
func (n *Node) Record(request fragcalc.RecordRequest, at time.Time) (end func(at time.Time) []fragcalc.Process, err error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.advance(at)
	p, status, reason := n.reach(request.Target)
	if p != nil && p.recorded {
		p, status, reason = nil, fragcalc.ReleaseBusy, "its history is being recorded already"
	}
	if p == nil {
		return nil, &fragcalc.RecordRefusal{Status: fragcalc.RecordStatus(status), Reason: reason}
	}
	p.recorded = true
	traces := make([]*fragcalc.Trace, len(p.ranks))
	for i, r := range p.ranks {
		traces[i] = &fragcalc.Trace{Cut: true} // the program is older
		r.allocator.Record(traces[i])
	}
	return func(at time.Time) []fragcalc.Process { return n.endRecord(p, traces, request.MaxEvents, at) }, nil
}

func (n *Node) endRecord(p *process, traces []*fragcalc.Trace, most int, at time.Time) []fragcalc.Process {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.advance(at)
	p.recorded = false
	rows := p.rows(n.gpus, n.steps)
	for i, r := range p.ranks {
		r.allocator.Record(nil)
		events := traces[i].Events
		traces[i].Events = events[max(0, len(events)-most):]
		rows[i].Trace = traces[i]
	}
	return rows
}
