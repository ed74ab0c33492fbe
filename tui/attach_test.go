package tui

import (
	"context"
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// attacher attaches to nothing.
type attacher struct {
	plan     fragcalc.AttachPlan
	refusal  error
	stopped  time.Duration
	failure  error
	waits    bool // until its ctx ends
	attached []fragcalc.AttachPlan
}

func (f *attacher) PlanAttach(target fragcalc.ProcessID) (fragcalc.AttachPlan, error) {
	f.plan.Target = target
	return f.plan, f.refusal
}

func (f *attacher) Attach(ctx context.Context, plan fragcalc.AttachPlan) (time.Duration, error) {
	f.attached = append(f.attached, plan)
	if f.waits {
		<-ctx.Done()
		return 0, errors.New("the call is withdrawn")
	}
	return f.stopped, f.failure
}

func withAttacher(f *attacher) func(*Options) {
	return func(o *Options) { o.Attacher = f }
}

// bareNode is a node whose last process could be a PyTorch without the shim.
func bareNode() *fragcalc.Snapshot {
	node := testNode(1, 2, 9)
	for i := range node.Processes {
		if p := &node.Processes[i]; !p.Instrumented {
			p.Framework.Name, p.Command = "pytorch", "python serve.py"
		}
	}
	return node
}

func stopping() *attacher {
	return &attacher{plan: fragcalc.AttachPlan{Name: "python", Python: "3.11", Pause: "its main thread stopped for a moment", Stops: true}}
}

func (d *driver) settle(command tea.Cmd) tea.Cmd {
	d.t.Helper()
	if command == nil {
		d.t.Fatal("nothing was begun")
	}
	return d.send(command())
}

func TestAttachAsksFirstAndTheDefaultIsNo(t *testing.T) {
	f := stopping()
	d := newDriver(t, 80, 24, withAttacher(f)).sample(bareNode())
	d.keys("end")
	d.shows("a attach")
	d.settle(d.keys("a"))
	d.shows("Attach", "python serve.py", "Python 3.11: its main thread stopped for a moment", "needs --force", "[ No ]  [ Yes ]")
	for _, key := range []string{"enter", "n", "esc", "q"} {
		if command := d.keys(key); command != nil {
			t.Errorf("%s attaches or quits", key)
		}
		d.hides("[ Yes ]")
		d.shows("nothing was done")
		d.settle(d.keys("a"))
	}
	if len(f.attached) != 0 {
		t.Errorf("attached to %v", f.attached)
	}
}

func TestAttachReportsAndPollsAtOnce(t *testing.T) {
	for _, c := range []struct {
		stopped time.Duration
		failure error
		want    string
	}{
		{3 * time.Millisecond, nil, "which stood still for 3.00 ms"},
		{0, nil, "which did not stop"},
		{0, errors.New("the main thread sleeps"), "not attached: the main thread sleeps"},
	} {
		f := stopping()
		f.stopped, f.failure = c.stopped, c.failure
		d := newDriver(t, 120, 40, withAttacher(f)).sample(bareNode())
		d.keys("end")
		d.settle(d.keys("a"))
		command := d.keys("y")
		d.shows("attaching to")
		d.keys("g", "a") // on another process
		d.shows("cannot be attached to: instrumented already")
		d.settle(begun(t, command))
		d.keys("k") // a remark would go with the next key, an outcome stays
		d.shows(c.want)
		if len(f.attached) != 1 || f.attached[0].Target.PID == 0 || d.polls != 1 {
			t.Errorf("attached to %v, %d polls", f.attached, d.polls)
		}
	}
}

// An answer that comes late opens no question over something else.
func TestAttachPlanThatComesLate(t *testing.T) {
	d := newDriver(t, 80, 24, withAttacher(stopping())).sample(bareNode())
	d.keys("end")
	command := d.keys("a")
	d.keys("?")
	d.settle(command)
	d.hides("[ Yes ]")
}

func TestAttachSaysWhyNot(t *testing.T) {
	refusing := &attacher{refusal: errors.New("7 is statically linked")}
	d := newDriver(t, 120, 40, withAttacher(refusing)).sample(bareNode())
	d.keys("end")
	d.settle(d.keys("a"))
	d.shows("not attached: 7 is statically linked")
	d.keys("g", "a")
	d.shows("instrumented already")

	other := newDriver(t, 120, 40, withAttacher(stopping())).sample(testNode(1, 2, 9))
	other.keys("end")
	other.hides("a attach")
	other.keys("a")
	other.shows("this is llama.cpp")

	for _, change := range []func(*Options){func(*Options) {}, func(o *Options) { o.Attacher, o.Readonly = stopping(), true }} {
		d := newDriver(t, 120, 40, change).sample(bareNode())
		d.keys("end")
		d.hides("a attach")
		if command := d.keys("a"); command != nil {
			t.Error("it looks at the process")
		}
		d.shows("cannot be attached to")
	}
}

func TestSeeInsideNamesTheKey(t *testing.T) {
	d := newDriver(t, 80, 24, withAttacher(stopping())).sample(bareNode())
	d.keys("end", "enter")
	d.shows("Or now: a brings gpufragtop into the running process", "a attach")
	d = newDriver(t, 80, 24).sample(bareNode())
	d.keys("end", "enter")
	d.hides("Or now")
}
