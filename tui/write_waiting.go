package tui

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// quietWait is how long the processes of a step are waited for in silence.
const quietWait = time.Second

// Waiting says whom a release waits for, once for each step of its plan that
// takes longer than a second. Its methods may be called side by side.
type Waiting struct {
	mu    sync.Mutex
	out   io.Writer
	steps [][]fragcalc.ProcessID // those not answered yet, in the order of the plan
	after time.Duration
	timer *time.Timer
}

// NewWaiting begins to wait for the first step of a plan.
func NewWaiting(out io.Writer, plan fragcalc.ReleasePlan) *Waiting {
	return newWaiting(out, plan, quietWait)
}

func newWaiting(out io.Writer, plan fragcalc.ReleasePlan, after time.Duration) *Waiting {
	w := &Waiting{out: out, after: after}
	for _, step := range plan.Steps {
		w.steps = append(w.steps, append([]fragcalc.ProcessID(nil), step...))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	return w
}

// begin is called with w.mu held.
func (w *Waiting) begin() {
	if w.timer != nil {
		w.timer.Stop()
	}
	if len(w.steps) == 0 {
		return
	}
	step := w.steps[0]
	w.timer = time.AfterFunc(w.after, func() { w.say(step) })
}

func (w *Waiting) say(step []fragcalc.ProcessID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.steps) > 0 && len(w.steps[0]) == len(step) { // it is not answered yet
		fmt.Fprintln(w.out, "gpufragtop: waiting for "+pidList(step))
	}
}

// Answered takes note of the next outcome, in the order of the plan.
func (w *Waiting) Answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.steps) == 0 {
		return
	}
	if w.steps[0] = w.steps[0][1:]; len(w.steps[0]) == 0 {
		w.steps = w.steps[1:]
		w.begin()
	}
}

// Stop ends the waiting: nothing is said any more.
func (w *Waiting) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = nil
	w.begin()
}
