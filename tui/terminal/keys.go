package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/term"
)

// Times for which what has begun is waited for: the rest of a key's sequence,
// which a slow line brings byte by byte, and more of a text that is pasted.
const (
	sequenceWait = 50 * time.Millisecond
	pasteWait    = 2 * time.Second
)

// pasteLimit is how much of a paste is kept, in bytes.
const pasteLimit = 64 << 10

// readSize is less than what Bubble Tea reads at a time (256), so that no
// sequence of a key is ever cut there.
const readSize = 128

// Marks of a pasted text.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// keys reads the keyboard, in pieces that hold whole keys: Bubble Tea takes the
// end of a piece for the end of a key.
type keys struct {
	ended func() // called when the terminal is gone
	more  func(wait time.Duration) ([]byte, error)
	stop  *stopper
	ready [][]byte
}

// forever waits without an end.
const forever = time.Duration(-1)

func newKeys(file *os.File) *keys {
	k := &keys{stop: newStopper()}
	buffer := make([]byte, readSize)
	k.more = func(wait time.Duration) ([]byte, error) {
		for {
			ready, err := awaitInput(file, k.stop, wait)
			if !ready || err != nil {
				return nil, err
			}
			n, err := file.Read(buffer)
			if n > 0 {
				return buffer[:n], nil
			}
			if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.EAGAIN) {
				return nil, err
			}
		}
	}
	return k
}

// close ends a Read that waits.
func (k *keys) close() { k.stop.stop() }

// Read implements io.Reader. A terminal that was hung up reads as ended.
func (k *keys) Read(p []byte) (int, error) {
	for len(k.ready) == 0 {
		if err := k.fill(); err != nil {
			if !errors.Is(err, errStopped) && k.ended != nil {
				go k.ended()
			}
			return 0, io.EOF
		}
	}
	n := copy(p, k.ready[0])
	if k.ready[0] = k.ready[0][n:]; len(k.ready[0]) == 0 {
		k.ready = k.ready[1:]
	}
	return n, nil
}

// fill reads the next keys.
func (k *keys) fill() error {
	more, err := k.more(forever)
	if err != nil {
		return err
	}
	read := k.complete(bytes.Clone(more))
	for {
		begin := bytes.Index(read, []byte(pasteBegin))
		if begin < 0 {
			break
		}
		k.push(read[:begin])
		text, rest := k.paste(read[begin+len(pasteBegin):])
		k.push(append(append([]byte(pasteBegin), text...), pasteEnd...))
		read = k.complete(rest)
	}
	k.push(read)
	return nil
}

func (k *keys) push(piece []byte) {
	if len(piece) > 0 {
		k.ready = append(k.ready, piece)
	}
}

// complete reads the rest of a key that read ends within.
func (k *keys) complete(read []byte) []byte {
	for unfinished(read) && len(read) < readSize {
		more, err := k.more(sequenceWait)
		if err != nil || len(more) == 0 {
			break
		}
		read = append(read, more...)
	}
	return read
}

// paste reads the rest of a text that is pasted, and what is behind it. One that
// never ends is over when nothing more comes.
func (k *keys) paste(text []byte) (pasted, rest []byte) {
	for {
		if end := bytes.Index(text, []byte(pasteEnd)); end >= 0 {
			return text[:end], text[end+len(pasteEnd):]
		}
		if len(text) > pasteLimit { // what is too much goes, but not the beginning of the mark
			text = append(text[:pasteLimit-len(pasteEnd)], text[len(text)-len(pasteEnd):]...)
		}
		more, err := k.more(pasteWait)
		if err != nil || len(more) == 0 {
			return text, nil
		}
		text = append(text, more...)
	}
}

// unfinished tells whether bytes end within a key's sequence, or within a
// character.
func unfinished(b []byte) bool {
	for back := 1; back < utf8.UTFMax && back <= len(b); back++ {
		if tail := b[len(b)-back:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return true
			}
			break
		}
	}
	begin := bytes.LastIndexByte(b, '\x1b')
	if begin < 0 {
		return false
	}
	sequence := b[begin+1:]
	if len(sequence) == 0 {
		return true
	}
	switch sequence[0] {
	case 'O', 'N': // one character follows
		return len(sequence) == 1
	case '[':
		sequence = sequence[1:]
	default:
		return false
	}
	if len(sequence) > 0 && sequence[0] == '[' { // function keys of the Linux console
		return len(sequence) == 1
	}
	for _, c := range sequence {
		if c >= 0x40 && c <= 0x7e {
			return false
		}
	}
	return true
}

// openKeyboard is where keys come from: standard input, or the terminal itself
// when something else was piped in.
func openKeyboard(input *os.File) (*os.File, error) {
	if term.IsTerminal(input.Fd()) {
		return input, nil
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return nil, fmt.Errorf("no keyboard: standard input is not a terminal (%w); use --once or --json", err)
	}
	return tty, nil
}
