package attach

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// errNotNow means that the main thread stands where the detour could wait for
// a lock that it holds itself.
var errNotNow = errors.New("not now")

// divert stops the main thread, sets it on the detour and lets it go; again
// and again until it stands where that is safe.
func (t *target) divert(ctx context.Context, p *places, shim string) (stopped time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		if err := t.same(); err != nil {
			return stopped, err
		}
		took, err := onThread(func() (time.Duration, error) { return t.once(ctx, p, shim) })
		stopped += took
		if !errors.Is(err, errNotNow) {
			return stopped, err
		}
		if !sleep(ctx, 10*time.Millisecond) {
			if errors.Is(ctx.Err(), context.Canceled) {
				return stopped, t.leftAlone()
			}
			return stopped, refuse("the main thread of %d stands at no safe place for long enough: nothing was done, try again", t.pid)
		}
	}
}

// onThread calls f on a thread of its own, which ends with it: the kernel then
// lets go of whatever it still traces.
func onThread(f func() (time.Duration, error)) (took time.Duration, err error) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if unix.Gettid() != os.Getpid() {
			defer close(done)
			took, err = f()
			return
		}
		took, err = onThread(f) // the first thread would not end
		close(done)
	}()
	<-done
	return took, err
}

// once makes one attempt, on a thread of its own.
func (t *target) once(ctx context.Context, p *places, shim string) (time.Duration, error) {
	if err := unix.PtraceSeize(t.pid); err != nil {
		if errors.Is(err, unix.EPERM) {
			return 0, t.denied()
		}
		return 0, t.gone(err)
	}
	began := time.Now()
	if err := unix.PtraceInterrupt(t.pid); err != nil {
		return 0, t.gone(err)
	}
	signal, err := t.halted(ctx)
	if err != nil {
		return time.Since(began), err
	}
	if signal == 0 {
		err = t.setOff(p, shim)
	}
	letGo := t.letGo(signal)
	stopped := time.Since(began)
	switch {
	case err != nil:
		return stopped, err
	case signal != 0:
		return stopped, errNotNow // a signal came in between, and is delivered first
	}
	return stopped, letGo
}

// halted waits until the main thread stands still. signal is what was about to
// be delivered to it.
func (t *target) halted(ctx context.Context) (signal int, err error) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(t.pid, &status, unix.WNOHANG|unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || pid == t.pid && !status.Stopped():
			return 0, t.gone(unix.ESRCH)
		case pid == t.pid && uint32(status)>>16 != unix.PTRACE_EVENT_STOP:
			return int(status.StopSignal()), nil
		case pid == t.pid && status.StopSignal() != unix.SIGTRAP:
			return 0, refuse("%d was stopped by a signal just now, and stays as it is", t.pid)
		case pid == t.pid:
			return 0, nil
		}
		select { // often it takes microseconds only
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return 0, t.leftAlone()
			}
			return 0, refuse("the main thread of %d does not react: it waits inside the kernel; nothing was done", t.pid)
		case <-time.After(50 * time.Microsecond):
		}
	}
}

// leftAlone is the error of an attach that was cancelled before anything was asked
// of the main thread.
func (t *target) leftAlone() error { return refuse("%d goes on as before: nothing was done", t.pid) }

func (t *target) letGo(signal int) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(t.pid), 0, uintptr(signal), 0, 0)
	if errno != 0 {
		return t.gone(errno)
	}
	return nil
}

// mayBeRestarted tells whether the thread could be in a restartable sequence,
// which the kernel would restart if it saw the thread leave it, and the detour
// hides that. glibc has none; allocators with caches for each CPU do. What has
// been left is cleared when the thread goes on.
func (t *target) mayBeRestarted() bool {
	const getConfiguration = 0x420f // PTRACE_GET_RSEQ_CONFIGURATION, of Linux 5.13
	var conf struct {
		area                   uint64
		size, signature, flags uint32
		_                      uint32
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getConfiguration, uintptr(t.pid), unsafe.Sizeof(conf), uintptr(unsafe.Pointer(&conf)), 0, 0)
	if errno != 0 || conf.area == 0 {
		return false
	}
	section, err := t.word(conf.area + 8) // rseq_cs of struct rseq
	return err != nil || section != 0
}

// setOff writes the detour and sets the thread on it; until the very last call
// nothing has happened to it.
func (t *target) setOff(p *places, shim string) error {
	var registers unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.pid, &registers); err != nil {
		return t.gone(err)
	}
	if registers.Cs != 0x33 || !t.safe(registers.Rip, registers.Rsp, int64(registers.Orig_rax) >= 0) || t.mayBeRestarted() {
		return errNotNow
	}
	p.back = registers.Rip
	code, entry := detour(*p, shim)
	if len(code) > codeSize+len(shim)+1 {
		return refuse("the detour is longer than its room")
	}
	if _, err := unix.PtracePokeData(t.pid, uintptr(p.code), code); err != nil {
		return refuse("a few instructions cannot be put into %d: %v", t.pid, err)
	}
	registers.Rip = entry
	if err := unix.PtraceSetRegs(t.pid, &registers); err != nil {
		return t.gone(err)
	}
	return nil
}

// safe tells whether the thread cannot be holding the lock of Python's pending
// calls, which is never held during a system call: then Py_AddPendingCall,
// called here, never waits for itself.
func (t *target) safe(at, stack uint64, inSystemCall bool) bool {
	if inSystemCall {
		return true
	}
	words := make([]byte, 64*8) // of the stack: callers of the innermost functions
	if t.peek(stack, words) != nil {
		return false
	}
	for i := -1; i < len(words)/8; i++ {
		if i >= 0 {
			at = native.Uint64(words[i*8:])
		}
		for _, f := range t.runtime.pending {
			if at >= f[0] && at < f[1] {
				return false
			}
		}
	}
	return true
}
