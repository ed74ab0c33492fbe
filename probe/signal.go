package probe

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// Signaller sends signals to processes of this node. It implements
// tui.Signaller.
type Signaller struct{}

// Signal sends a signal to the very process that target names: it opens the
// process first and compares the time of its start then, so that another one
// that has got the number since is never hit. The error is one line that names
// the process.
func (Signaller) Signal(_ context.Context, target fragcalc.ProcessID, signal fragcalc.Signal) error {
	number := unix.SignalNum("SIG" + string(signal))
	switch {
	case number == 0:
		return fmt.Errorf("there is no signal %s", signal)
	case target.PID <= 1:
		return fmt.Errorf("%d is no process that may be signalled", target.PID)
	case target.PID == os.Getpid():
		return errors.New("that is this monitor: q ends it")
	}
	fd, err := unix.PidfdOpen(target.PID, 0)
	if err != nil {
		return refusal(target.PID, err)
	}
	defer unix.Close(fd)
	started, err := procs.StartTicks(target.PID)
	if err != nil || started != target.StartTicks {
		return fmt.Errorf("%d has ended", target.PID)
	}
	if err := unix.PidfdSendSignal(fd, number, nil, 0); err != nil {
		return refusal(target.PID, err)
	}
	return nil
}

// refusal says why the kernel would not signal a process.
func refusal(pid int, err error) error {
	switch {
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%d has ended", pid)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%d is another user's: signalling it needs root or CAP_KILL", pid)
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%d is not signalled: this kernel cannot tell a process from one that has taken its number (Linux 5.3 can); use kill", pid)
	}
	return fmt.Errorf("%d: %w", pid, err)
}
