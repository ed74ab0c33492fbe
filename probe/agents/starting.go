package agents

import (
	"bytes"
	"context"
	"os"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// startTime is how long an agent may take to make its pages, once its process
// was seen to be making them. On a busy machine microseconds become
// milliseconds.
const startTime = time.Second

// agentThread is the name that the agent gives its thread.
const agentThread = "gpufragtop"

// mostThreads bounds the search for the agent's thread.
const mostThreads = 4096

// starting are the processes whose agents seem to be making their pages right
// now, and when that was seen first.
type starting map[int]sighted

type sighted struct {
	id    fragcalc.ProcessID
	since time.Time
}

// note tells whether the process may still be making its pages.
func (s starting) note(id fragcalc.ProcessID) bool {
	if s[id.PID].id != id {
		s[id.PID] = sighted{id, time.Now()}
	}
	return time.Since(s[id.PID].since) < startTime
}

// any tells whether it is worth waiting for somebody.
func (s starting) any() bool {
	for _, one := range s {
		if time.Since(one.since) < startTime {
			return true
		}
	}
	return false
}

// noteThreads notes the processes that have an agent and no page yet. Where
// the page could not be seen anyway nobody is waited for.
func (w *Watcher) noteThreads(pids []int) {
	for _, pid := range pids {
		if _, broken := w.broken[pid]; broken || w.agents[pid] != nil {
			continue
		}
		id, _, err := w.opener.proc.identify(pid)
		if err == nil && w.opener.proc.hasAgent(pid) {
			w.starting.note(id)
		}
	}
}

// hasAgent tells whether a process that we may look into has an agent's thread.
func (p proc) hasAgent(pid int) bool {
	if fds, err := os.Open(p.path(pid, "fd")); err != nil {
		return false
	} else {
		fds.Close()
	}
	tasks, err := os.Open(p.path(pid, "task"))
	if err != nil {
		return false
	}
	defer tasks.Close()
	names, _ := tasks.Readdirnames(mostThreads)
	for _, name := range names {
		comm, err := readSmall(p.path(pid, "task/"+name+"/comm"))
		if err == nil && string(bytes.TrimSpace(comm)) == agentThread {
			return true
		}
	}
	return false
}

// settle looks, with w.mu held; if patient, again and again until no agent is
// starting any more.
func (w *Watcher) settle(ctx context.Context, patient bool, look func()) {
	for end := time.Now().Add(2 * startTime); ; {
		w.mu.Lock()
		look()
		wait := patient && !w.closed && w.starting.any()
		w.mu.Unlock()
		if !wait || time.Now().After(end) || !sleep(ctx, glance) {
			return
		}
	}
}
