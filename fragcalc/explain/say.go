package explain

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

func (e *Explanation) say(format string, args ...any) {
	e.Lines = append(e.Lines, fmt.Sprintf(format, args...))
}

// of is " (4.00 GiB)" for a known size.
func of(size fragcalc.Bytes) string {
	if n, known := size.Get(); known {
		return " (" + units.Bytes(n) + ")"
	}
	return ""
}

// sayHead says who asked for what.
func (e *Explanation) sayHead(m message) {
	where := ""
	if m.count > 1 {
		where = fmt.Sprintf("The last of %d messages: ", m.count)
	}
	gpu := ""
	if n, known := e.Device.Get(); known {
		gpu = fmt.Sprintf(" on GPU %d", n)
	}
	request, known := e.Figures.Request.Get()
	if !known {
		e.say("%s%s ran out of memory%s.", where, m.source, gpu)
		return
	}
	rounded := ""
	if m.wording != asyncWording {
		switch request {
		case 2 << 20:
			rounded = ", a segment for tensors up to 1 MiB"
		case 20 << 20:
			rounded = ", a segment for tensors of 1 to 10 MiB"
		}
	}
	e.say("%s%s asked for %s%s%s%s.", where, m.source, units.Bytes(request), rounded, gpu, e.room())
}

// room says what was free.
func (e *Explanation) room() string {
	capacity, hasCapacity := e.Figures.Capacity.Get()
	free, hasFree := e.Figures.Free.Get()
	switch {
	case hasCapacity && hasFree:
		return fmt.Sprintf("; %s of its %s was free", units.Bytes(free), units.Bytes(capacity))
	case hasCapacity:
		return fmt.Sprintf(", which has %s", units.Bytes(capacity))
	case hasFree:
		return fmt.Sprintf("; %s was free", units.Bytes(free))
	}
	return ""
}

// sayFigures says what PyTorch held.
func (e *Explanation) sayFigures() {
	f := &e.Figures
	used, hasUsed := f.Used.Get()
	reserved, hasReserved := f.Reserved.Get()
	if !hasUsed {
		return
	}
	if !hasReserved {
		e.say("PyTorch held %s in live blocks.", units.Bytes(used))
		return
	}
	parked := ""
	if n := f.Parked.Or(0); n > 0 {
		parked = fmt.Sprintf(", %s free but kept in private pools (the message calls it allocated)", units.Bytes(n))
	}
	e.say("PyTorch had reserved %s: %s in live blocks%s, %s free in holes.", units.Bytes(reserved), units.Bytes(used), parked, units.Bytes(f.Unallocated.Or(0)))
}
