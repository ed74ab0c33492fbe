package agents

import (
	"fmt"
	"os"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recordChild is the part of a child that delivers traces.
type recordChild struct {
	mode string   // how the next trace misbehaves; empty = not at all
	file *os.File // of the trace that is being delivered
	slot int
	id   uint64
}

// childTrace leads to the walk of a child that has released nothing: both
// segments are taken in it, and the used block.
func childTrace(p *pagetest.Publisher, request uint64) page.Trace {
	walk := childWalk(false, false)
	walk.Seq = 1
	return page.Trace{
		TraceHead: page.TraceHead{PID: p.Header.PID, StartTicks: p.Header.StartTicks, RequestID: request, Recorded: 7e9},
		Walk:      walk,
		Devices: []page.TraceDevice{{Total: 4, Events: []fragcalc.TraceEvent{
			{Kind: fragcalc.TraceSegmentAlloc, Address: 0x1000000, Size: 20 * mib, Micros: 1},
			{Kind: fragcalc.TraceAlloc, Address: 0x1000000, Size: 11 * mib, Micros: 2},
			{Kind: fragcalc.TraceSegmentAlloc, Address: 0x8000000, Size: cached, Micros: 3},
			{Kind: fragcalc.TraceOther, Micros: 4},
		}}},
	}
}

// record answers a record request, as the mode has it.
func (c *agentChild) record(i int, r page.Request) error {
	answer := page.Answer{RequestID: r.ID, Status: page.AnswerDone, Hold: 5e6}
	trace, seals := childTrace(c.Publisher, r.ID), pagetest.Sealed
	b := []byte(nil)
	switch c.mode {
	case "cut":
		trace.Devices[0].Events = trace.Devices[0].Events[1:]
	case "own ring":
		trace.OwnRing, trace.Recorded = true, 0
	case "foreign":
		trace.RequestID++
	case "of the parent":
		trace.PID++
	case "unsealed":
		seals = 0
	case "contradiction":
		trace.Devices[0].Events[1].Kind = 77
	case "of no device":
		trace.Devices = nil
	case "torn":
		b = page.EncodeTrace(trace)
		b[len(b)-1] ^= 1
	case "giant":
		b = page.EncodeTrace(trace)
		b[16+5] = 1 // a terabyte
	case "short":
		b = page.EncodeTrace(trace)
		b = b[:len(b)-64]
	case "not written":
		b = make([]byte, 1<<20)
	case "tiny":
		b = []byte("GFTTRACE")
	case "missing":
		return c.Answer(i, answer)
	case "unknown answer":
		answer.Status = 99
		return c.Answer(i, answer)
	case "busy", "expired", "off", "no framework", "no context", "unsupported", "lost", "error":
		answer.Status = map[string]page.AnswerStatus{
			"busy": page.AnswerBusy, "expired": page.AnswerExpired, "off": page.AnswerOff, "no framework": page.AnswerNoFramework,
			"no context": page.AnswerNoContext, "unsupported": page.AnswerUnsupported, "lost": page.AnswerLost, "error": page.AnswerError,
		}[c.mode]
		answer.Text = "says \x1b[31mthe agent"
		return c.Answer(i, answer)
	case "endless": // begins and never delivers
		c.slot, c.id = i, r.ID
		c.Header.RecordingUntil = pagetest.Now().Add(r.Record.For)
		return c.Flush()
	}
	if b == nil {
		b = page.EncodeTrace(trace)
	}
	file, err := c.PublishTrace(b, seals)
	if err != nil {
		return err
	}
	c.file, c.slot, c.id = file, i, r.ID
	return c.Answer(i, answer)
}

// endRecord gives up what nobody waits for any more.
func (c *agentChild) endRecord() error {
	if r, ok := c.Cmd.Slot(c.slot).Requested(); c.id == 0 || ok && r.ID == c.id {
		return nil
	}
	c.id = 0
	if c.file != nil {
		c.file.Close()
		c.file = nil
	}
	c.Header.RecordingUntil = 0
	return c.Flush()
}

// traces says how many traces can be found, and whether one is being made.
func (c *agentChild) traces() string {
	found, _, err := proc{"/proc"}.findLinks(os.Getpid(), 0)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %v", len(found.traces), c.id != 0)
}
