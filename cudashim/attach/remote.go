package attach

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var native = binary.NativeEndian

// Where struct _Py_DebugOffsets of Python 3.14 has what is needed, in bytes.
// Its beginning is the same in every version, the rest is not.
const (
	offsetsSize        = 760
	atVersion          = 8
	atInterpretersHead = 40
	atInterpreterSize  = 48
	atThreadsMain      = 80
	atThreadSize       = 176
	atEvalBreaker      = 712
	atSupport          = 720
	atEnabled          = 728
	atPendingCall      = 736
	atScriptPath       = 744
	atScriptPathSize   = 752

	pleaseStop = 1 << 5 // of eval_breaker
)

// debugger is where the process's main thread takes a script (PEP 768).
type debugger struct {
	breaker, pending, path uint64
	room                   int // for the path, with the byte that ends it
}

// method is the best way into the process, and why not a better one.
func (t *target) method() (Method, string) {
	if t.python != (version{3, 14}) {
		if t.python.minor > 14 {
			return Stop, "how Python " + t.python.words() + " takes scripts is not known to this gpufragtop"
		}
		return Stop, ""
	}
	if _, err := t.debugger(); err != nil {
		return Stop, err.Error()
	}
	return Remote, ""
}

// debugger finds where the main thread takes a script.
func (t *target) debugger() (debugger, error) {
	if t.runtime.pyState == 0 {
		return debugger{}, errors.New("this Python was built without remote debugging")
	}
	raw := make([]byte, offsetsSize)
	if err := t.peek(t.runtime.pyState, raw); err != nil {
		return debugger{}, err
	}
	field := func(at int) uint64 { return native.Uint64(raw[at:]) }
	if string(raw[:8]) != "xdebugpy" || field(atVersion)>>16 != 0x030e {
		return debugger{}, errors.New("this Python does not say where it takes scripts")
	}
	// What follows must lie within its own structures.
	interpreterSize, threadSize, support := field(atInterpreterSize), field(atThreadSize), field(atSupport)
	d := debugger{room: int(field(atScriptPathSize))}
	if interpreterSize > 1<<24 || threadSize > 1<<16 || field(atThreadsMain)+8 > interpreterSize || field(atEnabled)+4 > interpreterSize ||
		field(atEvalBreaker)+8 > threadSize || support > threadSize || d.room < 16 || d.room > 1<<12 ||
		field(atPendingCall) > threadSize || field(atScriptPath) > threadSize || support+field(atScriptPath)+uint64(d.room) > threadSize ||
		support+field(atPendingCall)+4 > threadSize {
		return debugger{}, errors.New("what this Python says of itself makes no sense")
	}
	interpreter, err := t.word(t.runtime.pyState + field(atInterpretersHead))
	if err != nil || interpreter == 0 {
		return debugger{}, errors.New("its Python has not begun, or is ending")
	}
	if enabled, err := t.word(interpreter + field(atEnabled)); err != nil || uint32(enabled) != 1 {
		return debugger{}, errors.New("remote debugging is switched off there (PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug)")
	}
	thread, err := t.word(interpreter + field(atThreadsMain))
	if err != nil || thread == 0 {
		return debugger{}, errors.New("its Python has no main thread")
	}
	d.breaker, d.pending, d.path = thread+field(atEvalBreaker), thread+support+field(atPendingCall), thread+support+field(atScriptPath)
	return d, nil
}

// script starts the agent. Python runs it in a namespace of its own, and prints
// what it raises, so it raises nothing; the answer takes its place in the file.
const script = `try:
    import ctypes
    a = str(ctypes.CDLL(%[1]s).gpufragtop_start())
except BaseException as e:
    a = type(e).__name__ + ": " + str(e)
try:
    with open(%[2]s, "w") as f:
        f.write("answer " + a)
except BaseException:
    pass
`

func (t *target) remote(ctx context.Context, shim string) error {
	d, err := t.debugger()
	if err != nil {
		return refuse("%d: %v", t.pid, err)
	}
	if busy, err := t.word(d.pending); err != nil || uint32(busy) != 0 {
		return refuse("another script waits to be run by %d", t.pid)
	}
	file, err := t.create("gpufragtop-*.py", 0o600)
	if err != nil {
		return err
	}
	defer file.remove()
	if len(file.inside)+1 > d.room {
		return refuse("the path %s is too long for Python", file.inside)
	}
	if err := file.write([]byte(fmt.Sprintf(script, literal(shim), literal(file.inside)))); err != nil {
		return err
	}
	if err := t.ask(d, file.inside); err != nil {
		return t.denied()
	}
	for {
		if answer, ok := strings.CutPrefix(file.read(), "answer "); ok {
			code, err := strconv.Atoi(answer)
			if err != nil {
				return refuse("%d could not load the shim: %s", t.pid, clean(answer))
			}
			return t.started(code)
		}
		if err := t.alive(); err != nil {
			return err
		}
		if !sleep(ctx, 5*time.Millisecond) {
			return t.withdraw(d, file)
		}
	}
}

// ask leaves the script's path with the main thread, as Python's own
// sys.remote_exec does. Of the word that makes it look only one byte is
// written; that is not atomic, and what may be lost in between (a wish for the
// interpreter's lock) is asked for again by whoever wants it.
func (t *target) ask(d debugger, path string) error {
	if err := t.poke(d.path, append([]byte(path), 0)); err != nil {
		return err
	}
	one := make([]byte, 4)
	native.PutUint32(one, 1)
	if err := t.poke(d.pending, one); err != nil {
		return err
	}
	var breaker [1]byte
	if err := t.peek(d.breaker, breaker[:]); err != nil {
		return err
	}
	breaker[0] |= pleaseStop
	return t.poke(d.breaker, breaker[:])
}

// withdraw takes the script back, and waits for one that was begun just then.
func (t *target) withdraw(d debugger, file *placed) error {
	taken, _ := t.word(d.pending)
	_ = t.poke(d.pending, make([]byte, 4))
	time.Sleep(200 * time.Millisecond)
	if answer, ok := strings.CutPrefix(file.read(), "answer "); ok && answer == "0" {
		return nil
	}
	if uint32(taken) == 0 {
		return refuse("%d has begun to load the shim and has not come to an end yet: look whether it appears", t.pid)
	}
	return refuse("the main thread of %d has not come back to Python in time: it sleeps, or computes elsewhere; the request is withdrawn, and nothing is left behind", t.pid)
}

// literal writes a path for Python.
func literal(path string) string {
	var out strings.Builder
	out.WriteString(`b"`)
	for i := range len(path) {
		fmt.Fprintf(&out, `\x%02x`, path[i])
	}
	return out.String() + `".decode("utf-8", "surrogateescape")`
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
