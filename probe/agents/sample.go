package agents

import (
	"context"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

const (
	// freshWait is how long a sample waits for walks newer than itself.
	freshWait = time.Second
	// settled is how long after being woken an agent has surely decided
	// whether it takes a walk.
	settled = 200 * time.Millisecond
	// glance is the time between two looks at an agent that is waited for.
	glance = 5 * time.Millisecond
)

// ask keeps the agent awake, and asks for a walk newer than fresh unless 0.
func (a *agent) ask(fresh page.Instant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return
	}
	a.renew(now())
	if fresh != 0 {
		a.wantWalk(fresh)
	}
}

// sample reads the page and reports; blocks is how many the report holds. Not
// ok when the agent was closed meanwhile.
func (a *agent) sample(room int, fresh page.Instant) (p Process, blocks int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return Process{}, 0, false
	}
	a.read(room)
	if a.walk != nil {
		blocks = a.walk.blocks
	}
	return a.report(now(), fresh), blocks, true
}

// waitForWalks waits until every agent has published a walk newer than asked,
// or will not.
func waitForWalks(ctx context.Context, p proc, agents []*agent, asked page.Instant) {
	ctx, cancel := context.WithTimeout(ctx, freshWait)
	defer cancel()
	var waiting []*agent
	for _, a := range agents {
		if _, state, err := p.identify(a.id.PID); err == nil && !isStopped(state) {
			waiting = append(waiting, a)
		}
	}
	for {
		left := waiting[:0]
		for _, a := range waiting {
			if !a.hasAnswered(asked) {
				left = append(left, a)
			}
		}
		if waiting = left; len(waiting) == 0 || !sleep(ctx, glance) {
			return
		}
	}
}

// hasAnswered tells whether there is a walk newer than asked, or the agent has
// woken since and says why there will be none.
func (a *agent) hasAnswered(asked page.Instant) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil || a.slot < 0 {
		return true
	}
	h, err := a.readHeader()
	if err != nil {
		return true
	}
	if refusesWalks(h.WalkStatus) && h.Heartbeat > asked && now().Since(asked) > settled {
		return true
	}
	return h.WalkSeq != 0 && (a.walk == nil || h.WalkSeq != a.walk.seq) && a.takenAt(page.WalkOffset(h.WalkSeq), page.WalkSlotSize, h.WalkSeq) >= asked
}

// takenAt is when the figures in a slot were taken; 0 when it is torn.
func (a *agent) takenAt(offset int64, size int, seq uint64) page.Instant {
	var b [page.SlotHeaderSize]byte
	if _, err := a.page.ReadAt(b[:], offset); err != nil {
		return 0
	}
	slot, err := page.DecodeSlot(b[:], size)
	if err != nil || slot.Seq != seq {
		return 0
	}
	return slot.TakenAt
}

func isStopped(state byte) bool { return state == 'T' || state == 't' }

// sleep waits; false when ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
