package pickle

// Value is one decoded value. It is small and means something only to the
// Decoder that made it: what does not fit into it lies in the Decoder's tables.
// Equal strings are equal Values.
type Value uint64

// The lowest bits of a Value say what the others are.
const (
	tagBits   = 3
	tagMask   = 1<<tagBits - 1
	tagInt    = 0 // a signed number of 61 bits
	tagString = 1 // a place in Decoder.strings
	tagThing  = 2 // a place in Decoder.things: a dict, a list or a tuple
	tagWide   = 3 // a place in Decoder.wide: an integer of more than 61 bits
	tagFloat  = 4 // a place in Decoder.floats
	tagOther  = 5 // one of the values below
	tagRecord = 6 // a record: its kind in the eight bits above, then its number
)

// Values that are like no other.
const (
	None  Value = iota<<tagBits | tagOther
	True        // True and False are Python's booleans.
	False       //
	Bytes       // Bytes stands for bytes and bytearrays, whose content is skipped.
)

const (
	largestInt  = 1<<(63-tagBits) - 1
	smallestInt = -1 << (63 - tagBits)
)

func ref(tag, index int) Value { return Value(index)<<tagBits | Value(tag) }
func (v Value) tag() Value     { return v & tagMask }
func (v Value) index() int     { return int(v >> tagBits) }
func small(n int64) Value      { return Value(n) << tagBits }
func (r Record) value() Value {
	return Value(r.Index)<<(tagBits+8) | Value(r.Kind)<<tagBits | tagRecord
}

func (d *Decoder) thing(v Value) *thing { return d.things.at(v.index()) }

// wide is an integer that does not fit into a Value. One of more than 64 bits
// has no size.
type wide struct {
	bits     uint64
	negative bool
	huge     bool
}

// Small returns an integer of up to 61 bits, as nearly all are; false where v is
// anything else.
func (v Value) Small() (int64, bool) { return int64(v) >> tagBits, v&tagMask == tagInt }

// Int returns an integer; false where v is none, or has more than 64 bits.
func (d *Decoder) Int(v Value) (int64, bool) {
	switch v.tag() {
	case tagInt:
		return int64(v) >> tagBits, true
	case tagWide:
		w := d.wide[v.index()]
		return int64(w.bits), !w.huge && (w.negative || int64(w.bits) >= 0)
	}
	return 0, false
}

// Uint returns an integer that is not negative, such as an address.
func (d *Decoder) Uint(v Value) (uint64, bool) {
	switch v.tag() {
	case tagInt:
		return uint64(int64(v) >> tagBits), int64(v) >= 0
	case tagWide:
		w := d.wide[v.index()]
		return w.bits, !w.huge && !w.negative
	}
	return 0, false
}

// Float returns a floating-point number or an integer.
func (d *Decoder) Float(v Value) (float64, bool) {
	if v.tag() == tagFloat {
		return d.floats[v.index()], true
	}
	n, ok := d.Int(v)
	return float64(n), ok
}

// Text returns a string, as it was written: it may hold anything.
func (d *Decoder) Text(v Value) (string, bool) {
	if v.tag() != tagString {
		return "", false
	}
	return d.strings[v.index()], true
}

// Pairs returns the keys and values of a dict, one after the other. A key may
// appear twice: the last one counts. The slice holds until the next opcode.
func (d *Decoder) Pairs(v Value) ([]Value, bool) {
	if v.tag() != tagThing {
		return nil, false
	}
	t := d.thing(v)
	return d.cellsOf(t), t.kind == kindDict
}

// Get returns the value of a key of a dict; false where there is none.
func (d *Decoder) Get(v Value, key string) (Value, bool) {
	pairs, _ := d.Pairs(v)
	for i := len(pairs) - 2; i >= 0; i -= 2 {
		if text, ok := d.Text(pairs[i]); ok && text == key {
			return pairs[i+1], true
		}
	}
	return None, false
}

// Items returns the items of a tuple, or of a list that holds something else
// than records. The slice holds until the next opcode.
func (d *Decoder) Items(v Value) ([]Value, bool) {
	if v.tag() != tagThing {
		return nil, false
	}
	t := d.thing(v)
	return d.cellsOf(t), t.kind == kindTuple || t.kind == kindList && t.records == 0
}

// Record returns what the Reducer made of a dict, or what Become made of v.
func (d *Decoder) Record(v Value) (Record, bool) {
	if v.tag() == tagRecord {
		return Record{Kind: Kind(v >> tagBits), Index: uint32(v >> (tagBits + 8))}, true
	}
	if v.tag() != tagThing {
		return Record{}, false
	}
	t := d.thing(v)
	return Record{Kind: t.records, Index: t.from}, t.kind == kindRecord
}

// Take returns the records of a list, which have numbers one after the other,
// and marks the list as taken: it must not change, or be taken twice. An empty
// list has none, of any kind.
func (d *Decoder) Take(v Value, kind Kind) (from, count uint32, ok bool) {
	if v.tag() != tagThing {
		return 0, 0, false
	}
	t := d.thing(v)
	switch {
	case t.kind == kindList && t.count == 0:
		return 0, 0, true
	case t.kind != kindList || t.records != kind || t.taken:
		return 0, 0, false
	}
	t.taken = true
	return t.from, t.count, true
}

// Become puts a record in the place of a list, wherever it is referred to.
func (d *Decoder) Become(v Value, r Record) {
	t := d.thing(v)
	d.drop(t)
	*t = thing{kind: kindRecord, records: r.Kind, from: r.Index, taken: true}
}

// Name says in words what a value is, for messages.
func (d *Decoder) Name(v Value) string {
	switch v.tag() {
	case tagInt, tagWide:
		return "a number"
	case tagString:
		return "a string"
	case tagFloat:
		return "a fraction"
	case tagThing:
		switch t := d.thing(v); t.kind {
		case kindDict:
			return "a dict"
		case kindRecord:
			if !t.taken {
				return "a dict"
			}
		case kindTuple:
			return "a tuple"
		}
		return "a list"
	case tagRecord:
		return "a dict"
	}
	switch v {
	case None:
		return "None"
	case Bytes:
		return "bytes"
	}
	return "a truth value"
}
