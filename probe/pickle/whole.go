package pickle

import "encoding/binary"

// Bounds of a dict that wholeDict reads.
const (
	mostPairs  = 64 // keys and values
	wholeSpace = mostPairs/2*(5+9) + ahead
)

// wholeDict reads a dict whose keys are known strings and whose values are
// numbers, truth values or known ones, as nearly all are, from behind its
// EMPTY_DICT to its SETITEMS in one go: without stack and marks. at is where
// it begins; next is 0, and nothing has happened, where it is something else.
func (d *Decoder) wholeDict(at int) (v Value, next int) {
	if d.reducer == nil || d.in.end-at < wholeSpace {
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
	n := 0
	for ; n < mostPairs; n += 2 {
		step := code[p : p+ahead-1 : p+ahead-1]
		var number uint32
		switch step[0] {
		case opBinGet:
			number = uint32(step[1])
			p += 2
		case opLongBinGet:
			number = binary.LittleEndian.Uint32(step[1:5])
			p += 5
		case opSetItems:
			return d.whole(n, at+p+1, memoized)
		default:
			return 0, 0
		}
		if int(number) >= d.memo.count {
			return 0, 0
		}
		d.pairs[n] = *d.memo.at(int(number))
		step = code[p : p+ahead-1 : p+ahead-1]
		var value Value
		switch step[0] {
		case opBinGet:
			number = uint32(step[1])
			if int(number) >= d.memo.count {
				return 0, 0
			}
			value = *d.memo.at(int(number))
			p += 2
		case opLong1:
			size := uint(step[1])
			if size-1 > 6 {
				return 0, 0
			}
			shift := 64 - 8*size
			value = small(int64(binary.LittleEndian.Uint64(step[2:10])<<shift) >> shift)
			p += 2 + int(size)
		case opBinInt:
			value = small(int64(int32(binary.LittleEndian.Uint32(step[1:5]))))
			p += 5
		case opBinInt1:
			value = small(int64(step[1]))
			p += 2
		case opBinInt2:
			value = small(int64(binary.LittleEndian.Uint16(step[1:3])))
			p += 3
		case opLongBinGet:
			number = binary.LittleEndian.Uint32(step[1:5])
			if int(number) >= d.memo.count {
				return 0, 0
			}
			value = *d.memo.at(int(number))
			p += 5
		case opNone:
			value = None
			p++
		case opNewTrue:
			value = True
			p++
		case opNewFalse:
			value = False
			p++
		default:
			return 0, 0
		}
		if value == unset {
			return 0, 0
		}
		d.pairs[n+1] = value
	}
	return 0, 0
}

// whole makes the dict of the first n pairs.
func (d *Decoder) whole(n, next int, memoized bool) (Value, int) {
	d.start = d.in.before + int64(next) - 1
	var v Value
	if r, ok := d.reduce(d.pairs[:n]); ok {
		v = r.value()
	} else {
		v = d.newThing(kindDict)
		d.extend(d.thing(v), d.pairs[:n])
	}
	if memoized {
		d.memoize(v)
	}
	return v, next
}
