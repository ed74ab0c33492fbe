package pickle

import (
	"errors"
	"fmt"
	"io"
)

// Bounds of a Decoder.
const (
	maxCells    = 1 << 31
	maxMarks    = 200 // open marks: how deeply containers lie in each other, mostly
	longestLine = 1 << 16
	longestLong = 1 << 10 // bytes of an integer

	sizeOfValue = 8
	sizeOfThing = 12
	sizeOfText  = 64 // what a string costs beyond its bytes
	recentBits  = 6
)

// defaultMemory is Options.Memory where none is given.
const defaultMemory = 2 << 30

// Options say how a pickle is read.
type Options struct {
	Reducer Reducer // nil keeps every dict
	Memory  int64   // bytes that the Decoder's own tables may take; 0 = 2 GiB
}

// Decoder reads one pickle.
type Decoder struct {
	reducer Reducer
	left    int64 // bytes of memory that may still be taken
	in      input

	stack   []Value
	marks   []int // places in the stack
	memo    chunks[Value]
	things  chunks[thing]
	cells   []Value
	strings []string
	places  map[string]int // of strings
	floats  []float64
	wide    []wide
	recent  [1 << recentBits]Value // tuples
	scratch []byte

	shapes []*shape // the one used last first
	values []Value  // of reduce
	last   *shape   // of the last dict that wholeDict read
	gaps   bool     // the memo has numbers that were never set
	items  [mostItems]Value
	// complex is how a dict begins that is not simple.
	complex uint64
	pairs   [2 * mostItems]Value

	start int64 // offset of the opcode that is being read
	err   error
}

// NewDecoder returns a Decoder that reads one pickle from r.
func NewDecoder(r io.Reader, o Options) *Decoder {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	return &Decoder{
		reducer: o.Reducer,
		left:    o.Memory,
		in:      input{from: r, buffer: make([]byte, bufferSize+ahead)},
		places:  map[string]int{},
	}
}

// Error is why a pickle was not read.
type Error struct {
	Offset int64 // of the opcode, in bytes from the beginning
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// Decode reads the pickle. Its error is an *Error, or that of the reader.
func (d *Decoder) Decode() (Value, error) {
	v := d.run()
	switch {
	case d.in.err != nil:
		return None, d.in.err
	case d.err != nil:
		return None, &Error{d.start, d.err.Error()}
	}
	d.stack, d.marks, d.memo = nil, nil, chunks[Value]{}
	return v, nil
}

// fail notes the first thing that is wrong.
func (d *Decoder) fail(reason string) {
	if d.err == nil {
		d.err = errors.New(reason)
	}
}

// spend counts memory that was taken.
func (d *Decoder) spend(bytes int) {
	if d.left -= int64(bytes); d.left < 0 {
		d.fail("needs too much memory")
	}
}

// text returns the Value of a string.
func (d *Decoder) text(content []byte) Value {
	place, known := d.places[string(content)]
	if !known {
		place = len(d.strings)
		s := string(content)
		d.strings = append(d.strings, s)
		d.places[s] = place
		d.spend(sizeOfText + len(s))
	}
	return ref(tagString, place)
}

// Key returns the Value of a string, as the pickle will have it.
func (d *Decoder) Key(s string) Value { return d.text([]byte(s)) }

// number returns the Value of an integer in two's complement, lowest byte
// first.
func (d *Decoder) number(bytes []byte) Value {
	n := len(bytes)
	if n == 0 {
		return small(0)
	}
	negative := bytes[n-1] >= 0x80
	fill := byte(0)
	if negative {
		fill = 0xff
	}
	for n > 8 && bytes[n-1] == fill {
		n--
	}
	w := wide{negative: negative, huge: n > 8}
	if negative {
		w.bits = ^uint64(0)
	}
	for i := min(n, 8) - 1; i >= 0; i-- {
		w.bits = w.bits<<8 | uint64(bytes[i])
	}
	if negative && int64(w.bits) >= 0 {
		w.huge = true
	}
	return d.integer(w)
}

func (d *Decoder) integer(w wide) Value {
	if n := int64(w.bits); !w.huge && w.negative == (n < 0) && n >= smallestInt && n <= largestInt {
		return small(n)
	}
	d.wide = append(d.wide, w)
	d.spend(2 * sizeOfThing)
	return ref(tagWide, len(d.wide)-1)
}

func (d *Decoder) float(f float64) Value {
	d.floats = append(d.floats, f)
	d.spend(2 * sizeOfValue)
	return ref(tagFloat, len(d.floats)-1)
}

// memoize remembers a value under the next number.
func (d *Decoder) memoize(v Value) {
	if grown := d.memo.add(v); grown > 0 {
		d.spend(grown * sizeOfValue)
	}
}

// unset is what the memo holds where nothing was put.
const unset = Bytes + 1<<tagBits

// put remembers a value under a number. Numbers grow with the file.
func (d *Decoder) put(number uint64, v Value) {
	if number > uint64(d.start) {
		d.fail(fmt.Sprintf("memo number %d is beyond all that was read", number))
		return
	}
	if number < uint64(d.memo.count) { // keys may mean something else now
		d.last = nil
	}
	d.gaps = d.gaps || number > uint64(d.memo.count)
	for uint64(d.memo.count) <= number && d.err == nil {
		d.memoize(unset)
	}
	if d.err == nil {
		*d.memo.at(int(number)) = v
	}
}

// get returns what was remembered under a number.
func (d *Decoder) get(number uint64) Value {
	if number < uint64(d.memo.count) {
		if v := *d.memo.at(int(number)); v != unset {
			return v
		}
	}
	d.fail(fmt.Sprintf("memo number %d was never set", number))
	return None
}
