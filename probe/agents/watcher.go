package agents

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// renewEvery is how often leases are renewed between samples.
const renewEvery = 2 * time.Second

// idleAfter is how long after the last sample processes stop being watched: a
// little more than the slowest interval at which a screen samples.
const idleAfter = 70 * time.Second

// Options say where to look.
type Options struct {
	ProcRoot string // empty = /proc
	Version  string // of gpufragtop, for messages
}

// Watcher watches the instrumented processes of a node. Between samples it
// keeps their agents awake. Its methods may be called side by side; samples
// wait for each other.
type Watcher struct {
	version string
	opener  opener

	sampling sync.Mutex

	mu       sync.Mutex // guards what follows
	finder   *finder
	agents   map[int]*agent
	broken   map[int]brokenPage
	starting starting
	lastUse  time.Time
	keeping  bool // keepAwake runs
	closed   bool
	end      chan struct{}
	finished sync.WaitGroup
}

var errNotPermitted = errors.New("not permitted to open its page: needs root or CAP_SYS_PTRACE")

// brokenPage is a page that was found and cannot be read.
type brokenPage struct {
	id  fragcalc.ProcessID
	err error
}

// New returns a watcher. Nothing is looked at before the first sample.
func New(o Options) *Watcher {
	if o.ProcRoot == "" {
		o.ProcRoot = "/proc"
	}
	p := proc{o.ProcRoot}
	return &Watcher{
		version: o.Version,
		opener:  opener{proc: p, memfds: newMemfds(), monitor: newMonitor()},
		finder:  newFinder(p),
		agents:  map[int]*agent{}, broken: map[int]brokenPage{}, starting: starting{},
		end: make(chan struct{}),
	}
}

// newMonitor names this monitor: by its pid, and by chance, for a pid is the
// same in several PID namespaces.
func newMonitor() monitor {
	m := monitor{pid: uint32(os.Getpid()), uid: uint32(os.Getuid())}
	m.nonce = uint64(m.pid)<<32 | uint64(uint32(randomID()))
	return m
}

// randomID is never 0.
func randomID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// Sample finds the instrumented processes among pids, which are looked at
// every time, and as far as time is left among all others, and reads their
// pages. With fresh it waits for agents that are just starting, wakes all at
// once and waits up to a second for walks newer than the call. Processes come in the order of their pids.
func (w *Watcher) Sample(ctx context.Context, pids []int, fresh bool) []Process {
	w.sampling.Lock()
	defer w.sampling.Unlock()
	found, broken := w.discover(ctx, pids, fresh)
	asked := page.Instant(0)
	if fresh {
		asked = now()
	}
	for _, a := range found {
		a.ask(asked)
	}
	if fresh {
		waitForWalks(ctx, w.opener.proc, found, asked)
	}
	processes := make([]Process, 0, len(found)+len(broken))
	room := mostBlocks
	for _, a := range found {
		p, blocks, ok := a.sample(room, asked)
		if !ok {
			continue // closed meanwhile
		}
		room = max(0, room-blocks)
		processes = append(processes, p)
	}
	for _, b := range broken {
		processes = append(processes, Process{
			ID: b.id, Hook: fragcalc.ReleaseHook{Reason: b.err.Error()},
			Watching: watchingCost(page.Header{}),
			Faults:   []fragcalc.Fault{processFault(b.id.PID, "instrumented", b.err.Error())},
		})
	}
	slices.SortFunc(processes, func(a, b Process) int { return a.ID.PID - b.ID.PID })
	return processes
}

// Close gives all command slots back. The watcher cannot be used afterwards.
func (w *Watcher) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.end)
	}
	w.dropAll()
	w.mu.Unlock()
	w.finished.Wait()
}

// discover drops what is gone and opens what is new. With settled it waits for
// agents that are just starting.
func (w *Watcher) discover(ctx context.Context, pids []int, settled bool) (found []*agent, broken []brokenPage) {
	w.settle(ctx, settled, func() {
		w.look(ctx, pids, settled)
		if settled {
			w.noteThreads(pids)
		}
		found = slices.Collect(maps.Values(w.agents))
		broken = slices.Collect(maps.Values(w.broken))
	})
	return found, broken
}

func (w *Watcher) look(ctx context.Context, pids []int, settled bool) {
	if w.closed {
		return
	}
	w.use()
	for pid := range w.agents {
		w.check(pid)
	}
	for pid, b := range w.broken {
		if id, _, err := w.opener.proc.identify(pid); err != nil || id != b.id {
			delete(w.broken, pid)
		}
	}
	for pid, s := range w.starting {
		if id, _, err := w.opener.proc.identify(pid); err != nil || id != s.id || w.agents[pid] != nil {
			delete(w.starting, pid)
		}
	}
	skip := func(pid int) bool { return w.agents[pid] != nil }
	most := searchMost
	if settled {
		most = searchCredit
	}
	w.finder.search(ctx, pids, most, skip, w.open)
}

// use notes that somebody looks, and keeps the agents awake from now on.
func (w *Watcher) use() {
	w.lastUse = time.Now()
	if !w.keeping {
		w.keeping = true
		w.finished.Go(w.keepAwake)
	}
}

// keepAwake renews the leases between samples, until nobody has sampled for
// some time.
func (w *Watcher) keepAwake() {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.end:
			return
		case <-tick.C:
		}
		w.mu.Lock()
		if time.Since(w.lastUse) > idleAfter {
			w.dropAll()
			w.keeping = false
			w.mu.Unlock()
			return
		}
		for _, a := range w.agents {
			a.ask(0)
		}
		w.mu.Unlock()
	}
}

// check drops the agent of a pid if it is not the same process with the same
// page any more.
func (w *Watcher) check(pid int) {
	a := w.agents[pid]
	if id, _, err := w.opener.proc.identify(pid); err != nil || id != a.id || !a.stands() {
		a.close()
		delete(w.agents, pid)
		w.finder.forget(pid)
	}
}

// open opens the page that a look has found, or notes why it cannot be.
func (w *Watcher) open(s sighting) {
	pid := s.id.PID
	delete(w.broken, pid)
	switch a, err := w.opener.open(s); {
	case err == nil:
		w.agents[pid] = a
		delete(w.starting, pid)
	case errors.Is(err, errForeign), errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, page.ErrNotReady), errors.Is(err, errMoved):
		w.starting.note(s.id)
		w.finder.forget(pid)
	case errors.Is(err, errUnsealed) && w.starting.note(s.id):
		w.finder.forget(pid)
	case errors.Is(err, fs.ErrPermission):
		w.broken[pid] = brokenPage{s.id, errNotPermitted}
	case errors.Is(err, page.ErrVersion):
		w.broken[pid] = brokenPage{s.id, fmt.Errorf("%w (this is gpufragtop %s)", err, w.version)}
	default:
		w.broken[pid] = brokenPage{s.id, err}
	}
}

func (w *Watcher) dropAll() {
	for pid, a := range w.agents {
		a.close()
		delete(w.agents, pid)
		w.finder.forget(pid)
	}
}
