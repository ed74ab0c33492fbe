package pickle

import (
	"errors"
	"io"
)

const (
	bufferSize = 1 << 16
	// ahead is how many bytes an opcode with its fixed arguments takes at most.
	ahead = 16
)

// input is a window on the bytes. Behind its end lie zeros, so that an opcode's
// fixed arguments can be read without asking whether they are there; whoever
// passes end has read too far.
type input struct {
	from   io.Reader
	buffer []byte // bufferSize + ahead
	end    int    // of the bytes in buffer
	before int64  // bytes that have left the buffer
	done   bool   // no more bytes will come
	err    error  // other than the end
}

// fill moves the bytes from at on to the front and reads more, until an opcode
// fits or the input ends. It returns the new place of at.
func (in *input) fill(at int) int {
	if in.done {
		return at
	}
	in.before += int64(at)
	in.end = copy(in.buffer, in.buffer[at:in.end])
	for empty := 0; in.end < ahead && !in.done; {
		n, err := in.from.Read(in.buffer[in.end:bufferSize])
		in.end += n
		if n == 0 {
			empty++
		}
		if err == nil && empty > 100 {
			err = io.ErrNoProgress
		}
		if err != nil {
			in.done = true
			if !errors.Is(err, io.EOF) {
				in.err = err
			}
		}
	}
	clear(in.buffer[in.end : in.end+ahead])
	return 0
}

// bytes returns the next n bytes and the place behind them; false where the
// input ends before. Long ones are collected piece by piece, so that a length
// alone reserves nothing. The slice holds until the next call.
func (in *input) bytes(at int, n uint64, scratch []byte) (content []byte, next int, ok bool) {
	if at > in.end {
		return nil, at, false
	}
	if n <= uint64(in.end-at) {
		return in.buffer[at : at+int(n)], at + int(n), true
	}
	content = scratch[:0]
	for n > 0 {
		if at == in.end {
			at = in.fill(at)
			if at == in.end {
				return nil, at, false
			}
		}
		part := int(min(n, uint64(in.end-at)))
		content = append(content, in.buffer[at:at+part]...)
		at += part
		n -= uint64(part)
	}
	return content, at, true
}

// skip passes over n bytes.
func (in *input) skip(at int, n uint64) (next int, ok bool) {
	if at > in.end {
		return at, false
	}
	for n > uint64(in.end-at) {
		n -= uint64(in.end - at)
		at = in.fill(in.end)
		if at == in.end {
			return at, false
		}
	}
	return at + int(n), true
}

// line returns the bytes up to a line break, which protocol 0 ends arguments
// with, and the place behind it.
func (in *input) line(at int) (content []byte, next int, ok bool) {
	for at <= in.end && len(content) <= longestLine {
		if at == in.end {
			at = in.fill(at)
			if at == in.end {
				break
			}
		}
		c := in.buffer[at]
		at++
		if c == '\n' {
			return content, at, true
		}
		content = append(content, c)
	}
	return nil, at, false
}
