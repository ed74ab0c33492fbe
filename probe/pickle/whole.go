package pickle

import "encoding/binary"

// Bounds of a dict that wholeDict reads.
const (
	mostItems  = 32
	wholeSpace = mostItems*(5+9) + 2*ahead
)

// wholeDict reads a dict whose keys are known strings and whose values are
// numbers, truth values or known ones, as nearly all are, from behind its
// EMPTY_DICT to its SETITEMS in one go: without stack and marks, and without
// looking up keys that are written as those of the dict before. at is where it
// begins; next is 0, and nothing has happened, where it is something else.
func (d *Decoder) wholeDict(at int) (v Value, next int) {
	if d.reducer == nil || d.gaps || d.in.end-at < wholeSpace {
		return 0, 0
	}
	code := d.in.buffer[at : at+wholeSpace]
	p := 0
	memoized := code[0] == opMemoize
	if memoized {
		p = 1
	}
	if code[p] != opMark {
		return 0, 0
	}
	p++
	begin, s := p, d.last
	if s == nil {
		return d.learnDict(code, begin, at, memoized)
	}
	for i := range s.codes {
		key := &s.codes[i]
		if (binary.LittleEndian.Uint64(code[p:p+8])^key.bits)&key.mask != 0 {
			return d.learnDict(code, begin, at, memoized)
		}
		p += key.size
		step := (*[ahead]byte)(code[p : p+ahead])
		var value Value
		switch step[0] {
		case opLong1:
			size := uint(step[1])
			if size-1 > 6 {
				return 0, 0
			}
			shift := 64 - 8*size
			value = small(int64(binary.LittleEndian.Uint64(step[2:10])<<shift) >> shift)
			p += 2 + int(size)
		case opBinGet:
			number := int(step[1])
			if number >= d.memo.count {
				return 0, 0
			}
			value = d.memo.list[0][number]
			p += 2
		case opBinInt:
			value = small(int64(int32(binary.LittleEndian.Uint32(step[1:5]))))
			p += 5
		default:
			var size int
			if value, size = d.simple(step); size == 0 {
				return 0, 0
			}
			p += size
		}
		d.items[i%mostItems] = value
	}
	if code[p] != opSetItems {
		return d.learnDict(code, begin, at, memoized)
	}
	d.start = d.in.before + int64(at+p)
	r, _ := d.reduceValues(s, d.items[:len(s.codes)])
	v = r.value()
	if memoized {
		d.memoize(v)
	}
	return v, at + p + 1
}

// simple reads a value that takes one opcode; its size is 0 where it does not.
func (d *Decoder) simple(step *[ahead]byte) (v Value, size int) {
	switch step[0] {
	case opBinInt1:
		return small(int64(step[1])), 2
	case opBinInt2:
		return small(int64(binary.LittleEndian.Uint16(step[1:3]))), 3
	case opBinInt:
		return small(int64(int32(binary.LittleEndian.Uint32(step[1:5])))), 5
	case opLong1:
		n := uint(step[1])
		if n-1 > 6 {
			return 0, 0
		}
		shift := 64 - 8*n
		return small(int64(binary.LittleEndian.Uint64(step[2:10])<<shift) >> shift), 2 + int(n)
	case opBinGet, opLongBinGet:
		number, size := recalled(step)
		if number >= d.memo.count {
			return 0, 0
		}
		return *d.memo.at(number), size
	case opNone:
		return None, 1
	case opNewTrue:
		return True, 1
	case opNewFalse:
		return False, 1
	}
	return 0, 0
}

// recalled is the memo number of a BINGET or LONG_BINGET, and its size.
func recalled(step *[ahead]byte) (number, size int) {
	if step[0] == opBinGet {
		return int(step[1]), 2
	}
	return int(binary.LittleEndian.Uint32(step[1:5])), 5
}

// learnDict reads what wholeDict reads, and how its keys are written. p is where
// the keys begin.
func (d *Decoder) learnDict(code []byte, p, at int, memoized bool) (v Value, next int) {
	var codes [mostItems]keyCode
	n := 0
	for ; code[p] != opSetItems; n++ {
		step := (*[ahead]byte)(code[p : p+ahead])
		if n == mostItems || step[0] != opBinGet && step[0] != opLongBinGet {
			return 0, 0
		}
		number, size := recalled(step)
		if number >= d.memo.count {
			return 0, 0
		}
		mask := uint64(1)<<(8*size) - 1
		codes[n] = keyCode{bits: binary.LittleEndian.Uint64(step[:8]) & mask, mask: mask, size: size}
		d.pairs[2*n] = *d.memo.at(number)
		p += size
		if d.pairs[2*n+1], size = d.simple((*[ahead]byte)(code[p : p+ahead])); size == 0 {
			return 0, 0
		}
		p += size
	}
	d.start = d.in.before + int64(at+p)
	pairs := d.pairs[:2*n]
	if r, ok := d.reduce(pairs); ok {
		v = r.value()
		d.last = d.shapes[0]
		d.last.codes = append(d.last.codes[:0], codes[:n]...)
	} else {
		v = d.newThing(kindDict)
		d.extend(d.thing(v), pairs)
	}
	if memoized {
		d.memoize(v)
	}
	return v, at + p + 1
}
