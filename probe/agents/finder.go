package agents

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Limits of the search for pages among processes that NVML does not list.
const (
	searchShare  = 100                    // one part in so many of one core
	searchCredit = 200 * time.Millisecond // saved up at most, and there at the start
	soonest      = time.Second            // between two looks at one process
	latest       = time.Minute
)

// finder decides which processes to look at. A page appears when a process
// first uses CUDA, which may be long after its start: so every process is
// looked at again and again, a young one often and an old one rarely.
type finder struct {
	proc   proc
	looks  map[int]look
	credit time.Duration
	last   time.Time // of the last refill
}

// look is what is remembered of the last look at a process.
type look struct {
	next time.Time // not looked at before
	from int       // descriptor to go on from
}

// sighting is the outcome of a look at a process: which of its descriptors
// have the names of our memfds.
type sighting struct {
	id fragcalc.ProcessID
	links
}

func newFinder(p proc) *finder {
	return &finder{proc: p, looks: map[int]look{}, credit: searchCredit, last: time.Now()}
}

// search looks at the listed processes and, as far as time is left in the
// budget, at all others. skip tells which need no look; seen is told of each.
func (f *finder) search(ctx context.Context, listed []int, skip func(pid int) bool, seen func(sighting)) {
	visit := func(pid int, every time.Duration) {
		if s, ok := f.visit(pid, every); ok {
			seen(s)
		}
	}
	known := make(map[int]bool, len(listed))
	for _, pid := range listed {
		known[pid] = true
		if ctx.Err() == nil && !skip(pid) && !f.looks[pid].next.After(time.Now()) {
			visit(pid, 0)
		}
	}
	begun := time.Now()
	f.credit = min(searchCredit, f.credit+begun.Sub(f.last)/searchShare)
	f.last = begun
	if f.credit <= 0 {
		return
	}
	for _, pid := range f.due(begun) {
		if ctx.Err() != nil || time.Since(begun) > f.credit {
			break
		}
		if !skip(pid) && !known[pid] {
			visit(pid, soonest)
		}
	}
	f.credit -= time.Since(begun)
}

// due lists the processes whose time has come: new ones first, then those that
// have waited longest.
func (f *finder) due(at time.Time) []int {
	all, err := f.proc.all()
	if err != nil {
		return nil
	}
	alive := make(map[int]bool, len(all))
	var due []int
	for _, pid := range all {
		alive[pid] = true
		if !f.looks[pid].next.After(at) {
			due = append(due, pid)
		}
	}
	for pid := range f.looks {
		if !alive[pid] {
			delete(f.looks, pid)
		}
	}
	slices.SortFunc(due, func(a, b int) int {
		return cmp.Or(f.looks[a].next.Compare(f.looks[b].next), cmp.Compare(b, a))
	})
	return due
}

// visit looks at one process, and again after every at the soonest; 0 is for
// those that are known to use a GPU. Not ok when the process is gone.
func (f *finder) visit(pid int, every time.Duration) (sighting, bool) {
	begun := time.Now()
	id, _, err := f.proc.identify(pid)
	if err != nil {
		delete(f.looks, pid)
		return sighting{}, false
	}
	found, next, err := f.proc.findLinks(pid, f.looks[pid].from)
	took := time.Since(begun)
	wait := 50 * took // so that no process costs more than 2 % of a core
	switch {
	case errors.Is(err, fs.ErrPermission):
		wait = max(wait, latest) // may change, by exec
	case next > 0:
		// Go on soon.
	case every > 0:
		wait = max(wait, min(max(age(id.StartTicks)/4, every), latest))
	}
	f.looks[pid] = look{next: begun.Add(wait), from: next}
	return sighting{id, found}, true
}

// forget makes the next search look at a process anew.
func (f *finder) forget(pid int) { delete(f.looks, pid) }
