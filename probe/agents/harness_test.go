package agents

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// patient bounds every wait in these tests; only a hang comes near it.
const patient = 30 * time.Second

// child is a child process of the test.
type child struct {
	*exec.Cmd
	t      *testing.T
	orders io.Writer
	lines  *bufio.Scanner
}

func start(t *testing.T, name string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0]), t: t}
	c.Env = append(os.Environ(), childVariable+"="+name)
	c.Stderr = os.Stderr
	orders, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.orders, c.lines = orders, bufio.NewScanner(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	if line := c.line(); line != "ready" {
		t.Fatalf("child %s: %s", name, line)
	}
	return c
}

func (c *child) kill() {
	if c.ProcessState == nil {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}

func (c *child) line() string {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatal("the child has ended: ", c.lines.Err())
	}
	return c.lines.Text()
}

// do gives the child an order and waits until it is done.
func (c *child) do(order string) {
	c.t.Helper()
	if reply := c.ask(order); reply != "ok" {
		c.t.Fatalf("%s: %s", order, reply)
	}
}

func (c *child) ask(order string) string {
	c.t.Helper()
	if _, err := io.WriteString(c.orders, order+"\n"); err != nil {
		c.t.Fatal(err)
	}
	return c.line()
}

func (c *child) id() fragcalc.ProcessID {
	c.t.Helper()
	id, _, err := proc{"/proc"}.identify(c.Process.Pid)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func watcher(t *testing.T) *Watcher {
	w := New(Options{Version: "test"})
	t.Cleanup(w.Close)
	return w
}

// look samples the child once, as one that NVML lists. Nil when it has no page.
func (c *child) look(w *Watcher, fresh bool) *Process {
	return find(w.Sample(context.Background(), []int{c.Process.Pid}, fresh), c.Process.Pid)
}

func find(processes []Process, pid int) *Process {
	for i := range processes {
		if processes[i].ID.PID == pid {
			return &processes[i]
		}
	}
	return nil
}

// until samples the child until what it tells is as wanted.
func (c *child) until(w *Watcher, want string, ok func(p *Process) bool) *Process {
	c.t.Helper()
	end := time.Now().Add(patient)
	for {
		p := c.look(w, false)
		if ok(p) {
			return p
		}
		if time.Now().After(end) {
			c.t.Fatalf("never %s: %+v", want, p)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// walked waits for a walk.
func (c *child) walked(w *Watcher) {
	c.t.Helper()
	c.until(w, "a walk", func(p *Process) bool { return p != nil && len(p.Devices) == 1 && p.Devices[0].Pools != nil })
}

func faults(p *Process) string {
	var all []string
	for _, f := range p.Faults {
		all = append(all, f.Field+": "+f.Reason)
	}
	return strings.Join(all, "\n")
}
