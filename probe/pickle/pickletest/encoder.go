// Package pickletest writes pickles for tests, as Python's pickler of protocol 4
// and PyTorch's of protocol 2 do. For tests only.
package pickletest

import (
	"encoding/binary"
	"math"
)

// Dict is a dict: keys and values, one after the other.
type Dict []any

// List is a list. Pointers to lists and dicts that are used again are written
// once, and recalled.
type List []any

// Tuple is a tuple of up to three items.
type Tuple []any

// Encoder writes values one after the other into Out.
type Encoder struct {
	Out      []byte
	Protocol int // 2 or 4
	strings  map[string]int
	shared   map[any]int
	memo     int
}

// Pickle returns a pickle of a value.
func Pickle(protocol int, value any) []byte {
	e := Encoder{Protocol: protocol}
	e.Begin()
	e.Put(value)
	return e.End()
}

// Begin writes the header.
func (e *Encoder) Begin() {
	e.strings, e.shared = map[string]int{}, map[any]int{}
	e.Out = append(e.Out, 0x80, byte(e.Protocol))
}

// End writes the end and returns the pickle.
func (e *Encoder) End() []byte {
	e.Out = append(e.Out, '.')
	return e.Out
}

// Op writes bytes as they are.
func (e *Encoder) Op(bytes ...byte) { e.Out = append(e.Out, bytes...) }

// remember writes what makes a reader remember the value on its stack.
func (e *Encoder) remember() int {
	switch {
	case e.Protocol >= 4:
		e.Op(0x94)
	case e.memo < 256:
		e.Op('q', byte(e.memo))
	default:
		e.Op('r')
		e.Out = binary.LittleEndian.AppendUint32(e.Out, uint32(e.memo))
	}
	e.memo++
	return e.memo - 1
}

func (e *Encoder) recall(number int) {
	if number < 256 {
		e.Op('h', byte(number))
		return
	}
	e.Op('j')
	e.Out = binary.LittleEndian.AppendUint32(e.Out, uint32(number))
}

// batch is how many items Python's pickler writes at once.
const batch = 1000

// Put writes a value.
func (e *Encoder) Put(value any) {
	switch v := value.(type) {
	case nil:
		e.Op('N')
	case bool:
		if v {
			e.Op(0x88)
		} else {
			e.Op(0x89)
		}
	case int:
		e.integer(int64(v))
	case int64:
		e.integer(v)
	case uint64:
		e.unsigned(v)
	case float64:
		e.Op('G')
		e.Out = binary.BigEndian.AppendUint64(e.Out, math.Float64bits(v))
	case string:
		e.text(v)
	case Tuple:
		if len(v) == 0 {
			e.Op(')')
			return
		}
		for _, item := range v {
			e.Put(item)
		}
		e.Op(0x84 + byte(len(v)))
		e.remember()
	case Dict:
		e.dict(v)
	case List:
		e.list(v)
	case *Dict, *List:
		if number, known := e.shared[v]; known {
			e.recall(number)
			return
		}
		e.shared[v] = e.memo
		switch v := v.(type) {
		case *Dict:
			e.dict(*v)
		case *List:
			e.list(*v)
		}
	default:
		panic("no such value in a pickle")
	}
}

func (e *Encoder) dict(d Dict) {
	e.Op('}')
	e.remember()
	if len(d) == 0 {
		return
	}
	e.Op('(')
	for _, item := range d {
		e.Put(item)
	}
	e.Op('u')
}

func (e *Encoder) list(l List) {
	e.Op(']')
	e.remember()
	for len(l) > 0 {
		part := l[:min(batch, len(l))]
		l = l[len(part):]
		if len(part) == 1 {
			e.Put(part[0])
			e.Op('a')
			continue
		}
		e.Op('(')
		for _, item := range part {
			e.Put(item)
		}
		e.Op('e')
	}
}

func (e *Encoder) text(s string) {
	if number, known := e.strings[s]; known {
		e.recall(number)
		return
	}
	if e.Protocol >= 4 && len(s) < 256 {
		e.Op(0x8c, byte(len(s)))
	} else {
		e.Op('X')
		e.Out = binary.LittleEndian.AppendUint32(e.Out, uint32(len(s)))
	}
	e.Out = append(e.Out, s...)
	e.strings[s] = e.remember()
}

func (e *Encoder) integer(n int64) {
	switch {
	case n >= 0 && n < 1<<8:
		e.Op('K', byte(n))
	case n >= 0 && n < 1<<16:
		e.Op('M')
		e.Out = binary.LittleEndian.AppendUint16(e.Out, uint16(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		e.Op('J')
		e.Out = binary.LittleEndian.AppendUint32(e.Out, uint32(n))
	default:
		bytes := binary.LittleEndian.AppendUint64(nil, uint64(n))
		for e.Protocol >= 4 && len(bytes) > 1 && bytes[len(bytes)-1] == 0 && bytes[len(bytes)-2] < 0x80 {
			bytes = bytes[:len(bytes)-1]
		}
		e.Op(0x8a, byte(len(bytes)))
		e.Op(bytes...)
	}
}

func (e *Encoder) unsigned(n uint64) {
	if n <= math.MaxInt64 {
		e.integer(int64(n))
		return
	}
	e.Op(0x8a, 9)
	e.Out = binary.LittleEndian.AppendUint64(e.Out, n)
	e.Op(0)
}
