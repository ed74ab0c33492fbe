package procs

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs/cgroup"
)

const (
	// atOnce is how many looks may be underway. Looks at stuck processes stay
	// underway, so this also bounds what they can cost.
	atOnce = 16
	// patience is how long samples wait for one answer, from the moment when it
	// was asked for. A sample that comes late itself waits for a grace.
	patience = time.Second
	grace    = 200 * time.Millisecond
	// A process is looked at again: frameworks load late, programs rename
	// themselves.
	firstAgain = 2 * time.Second
	lastAgain  = time.Minute
	// mostAgain is how many of them are in one sample.
	mostAgain = 32
)

// Presence says whether a process can be seen.
type Presence int

// How a process can be present.
const (
	Gone    Presence = iota // there is no such process here
	Here                    // it can be seen
	Foreign                 // its number belongs to another PID namespace
	Hidden                  // it exists, and /proc does not show it (hidepid)
)

// Facts are what is known of a process.
type Facts struct {
	fragcalc.ProcessID
	Presence Presence
	State    byte // as ps shows it, e.g. 'T' for stopped; 0 when unknown
	Use      fragcalc.HostUse
	UID      int // -1 when unknown
	User     string
	Command  string
	// ShellLine is the command line as a shell takes it; empty when unknown.
	ShellLine string
	InnerPID  int // in the process's own PID namespace
	// What can be seen from outside; empty for instrumented processes.
	Framework fragcalc.Framework
	Settings  fragcalc.AllocatorSettings
	Job       string
	Denied    bool // the user who runs the monitor may not look into it
	Late      bool // it could not be looked at in time

	Place    cgroup.Place
	Launcher int               // PID of the process that started it, 0 when there is none
	Env      map[string]string // the variables that matter; nil when not known, and for instrumented processes
	Narrow   bool              // the monitor sees control groups below its own only
	// Revision is another one when anything but State and Use is no more as it was.
	Revision int
	outside  *placed // nil: not found out
}

// Reader reads facts of processes and remembers them. Sample may be called by
// one goroutine at a time.
type Reader struct {
	root     string
	hostPIDs bool // PIDs here are those of the host, as the driver's are
	narrow   bool // control groups are seen from a namespace of their own
	users    *users
	slots    chan struct{}
	known    map[int]*entry
	asked    asked
	again    int // of the processes of a sample, the first one to be looked at again
	buffer   [maxStat]byte
}

// entry is one process, from its first sample to its last.
type entry struct {
	fragcalc.ProcessID
	parent int // when it was first seen: orphans get another one
	again  time.Duration
	next   time.Time // when to look again
	look   answer    // the last look, or the one underway
	used   used      // when its stat was read last
	use    fragcalc.HostUse
	stat   stat // as it was then
	file   statFile
	facts  *Facts // of the last sample
	shown  *view  // that they are from
	spoke  bool   // it spoke for itself then

	mu   sync.Mutex
	view *view // nil until the first look
}

// New returns a reader of a proc file system, normally /proc.
func New(root string) *Reader {
	return &Reader{root: root, hostPIDs: isHost(root), narrow: ownGroups(), users: newUsers(), slots: make(chan struct{}, atOnce), known: map[int]*entry{}, asked: newAsked(root)}
}

// isHost tells whether the PIDs under root are those of the host: only there
// the kernel's own threads are seen.
func isHost(root string) bool {
	name, err := os.ReadFile(root + "/2/comm")
	if err == nil && string(name) == "kthreadd\n" {
		return true
	}
	const initial = "pid:[4026531836]" // PROC_PID_INIT_INO of the kernel
	namespace, err := os.Readlink(root + "/self/ns/pid")
	return err == nil && namespace == initial
}

// ownGroups tells whether this program lives in a namespace of control groups of
// its own, as in most containers: the paths that it is shown begin there.
func ownGroups() bool {
	const initial = "cgroup:[4026531835]" // PROC_CGROUP_INIT_INO of the kernel
	namespace, err := os.Readlink("/proc/self/ns/cgroup")
	return err == nil && namespace != initial
}

// HostPIDs tells whether the PIDs here are those of the host, as the driver's
// are. In a container they mostly are not.
func (r *Reader) HostPIDs() bool { return r.hostPIDs }

// Sample returns the facts of the given processes, by PID. instrumented tells
// which of them speak for themselves through a page. The facts are shared with
// later samples: nobody writes them.
func (r *Reader) Sample(ctx context.Context, pids []int, instrumented func(pid int) bool) map[int]*Facts {
	ctx, cancel := withGrace(ctx)
	defer cancel()
	now := time.Now()
	facts := make(map[int]*Facts, len(pids))
	kept := make(map[int]*entry, len(pids))
	turns := r.asked.turns(len(pids))
	r.asked.look()
	again, first := mostAgain, r.again
	r.again = 0
	for n := range pids {
		i := (first + n) % len(pids)
		pid := pids[i]
		if _, seen := facts[pid]; seen {
			continue
		}
		e, err := r.entry(pid, now, turns(i))
		if err != nil {
			facts[pid] = &Facts{ProcessID: fragcalc.ProcessID{PID: pid}, UID: -1, InnerPID: pid, Presence: r.absent(pid, err), Use: fragcalc.UnknownHostUse("cannot be seen")}
			continue
		}
		if r.lookDue(e, now, instrumented(pid), again > 0) && e.latest() != nil {
			if again--; again == 0 {
				r.again = i + 1
			}
		}
		kept[pid], facts[pid] = e, nil
	}
	for pid, e := range r.known {
		if kept[pid] != e {
			r.asked.close(&e.file)
		}
		if kept[pid] == nil {
			r.asked.forget(pid)
		}
	}
	r.known = kept
	for pid, e := range kept {
		facts[pid] = r.facts(ctx, e, instrumented(pid))
	}
	return facts
}

// entry is the process that has the PID. Its stat is read where it is its turn,
// or where another one might have the PID by now.
func (r *Reader) entry(pid int, now time.Time, turn bool) (*entry, error) {
	e := r.known[pid]
	if e != nil && !turn && r.asked.same(pid, &e.file) {
		return e, nil
	}
	s, file, err := r.readStat(pid, e)
	if err != nil {
		return nil, err
	}
	if e == nil || e.ProcessID != s.ProcessID {
		e = &entry{ProcessID: s.ProcessID, parent: s.parent, again: firstAgain}
	}
	e.stat, e.file = s, file
	e.use = e.used.since(&s, now)
	return e, nil
}

// absent says why a process has no readable stat.
func (r *Reader) absent(pid int, err error) Presence {
	switch {
	case errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM):
		return Hidden
	case r.root == "/proc" && errors.Is(unix.Kill(pid, 0), unix.EPERM):
		return Hidden
	case !r.hostPIDs && r.known[pid] == nil: // one that was here has ended
		return Foreign
	default:
		return Gone
	}
}

// lookDue begins a look when one is due and none is underway, and tells whether
// it has; one that is not the first only when again is true.
func (r *Reader) lookDue(e *entry, now time.Time, instrumented, again bool) bool {
	if now.Before(e.next) || e.look.pending() || !again && e.latest() != nil {
		return false
	}
	s := e.stat
	e.next, e.again = now.Add(e.again), min(2*e.again, lastAgain)
	e.look = newAnswer()
	done := e.look.done
	go func() {
		defer close(done)
		r.slots <- struct{}{}
		v := r.look(s, e.latest(), instrumented)
		<-r.slots
		e.mu.Lock()
		e.view = &v
		e.mu.Unlock()
	}()
	return true
}

// facts are those of the sample before where nothing has changed.
func (r *Reader) facts(ctx context.Context, e *entry, instrumented bool) *Facts {
	v := e.latest()
	if v == nil {
		e.look.wait(ctx)
		v = e.latest()
	}
	last := e.facts
	settled := last != nil && v != nil && e.shown == v && e.spoke == instrumented && (v.uid < 0 || last.User == r.users.name(ctx, v.uid))
	if settled && last.Use == e.use && last.State == e.stat.state {
		return last
	}
	f := &Facts{}
	switch {
	case settled:
		*f = *last
	default:
		*f = r.learn(ctx, e, v, instrumented)
		if last != nil {
			f.Revision = last.Revision + 1
		}
	}
	f.Use, f.State = e.use, e.stat.state
	e.facts, e.shown, e.spoke = f, v, instrumented
	return f
}

// learn makes facts of what a look has shown, nil where none has ended yet.
func (r *Reader) learn(ctx context.Context, e *entry, v *view, instrumented bool) Facts {
	f := Facts{ProcessID: e.ProcessID, Presence: Here, UID: -1, InnerPID: e.PID, Command: bracketed(e.stat.name), Launcher: e.parent, Narrow: r.narrow}
	if v == nil {
		f.Late = true
		return f
	}
	f.UID, f.Command, f.InnerPID, f.Denied, f.ShellLine, f.Place = v.uid, v.command, v.innerPID, v.denied, v.shellLine, v.place
	if v.uid >= 0 {
		f.User = r.users.name(ctx, v.uid)
	}
	if instrumented {
		return f
	}
	f.Framework, f.Settings, f.Job, f.Env = v.framework, v.settings, v.job, v.env
	if !r.hostPIDs && !v.gpu {
		f.Presence = Foreign
	}
	w, task := f.Where(nil)
	f.outside = &placed{w, task}
	return f
}

// latest returns what the last look has shown, nil before the first.
func (e *entry) latest() *view {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.view
}

// Close ends the reader's goroutines, save those that are stuck.
func (r *Reader) Close() {
	r.users.close()
	for _, e := range r.known {
		r.asked.close(&e.file)
	}
	r.asked.end()
}
