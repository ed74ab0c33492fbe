package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Key is a sort order.
type Key struct {
	Name string
	Help string // what the figure is, in a few words
}

// Keys are all sort orders.
func Keys() []Key {
	keys := make([]Key, len(fields))
	for i, f := range fields {
		keys[i] = Key{Name: f.name, Help: f.help}
	}
	return keys
}

// HasKey tells whether a sort order of that name exists.
func HasKey(name string) bool {
	_, ok := fieldNamed(name)
	return ok
}

// Sort orders rows by a key: figures from large to small, words and numbers
// that only name something (pid, gpu) from small to large; reverse turns that
// round. Unknown figures come last either way; equals keep their order. An
// unknown key changes nothing.
func Sort(rows []fragcalc.Process, key string, reverse bool, snapshot *fragcalc.Snapshot) {
	f, ok := fieldNamed(key)
	if !ok {
		return
	}
	if f.word != nil {
		slices.SortStableFunc(rows, func(a, b fragcalc.Process) int {
			return directed(strings.Compare(f.word(&a), f.word(&b)), reverse)
		})
		return
	}
	ascending := key == "pid" || key == "gpu"
	slices.SortStableFunc(rows, func(a, b fragcalc.Process) int {
		x, knownX := f.number(&a, snapshot)
		y, knownY := f.number(&b, snapshot)
		switch {
		case !knownX && !knownY:
			return 0
		case !knownX:
			return 1
		case !knownY:
			return -1
		}
		return directed(cmp.Compare(x, y), reverse == ascending)
	})
}

func directed(order int, reverse bool) int {
	if reverse {
		return -order
	}
	return order
}
