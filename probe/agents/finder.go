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
	searchShare  = 500                    // one part in so many of one core
	searchCredit = 200 * time.Millisecond // saved up at most, and there at the start
	againCredit  = 10 * time.Millisecond  // likewise, for listed processes that were looked at already
	searchMost   = 10 * time.Millisecond  // of it in one search, where somebody waits for the screen
	soonest      = time.Second            // between two looks at one process
	latest       = time.Minute
	listingShare = 1000 // listing all processes takes one part in so many of one core
)

// mostChecked is how many of the listed processes are asked in one search
// whether they have opened anything; where there are more, they take turns.
const mostChecked = 512

// finder decides which processes to look at. A page appears when a process
// first uses CUDA, which may be long after its start: so every process is
// looked at again and again, a young one often and an old one rarely.
type finder struct {
	proc    proc
	counts  bool // the kernel tells how many descriptors a process has
	looks   map[int]look
	others  budget // for processes that are not listed
	again   budget // for listed ones that were looked at already
	turn    int    // of the listed processes, the one to ask first
	all     []int  // the processes as they were last listed
	nextAll time.Time
}

// look is what is remembered of the last look at a process.
type look struct {
	next time.Time   // not looked at before
	from int         // descriptor to go on from
	had  descriptors // known for listed ones
}

// budget is time to spend: a share of one core, and a little of it saved up.
type budget struct {
	credit time.Duration
	most   time.Duration
	last   time.Time // of the last refill
}

func newBudget(most time.Duration) budget { return budget{most, most, time.Now()} }

func (b *budget) refill(now time.Time) {
	b.credit = min(b.most, b.credit+now.Sub(b.last)/searchShare)
	b.last = now
}

// sighting is the outcome of a look at a process: which of its descriptors
// have the names of our memfds.
type sighting struct {
	id fragcalc.ProcessID
	links
}

func newFinder(p proc) *finder {
	return &finder{proc: p, counts: p.countsDescriptors(), looks: map[int]look{}, others: newBudget(searchCredit), again: newBudget(againCredit)}
}

// search looks at the listed processes, which come in ascending order, and, as
// far as time is left in the budget and for most at the longest, at all others.
// skip tells which need no look; seen is told of each.
func (f *finder) search(ctx context.Context, listed []int, most time.Duration, skip func(pid int) bool, seen func(sighting)) {
	visit := func(pid int, every time.Duration) {
		if s, ok := f.visit(pid, every); ok {
			seen(s)
		}
	}
	f.searchListed(ctx, listed, skip, visit)
	begun := time.Now()
	f.others.refill(begun)
	if f.others.credit <= 0 {
		return
	}
	for _, pid := range f.due(begun) {
		if ctx.Err() != nil || time.Since(begun) > min(most, f.others.credit) {
			break
		}
		if _, known := slices.BinarySearch(listed, pid); !known && !skip(pid) {
			visit(pid, soonest)
		}
	}
	f.others.credit -= time.Since(begun)
}

// searchListed looks at processes that are known to use a GPU: at new ones at
// once, at others as soon as they have opened or closed something, and as far as
// time is left in the budget where as many were opened as closed. A kernel that
// does not tell (before 6.2) leaves no choice but to look.
func (f *finder) searchListed(ctx context.Context, listed []int, skip func(pid int) bool, visit func(int, time.Duration)) {
	begun := time.Now()
	f.again.refill(begun)
	first, spent := 0, false
	if len(listed) > 0 {
		first = f.turn % len(listed)
	}
	f.turn = 0
	if len(listed) > mostChecked {
		f.turn = first + mostChecked
	}
	for n := range listed {
		i := (first + n) % len(listed)
		pid := listed[i]
		l, known := f.looks[pid]
		if known && n >= mostChecked || skip(pid) || ctx.Err() != nil {
			continue
		}
		if known && !spent && f.again.credit <= 0 && (len(listed) <= mostChecked || !f.counts) {
			spent, f.turn = true, i // the next search goes on here
		}
		every := time.Duration(0)
		if f.counts {
			every = soonest
			has, ok := f.proc.descriptors(pid)
			if known && ok && has == l.had && l.from == 0 && (l.next.After(begun) || f.again.credit <= 0) {
				continue
			}
			l.had = has
		} else if known && (l.next.After(begun) || f.again.credit <= 0) {
			continue
		}
		before := time.Now()
		visit(pid, every)
		if now, ok := f.looks[pid]; ok {
			now.had = l.had
			f.looks[pid] = now
		}
		if known {
			f.again.credit -= time.Since(before)
		}
	}
}

// due lists the processes whose time has come: new ones first, then those that
// have waited longest.
func (f *finder) due(at time.Time) []int {
	f.list(at)
	var due []int
	for _, pid := range f.all {
		if !f.looks[pid].next.After(at) {
			due = append(due, pid)
		}
	}
	slices.SortFunc(due, func(a, b int) int {
		return cmp.Or(f.looks[a].next.Compare(f.looks[b].next), cmp.Compare(b, a))
	})
	return due
}

// list lists all processes anew, unless it has just been done for what it costs.
func (f *finder) list(at time.Time) {
	if at.Before(f.nextAll) {
		return
	}
	all, err := f.proc.all()
	if err != nil {
		return
	}
	f.all, f.nextAll = all, at.Add(listingShare*time.Since(at))
	alive := make(map[int]bool, len(all))
	for _, pid := range all {
		alive[pid] = true
	}
	for pid := range f.looks {
		if !alive[pid] {
			delete(f.looks, pid)
		}
	}
}

// visit looks at one process, and again after every at the soonest; 0 is for
// those that are known to use a GPU. Not ok when the process is gone.
func (f *finder) visit(pid int, every time.Duration) (sighting, bool) {
	begun := time.Now()
	id, _, err := f.proc.identify(pid)
	if err != nil {
		delete(f.looks, pid)
		if at := slices.Index(f.all, pid); at >= 0 {
			f.all = slices.Delete(f.all, at, at+1)
		}
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
	f.looks[pid] = look{next: begun.Add(wait), from: next, had: f.looks[pid].had}
	return sighting{id, found}, true
}

// forget makes the next search look at a process anew.
func (f *finder) forget(pid int) { delete(f.looks, pid) }
