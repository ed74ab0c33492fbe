package pickle

// shape is a sequence of keys. Millions of dicts have few: what is learnt of
// one dict serves for all of the same shape.
type shape struct {
	keys []Value
	id   int // the Reducer's
	// How such dicts are written, as a first guess; empty where their keys are not all recalled
	// from the memo, or their values are not simple.
	codes  []itemCode
	others []itemCode // a second guess for each
}

// mostShapes bounds how many shapes are kept.
const mostShapes = 32

// shapeOf finds the shape of a dict, the one used last first.
func (d *Decoder) shapeOf(pairs []Value) *shape {
	for i, s := range d.shapes {
		if s.matches(pairs) {
			copy(d.shapes[1:i+1], d.shapes[:i])
			d.shapes[0] = s
			return s
		}
	}
	s := &shape{keys: make([]Value, len(pairs)/2)}
	for i := range s.keys {
		s.keys[i] = pairs[2*i]
	}
	s.id = d.reducer.Shape(s.keys)
	if len(d.shapes) < mostShapes {
		d.shapes = append(d.shapes, nil)
	}
	copy(d.shapes[1:], d.shapes)
	d.shapes[0] = s
	return s
}

func (s *shape) matches(pairs []Value) bool {
	if len(pairs) != 2*len(s.keys) {
		return false
	}
	for i, key := range s.keys {
		if pairs[2*i] != key {
			return false
		}
	}
	return true
}

// reduce has the Reducer make a record of a dict.
func (d *Decoder) reduce(pairs []Value) (Record, bool) {
	if d.reducer == nil || len(pairs) == 0 {
		return Record{}, false
	}
	s := d.shapeOf(pairs)
	if s.id == 0 {
		return Record{}, false
	}
	d.values = d.values[:0]
	for i := 1; i < len(pairs); i += 2 {
		d.values = append(d.values, pairs[i])
	}
	return d.reduceValues(s, d.values)
}

func (d *Decoder) reduceValues(s *shape, values []Value) (Record, bool) {
	r, err := d.reducer.Reduce(s.id, values)
	if err != nil {
		d.fail(err.Error())
	}
	return r, r.Kind != 0 && err == nil
}
