package terminal

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// errStopped says that a wait was ended by its stopper.
var errStopped = errors.New("stopped")

// stopper ends waits: of goroutines, and in the kernel.
type stopper struct {
	stopped     chan struct{}
	once        sync.Once
	read, write *os.File // of a pipe that is closed at the end; nil if there was none to have
}

func newStopper() *stopper {
	s := &stopper{stopped: make(chan struct{})}
	if read, write, err := os.Pipe(); err == nil {
		s.read, s.write = read, write
	}
	return s
}

// stop ends all waits, now and later.
func (s *stopper) stop() {
	s.once.Do(func() {
		close(s.stopped)
		if s.write != nil {
			_ = s.write.Close()
		}
	})
}

// release gives up the pipe, after all waits have ended.
func (s *stopper) release() {
	if s.read != nil {
		_ = s.read.Close()
	}
}

func (s *stopper) isStopped() bool {
	select {
	case <-s.stopped:
		return true
	default:
		return false
	}
}

// await waits until a file can be read or written (events), which it tells, or
// the time is over (negative: never), or it is stopped, which is an error.
func await(fd int, events int16, stop *stopper, wait time.Duration) (bool, error) {
	polled := []unix.PollFd{{Fd: int32(fd), Events: events}}
	if stop != nil && stop.read != nil {
		polled = append(polled, unix.PollFd{Fd: int32(stop.read.Fd()), Events: unix.POLLIN})
	}
	var deadline time.Time
	if wait >= 0 {
		deadline = time.Now().Add(wait)
	}
	for {
		milliseconds := -1
		if wait >= 0 {
			milliseconds = int(max(time.Until(deadline), 0).Milliseconds())
		}
		n, err := unix.Poll(polled, milliseconds)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false, err
		case stop != nil && stop.isStopped():
			return false, errStopped
		}
		return n > 0, nil
	}
}

// awaitInput waits until a file can be read.
func awaitInput(file *os.File, stop *stopper, wait time.Duration) (bool, error) {
	return await(int(file.Fd()), unix.POLLIN, stop, wait)
}
