package agents

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// errNoSlot means that as many monitors watch a process as it has places for.
var errNoSlot = errors.New("all 16 places for monitors in this process are taken: its figures are only as new as those monitors ask for")

// renew keeps our slot of the command page, claims one where we have none, and
// wakes the agent if it may be asleep.
func (a *agent) renew(at page.Instant) {
	if a.cmd == nil {
		return
	}
	if a.slot >= 0 && a.cmd.Slot(a.slot).Owner() != a.monitor.nonce {
		a.slot = -1 // the lease had run out, and another monitor took the slot
	}
	if a.slot < 0 && !a.claim(at) {
		a.cmdErr = errNoSlot
		return
	}
	a.cmdErr = nil
	slot := a.cmd.Slot(a.slot)
	if slot.Lease() < at {
		a.since = at // nobody could expect it to be awake
	}
	// With little left the agent may have counted us out and gone to sleep.
	asleep := slot.Lease() < at+page.LeaseTime/5
	slot.Watch(at + page.LeaseTime)
	if asleep {
		a.wake()
	}
}

func (a *agent) claim(at page.Instant) bool {
	for i := range page.CmdSlots {
		if a.cmd.Slot(i).Claim(a.monitor.nonce, at) {
			a.slot = i
			return true
		}
	}
	return false
}

// wantWalk asks for a walk that is not older than at.
func (a *agent) wantWalk(at page.Instant) {
	if a.slot >= 0 {
		a.cmd.Slot(a.slot).WantWalk(at)
		a.wake()
	}
}

// wake wakes the agent, which sleeps in a futex.
func (a *agent) wake() {
	const futexWake, everybody = 1, 1<<31 - 1
	word := a.cmd.WakeWord()
	atomic.AddUint32(word, 1)
	// Fails only for a bad address, which the mapping is not.
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, everybody, 0, 0, 0)
}
