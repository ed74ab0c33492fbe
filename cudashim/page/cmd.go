package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"
)

// LeaseTime is how far ahead a lease may reach, in nanoseconds.
const LeaseTime Instant = 5e9

// Cmd is a mapped command page. Its fields are shared with the agent and with
// other monitors; all access is atomic.
type Cmd struct{ page *C.struct_gft_cmd_page }

// OpenCmd checks a mapped command page, at least CmdSize bytes that cannot
// shrink. The Cmd is good for as long as the mapping is.
func OpenCmd(mapped []byte) (*Cmd, error) {
	if len(mapped) < CmdSize {
		return nil, fmt.Errorf("command page is cut off: %d of %d bytes", len(mapped), CmdSize)
	}
	page := (*C.struct_gft_cmd_page)(unsafe.Pointer(unsafe.SliceData(mapped)))
	switch magic := atomic.LoadUint64((*uint64)(&page.magic)); {
	case magic == 0:
		return nil, ErrNotReady
	case magic != C.GFT_CMD_MAGIC:
		return nil, errors.New("not a command page: wrong magic number")
	}
	if major := atomic.LoadUint32((*uint32)(&page.abi_major)); major != ABIMajor {
		return nil, fmt.Errorf("command page has layout version %d, this monitor writes version %d", major, ABIMajor)
	}
	return &Cmd{page}, nil
}

// InitCmd makes an all-zero mapping a command page: the publisher's side.
func InitCmd(mapped []byte) {
	page := (*C.struct_gft_cmd_page)(unsafe.Pointer(unsafe.SliceData(mapped)))
	atomic.StoreUint32((*uint32)(&page.abi_major), ABIMajor)
	atomic.StoreUint64((*uint64)(&page.magic), C.GFT_CMD_MAGIC)
}

// WakeWord is the shared futex word in which the agent sleeps: add 1, then wake.
func (c *Cmd) WakeWord() *uint32 { return (*uint32)(&c.page.wake) }

// Slot is the place of one monitor; i is below CmdSlots.
func (c *Cmd) Slot(i int) CmdSlot { return CmdSlot{&c.page.slot[i]} }

// CmdSlot is one monitor's place in a command page. The agent never writes it.
type CmdSlot struct{ slot *C.struct_gft_cmd_slot }

// Owner is who holds the slot; 0 = nobody.
func (s CmdSlot) Owner() uint64 { return atomic.LoadUint64((*uint64)(&s.slot.owner)) }

// Lease is when the owner's claim runs out.
func (s CmdSlot) Lease() Instant {
	return Instant(atomic.LoadUint64((*uint64)(&s.slot.lease_until_ns)))
}

// Claim takes the slot for owner if nobody holds it or the holder's lease has
// run out, and clears what an earlier holder left in it.
func (s CmdSlot) Claim(owner uint64, now Instant) bool {
	old := s.Owner()
	if old != 0 && s.Lease() > now {
		return false
	}
	if !atomic.CompareAndSwapUint64((*uint64)(&s.slot.owner), old, owner) {
		return false
	}
	s.Withdraw()
	s.clear()
	return true
}

// Free gives the slot back if owner still holds it.
func (s CmdSlot) Free(owner uint64) {
	if s.Owner() != owner {
		return
	}
	s.Withdraw()
	s.clear()
	atomic.CompareAndSwapUint64((*uint64)(&s.slot.owner), owner, 0)
}

// clear leaves a slot that asks for nothing.
func (s CmdSlot) clear() {
	atomic.StoreUint64((*uint64)(&s.slot.lease_until_ns), 0)
	atomic.StoreUint32((*uint32)(&s.slot.detail), C.GFT_DETAIL_NONE)
	atomic.StoreUint64((*uint64)(&s.slot.walk_after_ns), 0)
	atomic.StoreUint32((*uint32)(&s.slot.force_walk), 0)
}

// Watch asks for counters and walks, and holds the slot until the lease ends.
func (s CmdSlot) Watch(lease Instant) {
	atomic.StoreUint32((*uint32)(&s.slot.detail), C.GFT_DETAIL_WALK)
	atomic.StoreUint64((*uint64)(&s.slot.lease_until_ns), uint64(lease))
}

// WantWalk asks for a walk that is not older than after.
func (s CmdSlot) WantWalk(after Instant) {
	atomic.StoreUint64((*uint64)(&s.slot.walk_after_ns), uint64(after))
}

// Wants is what the holder asks for: any figures at all, and a walk not older
// than after (0 = as the budget allows).
func (s CmdSlot) Wants() (watching bool, after Instant) {
	return atomic.LoadUint32((*uint32)(&s.slot.detail)) != C.GFT_DETAIL_NONE,
		Instant(atomic.LoadUint64((*uint64)(&s.slot.walk_after_ns)))
}

// Request asks the agent for something: a release, unless Record is set.
type Request struct {
	ID       uint64  // unique among all requests ever made of the process, not 0
	Deadline Instant // not begun after it
	Force    bool    // release although a capture cannot be excluded
	PID, UID uint32  // of the monitor, for the audit line
	Record   *Record // nil = release
}

// Record asks for the history of the program's allocator. Withdrawing such a
// request ends the recording, or gives up the trace.
type Record struct {
	For    time.Duration // how long
	Events int           // the longest trace that is wanted of each device
}

// Request asks the agent.
func (s CmdSlot) Request(r Request) {
	flags, command, record := uint32(0), uint32(C.GFT_COMMAND_RELEASE), Record{}
	if r.Force {
		flags = C.GFT_COMMAND_FORCE
	}
	if r.Record != nil {
		command, record = C.GFT_COMMAND_RECORD, *r.Record
	}
	atomic.StoreUint64((*uint64)(&s.slot.deadline_ns), uint64(r.Deadline))
	atomic.StoreUint32((*uint32)(&s.slot.flags), flags)
	atomic.StoreUint32((*uint32)(&s.slot.monitor_pid), r.PID)
	atomic.StoreUint32((*uint32)(&s.slot.monitor_uid), r.UID)
	atomic.StoreUint64((*uint64)(&s.slot.record_ns), uint64(max(0, record.For)))
	atomic.StoreUint64((*uint64)(&s.slot.record_entries), uint64(max(0, record.Events)))
	atomic.StoreUint32((*uint32)(&s.slot.command), command)
	atomic.StoreUint64((*uint64)(&s.slot.request_id), r.ID)
}

// Withdraw takes back a request that has not begun, or ends a recording. The deadline goes first:
// an agent that has already seen the request looks at it once more.
func (s CmdSlot) Withdraw() {
	atomic.StoreUint64((*uint64)(&s.slot.deadline_ns), 1)
	atomic.StoreUint32((*uint32)(&s.slot.command), C.GFT_COMMAND_NONE)
	atomic.StoreUint64((*uint64)(&s.slot.request_id), 0)
}

// Requested is the request in the slot, if there is one.
func (s CmdSlot) Requested() (Request, bool) {
	r := Request{
		ID:       atomic.LoadUint64((*uint64)(&s.slot.request_id)),
		Deadline: Instant(atomic.LoadUint64((*uint64)(&s.slot.deadline_ns))),
		Force:    atomic.LoadUint32((*uint32)(&s.slot.flags))&C.GFT_COMMAND_FORCE != 0,
		PID:      atomic.LoadUint32((*uint32)(&s.slot.monitor_pid)),
		UID:      atomic.LoadUint32((*uint32)(&s.slot.monitor_uid)),
	}
	command := atomic.LoadUint32((*uint32)(&s.slot.command))
	if command == C.GFT_COMMAND_RECORD {
		r.Record = &Record{
			For:    duration(atomic.LoadUint64((*uint64)(&s.slot.record_ns))),
			Events: int(min(atomic.LoadUint64((*uint64)(&s.slot.record_entries)), MaxTraceEvents)),
		}
	}
	return r, r.ID != 0 && (command == C.GFT_COMMAND_RELEASE || command == C.GFT_COMMAND_RECORD)
}
