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
	s, size := d.last, 0
	if s != nil {
		size = d.itemsOf(s, code[p:])
	}
	if size == 0 {
		if s = d.learn(code[p:]); s == nil {
			return 0, 0
		}
		if size = d.itemsOf(s, code[p:]); size == 0 {
			return 0, 0
		}
	}
	next = at + p + size
	if s.id == 0 {
		v = d.plainDict(s)
	} else {
		r, ok := d.reduceValues(s, d.items[:len(s.codes)])
		if !ok {
			d.start = d.in.before + int64(next) - 1
		}
		v = r.value()
	}
	if memoized {
		d.memoize(v)
	}
	return v, next
}

// plainDict makes a dict that is to stay one of d.items.
func (d *Decoder) plainDict(s *shape) Value {
	v := d.newThing(kindDict)
	t := d.thing(v)
	for i, key := range s.keys {
		d.extend(t, []Value{key, d.items[i]})
	}
	return v
}

// itemsOf reads the values of a dict with the keys of a shape into d.items. It
// guesses that keys and opcodes are those of the last time, so that it knows
// where the next one begins before it has read the last. size is that of the
// code with SETITEMS, 0 where the code is something else.
func (d *Decoder) itemsOf(s *shape, code []byte) (size int) {
	p := 0
	for i := range s.codes {
		item := &s.codes[i]
		if (binary.LittleEndian.Uint64(code[p:p+8])^item.bits)&item.mask != 0 {
			item = &s.others[i]
			if (binary.LittleEndian.Uint64(code[p:p+8])^item.bits)&item.mask != 0 && !s.another(i, code[p:]) {
				return 0
			}
		}
		argument := binary.LittleEndian.Uint64(code[p+item.argument:p+item.argument+8]) & item.bytes
		p += item.size
		var value Value
		switch item.class {
		case number:
			value = small(int64(argument^item.sign) - int64(item.sign))
		case recall:
			if argument >= uint64(d.memo.count) {
				return 0
			}
			value = *d.memo.at(int(argument))
		default:
			value = item.value
		}
		d.items[i%mostItems] = value
	}
	if code[p] != opSetItems {
		return 0
	}
	return p + 1
}

// another finds out how an item is written whose key is the guessed one and
// whose value is not, and makes that the second guess; false where its key is
// not, either.
func (s *shape) another(i int, code []byte) bool {
	guessed := &s.codes[i]
	if (binary.LittleEndian.Uint64(code[:8])^guessed.bits)&(1<<(8*guessed.key)-1) != 0 {
		return false
	}
	found, ok := itemCodeOf(code, guessed.key)
	if ok {
		s.others[i] = found
	}
	return ok
}

// learn finds the shape of a dict whose keys are all recalled from the memo and
// whose values are simple, and how it is written; nil where the code is
// something else, or begins as the last one that was.
func (d *Decoder) learn(code []byte) *shape {
	begin := binary.LittleEndian.Uint64(code[:8]) & (1<<16 - 1) // of the first key
	if begin == d.complex {
		return nil
	}
	d.complex = begin // until it has turned out otherwise
	var codes [mostItems]itemCode
	p, n := 0, 0
	for ; code[p] != opSetItems; n++ {
		key := simples[code[p]]
		argument := binary.LittleEndian.Uint64(code[p+1:p+9]) & (1<<(8*key.size) - 1)
		if n == mostItems || key.class != recall || argument >= uint64(d.memo.count) {
			return nil
		}
		d.pairs[2*n] = *d.memo.at(int(argument))
		var ok bool
		if codes[n], ok = itemCodeOf(code[p:], 1+key.size); !ok {
			return nil
		}
		p += codes[n].size
	}
	if n == 0 {
		return nil
	}
	d.complex = 0
	d.last = d.shapeOf(d.pairs[:2*n])
	d.last.codes = append(d.last.codes[:0], codes[:n]...)
	d.last.others = append(d.last.others[:0], codes[:n]...)
	return d.last
}
