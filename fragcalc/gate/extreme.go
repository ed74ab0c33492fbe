package gate

import (
	"math/bits"
	"time"
)

// moment is a value and when it was.
type moment struct {
	value float64
	at    time.Time
	seen  bool
}

// extreme is the worst value of a figure over time, for every order of
// magnitude of what the process held meanwhile: which of these count is known
// only when the most that it held is.
type extreme struct {
	worst [65]moment // by the number of bits of the reserved bytes
}

// little is how many orders of magnitude, powers of two, below its most a
// process holds little: all moments with an eighth of it or more count, none
// with less than a sixteenth.
const little = 3

func (e *extreme) add(r *rule, value float64, reserved int64, at time.Time) {
	m := &e.worst[bits.Len64(uint64(reserved))]
	if !m.seen || r.crosses(value, m.value) {
		*m = moment{value, at, true}
	}
}

// of is the worst value; the earliest of several such. most is the most bytes
// that the process held.
func (e *extreme) of(r *rule, most int64) moment {
	from := 0
	if r.settled {
		from = max(0, bits.Len64(uint64(most))-little)
	}
	var worst moment
	for _, m := range e.worst[from:] {
		switch {
		case !m.seen:
		case !worst.seen || r.crosses(m.value, worst.value), m.value == worst.value && m.at.Before(worst.at):
			worst = m
		}
	}
	return worst
}
