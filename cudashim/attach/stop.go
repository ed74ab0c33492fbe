package attach

import (
	"bytes"
	"context"
	"debug/elf"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/cpu"
)

// Why not gdb: it needs breakpoints for a safe point, which are traps in the
// program's code, and calls functions on a frame that ends in one. Killed at
// the wrong moment it leaves a program that its next trap ends, and the stop
// signal that it begins with may stay behind. Here, PTRACE_SEIZE sends none;
// the one system call that sets the main thread on a detour, which comes back
// by itself, is the only thing that ever happens to it; and the kernel lets it
// go on when we end, however we end. The rest happens later, when Python's main
// thread makes pending calls: between two of its instructions, with its lock.

// stop enters the process by a detour of its main thread, and waits until the
// agent has started.
func (t *target) stop(ctx context.Context, shim string) (time.Duration, error) {
	p, err := t.prepare(len(shim) + 1)
	if err != nil {
		return 0, err
	}
	stopped, err := t.divert(ctx, &p, shim)
	if err != nil {
		return stopped, err
	}
	if err := t.running(); err != nil {
		return stopped, err
	}
	return stopped, t.await(ctx, p, shim)
}

// prepare finds the functions and the room that the detour needs.
func (t *target) prepare(pathLength int) (p places, err error) {
	if !cpu.X86.HasOSXSAVE {
		return p, refuse("this processor cannot save its vector registers as the detour must: start it with gpufragtop run")
	}
	p.addPending = t.runtime.symbols["Py_AddPendingCall"]
	if p.open, err = t.find("dlopen", "libc.so.6", "libc-2.", "libdl"); err != nil {
		return p, err
	}
	if p.find, err = t.find("dlsym", "libc.so.6", "libc-2.", "libdl"); err != nil {
		return p, err
	}
	for _, m := range t.modules {
		base := filepath.Base(m.path)
		if p.code != 0 && p.mailbox != 0 {
			break
		}
		if strings.HasPrefix(base, "ld-") || strings.HasPrefix(base, "ld.") || m.open(t) != nil {
			continue // the loader's own malloc begins there
		}
		if p.code == 0 {
			p.code = t.roomForCode(m, codeSize+pathLength)
		}
		if p.mailbox == 0 && !m.main { // behind the program's own data its heap begins
			p.mailbox = t.roomForMailbox(m)
		}
	}
	if p.code == 0 || p.mailbox == 0 {
		return p, refuse("no library of %d has room for a few instructions behind its code: start it with gpufragtop run", t.pid)
	}
	return p, nil
}

const pageSize = 4096

// roomForCode is where a module's last page of code has room; 0 = nowhere.
func (t *target) roomForCode(m *module, length int) uint64 {
	for _, s := range m.segments {
		if s.Flags&elf.PF_X == 0 {
			continue
		}
		at := (m.bias + s.Vaddr + s.Filesz + 63) &^ 63
		end := (m.bias + s.Vaddr + s.Filesz + pageSize - 1) &^ (pageSize - 1)
		mark := make([]byte, len(codeMark))
		if at+uint64(length) > end || !m.covers(at, end, "r-x") || t.peek(at, mark) != nil || string(mark) == codeMark {
			continue // the last: an earlier attach may still wait there
		}
		return at
	}
	return 0
}

// roomForMailbox is where a module's last page of data has room that nobody has used.
func (t *target) roomForMailbox(m *module) uint64 {
	for _, s := range m.segments {
		if s.Flags&elf.PF_W == 0 {
			continue
		}
		at := (m.bias + s.Vaddr + s.Memsz + 63) &^ 63
		end := (m.bias + s.Vaddr + s.Memsz + pageSize - 1) &^ (pageSize - 1)
		found := make([]byte, mailboxSize)
		if at+mailboxSize > end || t.peek(at, found) != nil || !bytes.Equal(found, make([]byte, mailboxSize)) || !t.writable(at) {
			continue
		}
		return at
	}
	return 0
}

// writable tells whether the process may write there: the end of a library's
// data is mapped without its file.
func (t *target) writable(at uint64) bool {
	maps, err := readSome(t.path("maps"), 32<<20)
	if err != nil {
		return false
	}
	for line := range strings.Lines(maps) {
		if p, ok := parseRange(line); ok && at >= p.start && at+mailboxSize <= p.end {
			return strings.HasPrefix(p.perms, "rw")
		}
	}
	return false
}

// await waits for the answer in the mailbox.
func (t *target) await(ctx context.Context, p places, shim string) error {
	for {
		state, answer, passed, err := t.mailbox(p)
		if err != nil {
			return t.gone(err)
		}
		switch {
		case state == stateDone:
			return t.started(answer)
		case state == stateNoLibrary:
			return refuse("%d could not load %s: it is not there for it, not to be read or not to be executed", t.pid, shim)
		case state == stateNoSymbol:
			return refuse("%s, which %d has loaded, is not the shim", shim, t.pid)
		case passed && answer != 0 && state == stateWaiting:
			return refuse("Python in %d takes no more calls at the moment: try again", t.pid)
		}
		if !sleep(ctx, 5*time.Millisecond) {
			return t.withdrawCall(p)
		}
	}
}

// withdrawCall makes a call that was asked for and not made do nothing.
func (t *target) withdrawCall(p places) error {
	word := make([]byte, 4)
	native.PutUint32(word, stateWithdrawn)
	state, answer, _, err := t.mailbox(p)
	if err == nil && state == stateWaiting {
		err = t.poke(p.mailbox+mailboxState, word)
	}
	if err != nil {
		return t.gone(err)
	}
	switch state {
	case stateWaiting:
		return refuse("the main thread of %d has not come back to Python in time: it sleeps, waits, or computes elsewhere; the call is withdrawn: when Python comes to it, it does nothing", t.pid)
	case stateDone:
		return t.started(answer)
	}
	return refuse("%d has begun to load the shim and has not come to an end yet: look whether it appears", t.pid)
}

func (t *target) mailbox(p places) (state, answer int, passed bool, err error) {
	var b [mailboxSize]byte
	err = t.peek(p.mailbox, b[:])
	return int(native.Uint32(b[mailboxState:])), int(int32(native.Uint32(b[mailboxAnswer:]))), native.Uint32(b[mailboxPassed:]) == 1, err
}
