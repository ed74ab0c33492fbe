package query

import "slices"

// Key is a sort order.
type Key struct {
	Name string
	Help string // what the figure is, in a few words
}

// Keys are all sort orders.
func (f *Fields[R]) Keys() []Key {
	var keys []Key
	for i := range f.fields {
		if f.fields[i].Key {
			keys = append(keys, Key{Name: f.fields[i].Name, Help: f.fields[i].Help})
		}
	}
	return keys
}

// HasKey tells whether a sort order of that name exists.
func (f *Fields[R]) HasKey(name string) bool {
	field, ok := f.named(name)
	return ok && field.Key
}

// Rising tells whether the order of a key begins with the smallest: see Sort.
func (f *Fields[R]) Rising(key string) bool {
	field, ok := f.named(key)
	return ok && (field.kind == word || field.names)
}

// Sort orders rows by a key: figures from large to small, words and numbers
// that only name something (pid, gpu) from small to large; reverse turns that
// round. What is unknown comes last either way; equals keep their order. An
// unknown key changes nothing.
func (f *Fields[R]) Sort(rows []R, key string, reverse bool) {
	field, ok := f.named(key)
	if !ok {
		return
	}
	order := make([]compared, len(rows))
	for i := range rows {
		order[i] = field.of(&rows[i])
		order[i].index = i
	}
	ascending := f.Rising(key)
	slices.SortStableFunc(order, func(a, b compared) int {
		switch {
		case a.known && b.known:
			c := a.compare(b)
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
	sorted := make([]R, len(rows))
	for i, row := range order {
		sorted[i] = rows[row.index]
	}
	copy(rows, sorted)
}
