// Package attach brings the shim into a running Python process that was
// started without it. It stands in cudashim's room, because what it brings is
// the embedded library; whoever calls it watches for the page by other means.
//
// Python 3.14 has a protocol for this (PEP 768), which does not stop the
// process. Older ones are stopped for less than a millisecond, as a debugger
// would, and no debugger is needed: see stop.go for why.
package attach

import (
	"context"
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim"
)

// Method is how a process is entered.
type Method string

// The two ways.
const (
	Remote Method = "remote" // Python's own protocol: not stopped
	Stop   Method = "stop"   // its main thread is stopped for a moment
)

// Plan is what attaching to a process would do. Make one with Look.
type Plan struct {
	PID     int
	Start   uint64 // start time in clock ticks, which tells a reused PID
	Name    string // as the kernel has it, cleaned
	Python  string // "3.12"
	Method  Method
	Why     string // why not the better method; empty if there is nothing to say
	target  *target
	library []byte
}

// Pause says in words how long the process will stand still.
func (p *Plan) Pause() string {
	if p.Method == Remote {
		return "not stopped: Python runs a script of ours at its main thread's next instruction"
	}
	return "its main thread stopped for a moment, typically less than 10 ms"
}

// Options are the choices of Run.
type Options struct {
	Copy bool          // put the library into the process's own file system if it is not there
	Wait time.Duration // for the main thread to come back to Python
}

// Outcome is what Run has done.
type Outcome struct {
	Stopped time.Duration // how long the main thread stood still
}

// Look finds out whether and how the process can be entered. It changes
// nothing. Its errors are *Error; one with Already set is good news.
func Look(pid int) (*Plan, error) {
	t, err := look(pid)
	if err != nil {
		return nil, err
	}
	plan := &Plan{PID: pid, Start: t.start, Name: t.name, Python: t.python.words(), target: t, library: cudashim.Library()}
	plan.Method, plan.Why = t.method()
	return plan, nil
}

// Run enters the process and starts the agent there. It ends when the agent
// has started, or with an *Error that says what is left behind: never a process
// that stands still.
func (p *Plan) Run(ctx context.Context, o Options) (Outcome, error) {
	t := p.target
	if err := t.same(); err != nil {
		return Outcome{}, err
	}
	shim, clean, err := t.place(p.library, o.Copy)
	if err != nil {
		return Outcome{}, err
	}
	defer clean()
	if o.Wait <= 0 {
		o.Wait = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	if p.Method == Remote {
		return Outcome{}, t.remote(ctx, shim)
	}
	stopped, err := t.stop(ctx, shim)
	return Outcome{Stopped: stopped}, err
}

// started says what an answer of gpufragtop_start means.
func (t *target) started(code int) error {
	switch code {
	case 0:
		return nil
	case 1: // EPERM
		return refuse("%d does not want it: GPUFRAGTOP_DISABLE=1 is set there, or it runs with other rights than its user's", t.pid)
	case 125: // ECANCELED
		return refuse("%d has had an agent that ended, or is a fork child of a process with one: start it anew with gpufragtop run", t.pid)
	}
	return refuse("the agent could not start in %d: error %d", t.pid, code)
}

// Error is why a process is not entered, in one line for people.
type Error struct {
	Already   bool // there is an agent in it: nothing to do
	Permitted bool // false: whoever asks may not
	message   string
}

func (e *Error) Error() string { return e.message }

func refuse(format string, args ...any) error {
	return &Error{Permitted: true, message: fmt.Sprintf(format, args...)}
}

func deny(format string, args ...any) error {
	return &Error{message: fmt.Sprintf(format, args...)}
}
