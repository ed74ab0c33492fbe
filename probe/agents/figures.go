package agents

import (
	"errors"
	"fmt"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// mostBlocks bounds the block maps of all processes that a Watcher keeps, to
// 128 MiB. It is some forty times a large training job's.
const mostBlocks = 4 << 20

// tries is how often a slot is read that is being written meanwhile.
const tries = 3

// figures are the last good copy of what a page tells.
type figures struct {
	header      page.Header
	headerErr   error
	counters    page.Counters // Seq 0 = none
	countersErr error
	walk        *walk // nil = none
	walkErr     error
	failedWalk  uint64 // a damaged walk is not read again
	events      []page.Event
	eventsRead  uint64 // the header's EventNext when they were read
}

// walk is a decoded walk, measured once.
type walk struct {
	seq     uint64
	takenAt page.Instant
	blocks  int
	cut     string // says what is missing; empty = nothing
	devices []measured
}

type measured struct {
	page.Device
	pools   []fragcalc.Pool
	figures fragcalc.Figures
}

// read brings the copy up to date. room is how many blocks a walk may have.
func (a *agent) read(room int) {
	h, err := a.readHeader()
	if a.headerErr = err; err != nil {
		return
	}
	if h.CountersSeq != 0 && h.CountersSeq != a.counters.Seq {
		a.countersErr = a.retry(a.readCounters)
	}
	if h.WalkSeq != 0 && h.WalkSeq != a.failedWalk && (a.walk == nil || h.WalkSeq != a.walk.seq) {
		if a.walkErr = a.retry(func() error { return a.readWalk(room) }); a.walkErr != nil {
			a.failedWalk = a.header.WalkSeq
		}
	}
	if h.EventNext != a.eventsRead {
		a.readEvents()
	}
}

// retry reads a slot, and again with a new header where the writer was quicker.
func (a *agent) retry(read func() error) error {
	for range tries - 1 {
		if err := read(); !errors.Is(err, page.ErrTorn) {
			return err
		}
		if _, err := a.readHeader(); err != nil {
			return err
		}
	}
	return read()
}

func (a *agent) readCounters() error {
	seq := a.header.CountersSeq
	b := make([]byte, page.CountersSlotSize)
	if _, err := a.page.ReadAt(b, page.CountersOffset(seq)); err != nil {
		return fmt.Errorf("cannot read the page: %w", err)
	}
	counters, err := page.DecodeCounters(b)
	if err == nil && counters.Seq != seq {
		err = page.ErrTorn
	}
	if err != nil {
		return err
	}
	a.counters = counters
	return nil
}

func (a *agent) readWalk(room int) error {
	decoded, err := a.copyWalk(a.header.WalkSeq, room)
	if err != nil {
		return err
	}
	a.walk = measure(decoded, a.counters.Settings)
	return nil
}

// copyWalk reads the walk with this number. Nothing is allocated before the
// slot's length is known to be that of its records.
func (a *agent) copyWalk(seq uint64, room int) (page.Walk, error) {
	if seq == 0 {
		return page.Walk{}, page.ErrTorn
	}
	offset := page.WalkOffset(seq)
	head := make([]byte, page.WalkHeadSize)
	if _, err := a.page.ReadAt(head, offset); err != nil {
		return page.Walk{}, fmt.Errorf("cannot read the page: %w", err)
	}
	slot, blocks, err := page.CheckWalkHead(head)
	switch {
	case slot.Seq != seq:
		return page.Walk{}, page.ErrTorn
	case err != nil:
		return page.Walk{}, err
	case blocks > room:
		return page.Walk{}, fmt.Errorf("its %d blocks are more than this monitor can still keep", blocks)
	}
	b := make([]byte, page.SlotHeaderSize+slot.Length)
	if _, err := a.page.ReadAt(b, offset); err != nil {
		return page.Walk{}, fmt.Errorf("cannot read the page: %w", err)
	}
	decoded, err := page.DecodeWalk(b)
	if err == nil && decoded.Seq != seq {
		err = page.ErrTorn
	}
	return decoded, err
}

func measure(decoded page.Walk, settings fragcalc.AllocatorSettings) *walk {
	w := &walk{seq: decoded.Seq, takenAt: decoded.TakenAt, blocks: decoded.Blocks}
	if decoded.Cut {
		w.cut = fmt.Sprintf("the block map is cut: %d of %d blocks fit into the page", decoded.Blocks, decoded.BlocksTotal)
	}
	for _, d := range decoded.Devices {
		// A device without segments has a walk too: no pools, all figures 0.
		pools := append([]fragcalc.Pool{}, fragcalc.GroupPools(d.Segments)...)
		w.devices = append(w.devices, measured{d.Device, pools, fragcalc.Measure(pools, settings)})
	}
	return w
}

// device is the walk of one device; nil if it is not in the walk.
func (w *walk) device(uuid [16]byte, ordinal int) *measured {
	for i := range w.devices {
		if d := &w.devices[i]; d.UUID == uuid && d.Ordinal == ordinal {
			return d
		}
	}
	return nil
}

// readEvents reads the page's log. The header tells only that there are more.
func (a *agent) readEvents() {
	b := make([]byte, page.EventsSize)
	if _, err := a.page.ReadAt(b, page.EventsOffset); err != nil {
		return
	}
	a.events, a.eventsRead = page.DecodeEvents(b), a.header.EventNext
}
