package gpus

import (
	"fmt"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// A figure that is older than maxAge while its device does not answer is no
// longer shown.
const maxAge = 5 * time.Second

// Figures whose calls are dear, or whose answer will not change, are not asked
// for at each sample.
const (
	dearEvery        = 2 * time.Second
	unsupportedEvery = time.Minute
)

// reading is the last answer to one question about a device.
type reading[T any] struct {
	value fragcalc.Known[T]
	code  nvml.Return
	at    time.Time // zero = never answered
}

// due tells whether the question should be asked again.
func (r *reading[T]) due(now time.Time, every time.Duration) bool {
	if !r.at.IsZero() && r.code == nvml.ERROR_NOT_SUPPORTED {
		every = unsupportedEvery
	}
	return now.Sub(r.at) >= every
}

// known returns the figure as it may be shown: unknown when the device has not
// answered for too long. began is when the round in flight began, zero if none
// is.
func (r *reading[T]) known(now, began time.Time) fragcalc.Known[T] {
	switch {
	case began.IsZero() && r.at.IsZero():
		return fragcalc.Unknown[T]("not read yet")
	case began.IsZero(), !r.at.IsZero() && now.Sub(r.at) <= maxAge:
		return r.value
	case r.at.IsZero():
		return fragcalc.Unknown[T](noAnswer(now.Sub(began)))
	default:
		return fragcalc.Unknown[T](noAnswer(now.Sub(r.at)))
	}
}

func noAnswer(d time.Duration) string {
	if d < time.Second {
		return "no answer yet"
	}
	return fmt.Sprintf("no answer for %d s", int(d.Seconds()))
}

// ask makes one call on the device's goroutine and keeps its answer. A driver
// that lacks the entry point is never called.
func ask[T any](d *device, able bool, name string, into *reading[T], call func() (T, nvml.Return)) nvml.Return {
	if !able {
		d.store(func() { into.value, into.at = fragcalc.Unknown[T]("not told by this driver version"), time.Now() })
		return nvml.ERROR_FUNCTION_NOT_FOUND
	}
	d.enter(name)
	value, code := call()
	d.store(func() {
		into.at, into.code = time.Now(), code
		if code == nvml.SUCCESS {
			into.value = fragcalc.Of(value)
		} else {
			into.value = fragcalc.Unknown[T](reason(code))
		}
	})
	return code
}
