package terminal

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a terminal may take for what it is being sent when the
// program ends.
const grace = 100 * time.Millisecond

// outlet is the way to the terminal. It never waits in a write, if it can:
// where a terminal takes nothing, nobody could end that.
type outlet struct {
	output *os.File
	fd     int // opened anew, without waiting; -1 where that is not allowed
	behind atomic.Bool
}

func newOutlet(output *os.File) *outlet {
	return &outlet{output: output, fd: openWithoutWaiting(output)}
}

// release closes the way.
func (o *outlet) release() {
	if o.fd >= 0 {
		_ = unix.Close(o.fd)
	}
}

// send sends all of b, in one write where the terminal has room, and tells
// whether it did: not when it was stopped and the terminal takes no more, and not
// when that is gone.
func (o *outlet) send(b []byte, stop *stopper) bool {
	if len(b) == 0 {
		return true
	}
	o.behind.Store(true)
	if !o.sendAll(b, stop) {
		return false
	}
	o.behind.Store(false)
	return true
}

func (o *outlet) sendAll(b []byte, stop *stopper) bool {
	if o.fd < 0 {
		_, err := o.output.Write(b)
		return err == nil
	}
	var deadline time.Time // once it is stopped, however little at a time the terminal takes
	for {
		if !deadline.IsZero() && time.Now().After(deadline) {
			return false
		}
		n, err := unix.Write(o.fd, b)
		b = b[max(n, 0):]
		switch {
		case len(b) == 0:
			return true
		case err == nil || errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EAGAIN):
			return false
		}
		if deadline.IsZero() {
			_, err = await(o.fd, unix.POLLOUT, stop, forever)
			if errors.Is(err, errStopped) {
				deadline, err = time.Now().Add(grace), nil
			}
		} else {
			_, err = await(o.fd, unix.POLLOUT, nil, max(time.Until(deadline), 0))
		}
		if err != nil {
			return false
		}
	}
}

// stuck tells whether the last send did not get to its end.
func (o *outlet) stuck() bool { return o.behind.Load() }

// sendAtOnce sends what the terminal takes in a moment.
func (o *outlet) sendAtOnce(b []byte) {
	if o.fd < 0 {
		if !o.stuck() { // it would wait for ever
			_, _ = o.output.Write(b)
		}
		return
	}
	for deadline := time.Now().Add(grace); len(b) > 0; {
		n, err := unix.Write(o.fd, b)
		b = b[max(n, 0):]
		switch {
		case err == nil || errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN) && time.Now().Before(deadline):
			_, _ = await(o.fd, unix.POLLOUT, nil, time.Until(deadline))
		default:
			return // a terminal that takes nothing cannot be helped
		}
	}
}
