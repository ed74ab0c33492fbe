package query

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Key is a sort order.
type Key struct {
	Name string
	Help string // what the figure is, in a few words
}

// Keys are all sort orders.
func Keys() []Key {
	var keys []Key
	for _, f := range fields {
		if f.key {
			keys = append(keys, Key{Name: f.name, Help: f.help})
		}
	}
	return keys
}

// HasKey tells whether a sort order of that name exists.
func HasKey(name string) bool {
	f, ok := fieldNamed(name)
	return ok && f.key
}

// value is what a row is sorted by; index is where the row was.
type value struct {
	known  bool
	number float64
	word   string
	index  int
}

// Sort orders rows by a key: figures from large to small, words and numbers
// that only name something (pid, gpu) from small to large; reverse turns that
// round. What is unknown comes last either way; equals keep their order. An
// unknown key changes nothing. The snapshot tells the indices of GPUs.
func Sort(rows []fragcalc.Process, key string, reverse bool, snapshot *fragcalc.Snapshot) {
	f, ok := fieldNamed(key)
	if !ok {
		return
	}
	order := make([]value, len(rows))
	for i := range rows {
		order[i] = f.value(&rows[i], snapshot)
		order[i].index = i
	}
	ascending := f.kind == word || key == "pid" || key == "gpu" || key == "rank"
	slices.SortStableFunc(order, func(a, b value) int {
		switch {
		case a.known && b.known:
			c := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.word, b.word))
			if ascending == reverse {
				c = -c
			}
			return c
		case a.known:
			return -1
		case b.known:
			return 1
		}
		return 0
	})
	sorted := make([]fragcalc.Process, len(rows))
	for i, row := range order {
		sorted[i] = rows[row.index]
	}
	copy(rows, sorted)
}

func (f *field) value(p *fragcalc.Process, s *fragcalc.Snapshot) (v value) {
	if f.kind == word {
		v.word = f.word(p)
		v.known = v.word != ""
	} else {
		v.number, v.known = f.number(p, s)
	}
	return v
}
