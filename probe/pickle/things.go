package pickle

// things are the containers. A thing's cells are a range of Decoder.cells, so
// that a million dicts are no million objects.
type thing struct {
	from    uint32 // first cell, or first record
	count   uint32 // cells, or records
	kind    uint8
	records Kind  // of a list of records, and of a record
	room    uint8 // log2 of the cells reserved; 0 = as many as count
	taken   bool  // a list that was used: it must not change any more
}

// Kinds of things.
const (
	kindDict = iota
	kindList
	kindTuple
	kindRecord
)

// Kind says what a Record is, in the words of the Reducer; 0 is none.
type Kind uint8

// Shareable is the bit of a Kind whose records may stand in several lists, or
// several times in one. Other records stand in one list, in the order of their
// numbers.
const Shareable Kind = 1 << 7

// Record is what a Reducer keeps of a dict.
type Record struct {
	Kind  Kind
	Index uint32
}

// Reducer takes the dicts out of a Decoder while it reads, so that it need not
// keep them.
type Reducer interface {
	// Shape is called for a sequence of keys that was not seen lately. It
	// returns how Reduce will know it; 0 for dicts that are to stay dicts.
	Shape(keys []Value) int
	// Reduce is called for a dict that has got its items, with the values of
	// the keys of a shape. The slice holds for the call.
	Reduce(shape int, values []Value) (Record, error)
}

// chunkBits is the log2 of the items of a chunk.
const chunkBits = 12

// chunks are a growing table whose items never move.
type chunks[T any] struct {
	list  [][]T
	count int
}

func (c *chunks[T]) at(i int) *T { return &c.list[i>>chunkBits][i&(1<<chunkBits-1)] }

// add appends an item; the table's memory grew by grown items.
func (c *chunks[T]) add(item T) (grown int) {
	at := c.count & (1<<chunkBits - 1)
	if at == 0 && c.count>>chunkBits == len(c.list) {
		c.list = append(c.list, make([]T, 1<<chunkBits))
		grown = 1 << chunkBits
	}
	c.list[c.count>>chunkBits][at] = item
	c.count++
	return grown
}

func (d *Decoder) cellsOf(t *thing) []Value {
	if t.kind == kindRecord || t.records != 0 {
		return nil
	}
	return d.cells[t.from : t.from+t.count : t.from+t.count]
}

// newThing makes an empty container.
func (d *Decoder) newThing(kind uint8) Value {
	if grown := d.things.add(thing{kind: kind}); grown > 0 {
		d.spend(grown * sizeOfThing)
	}
	return ref(tagThing, d.things.count-1)
}

// extend adds cells to a container. Cells at the end of all grow in place;
// others move there, with room for twice as many, so that growing stays linear.
func (d *Decoder) extend(t *thing, more []Value) {
	end, size := int(t.from+t.count), len(d.cells)
	reserved := end
	if t.room > 0 {
		reserved = int(t.from) + 1<<t.room
	}
	need := int(t.count) + len(more)
	switch {
	case t.count == 0 && t.room == 0:
		t.from = uint32(size)
		d.push(more)
	case reserved == size && t.room == 0: // last of all, exact
		d.push(more)
	case end+len(more) <= reserved:
		copy(d.cells[end:], more)
	default:
		room := uint8(1)
		for 1<<room < 2*need {
			room++
		}
		old := d.cells[t.from : t.from+t.count]
		t.from, t.room = uint32(size), room
		d.push(old)
		d.push(more)
		d.push(make([]Value, 1<<room-need))
	}
	t.count = uint32(need)
}

func (d *Decoder) push(more []Value) {
	before := cap(d.cells)
	d.cells = append(d.cells, more...)
	if grown := cap(d.cells) - before; grown > 0 {
		d.spend(grown * sizeOfValue)
	}
	if len(d.cells) > maxCells {
		d.fail("needs too much memory")
	}
}

// drop gives the cells of a container back where they are the last of all.
func (d *Decoder) drop(t *thing) {
	if t.room == 0 && t.records == 0 && t.kind != kindRecord && int(t.from+t.count) == len(d.cells) {
		d.cells = d.cells[:t.from]
	}
}

// appendTo adds items to a list, and has the dicts among them reduced.
func (d *Decoder) appendTo(list Value, items []Value) {
	if list.tag() != tagThing || d.thing(list).kind != kindList {
		d.fail("appends to " + d.Name(list))
		return
	}
	l := d.thing(list)
	if l.taken {
		d.fail("a list changes after it was used")
		return
	}
	run := 0 // records that follow each other
	if l.count == 0 && len(items) > 0 && items[0].tag() == tagRecord && Kind(items[0]>>tagBits)&Shareable == 0 {
		for run < len(items) && items[run] == items[0]+Value(run)<<(tagBits+8) {
			run++
		}
		r, _ := d.Record(items[0])
		l.records, l.from, l.count = r.Kind, r.Index, uint32(run)
	}
	for i := run; i < len(items); i++ {
		item := items[i]
		if item.tag() == tagThing {
			d.reduceLate(item)
		}
		r, ok := d.Record(item)
		switch {
		case ok && r.Kind&Shareable == 0 && l.count == 0:
			l.records, l.from, l.count = r.Kind, r.Index, 1
		case ok && l.records == r.Kind && l.from+l.count == r.Index:
			l.count++
		case ok && r.Kind&Shareable == 0, l.records != 0:
			d.fail("a list holds the same dict twice, or dicts of different kinds")
			return
		default:
			d.extend(l, items[i:i+1])
		}
	}
}

// reduceLate makes a record of a dict that got its items one by one.
func (d *Decoder) reduceLate(dict Value) {
	t := d.thing(dict)
	if t.kind != kindDict {
		return
	}
	if r, ok := d.reduce(d.cellsOf(t)); ok {
		d.drop(t)
		*t = thing{kind: kindRecord, records: r.Kind, from: r.Index}
	}
}

// setItems adds pairs to a dict. One that gets all of its items at once becomes
// a record at that moment, without ever being stored.
func (d *Decoder) setItems(dict Value, pairs []Value, atOnce bool) {
	if len(pairs)%2 != 0 {
		d.fail("a key without a value")
		return
	}
	if r, ok := d.Record(dict); ok && r.Kind != 0 {
		d.fail("a dict changes after it is complete")
		return
	}
	if dict.tag() != tagThing || d.thing(dict).kind != kindDict {
		d.fail("sets an item of " + d.Name(dict))
		return
	}
	t := d.thing(dict)
	if atOnce && t.count == 0 {
		if r, ok := d.reduce(pairs); ok {
			*t = thing{kind: kindRecord, records: r.Kind, from: r.Index}
			return
		}
	}
	d.extend(t, pairs)
}

// tuple makes a tuple. Equal ones that follow each other closely are the same:
// most are pool ids.
func (d *Decoder) tuple(items []Value) Value {
	hash := uint64(len(items))
	for _, item := range items {
		hash = (hash ^ uint64(item)) * 0x9e3779b97f4a7c15
	}
	slot := &d.recent[hash>>(64-recentBits)]
	if *slot != 0 && equal(d.cellsOf(d.thing(*slot)), items) {
		return *slot
	}
	v := d.newThing(kindTuple)
	d.extend(d.thing(v), items)
	*slot = v
	return v
}

func equal(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
