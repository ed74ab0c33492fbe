package tui

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
)

// listing is a table, whatever its rows are: what is sorted, filtered and has
// its columns chosen. *table is the one implementation.
type listing interface {
	// about is what the table is called, and one of its rows.
	about() (name, row string)
	hint() string // what a filter of it may be
	orders() []query.Key
	ordered() sortOrder
	usual() sortOrder // the order of a list that nobody has sorted
	sortBy(sortOrder)
	// beside is the sort order of the nearest column to one side that has one.
	beside(by int) string
	filtered() string // the text of the filter; empty shows all
	// filterBy sets a filter; a text that is none leaves the filter as it is.
	filterBy(text string) error
	stays() bool // the cursor stays on its line when the order changes
	setStays(bool)
	cycle(by int) // selects a row further on, from the last on to the first
	columnStates() []columnState
	chooseColumn(key string, choice columnChoice)
	moveColumn(key string, by int)
	resetColumns()
	columnSettings() []string
	setColumns([]string) (unknown []string)
}

// arrange is the rows that pass the filter, in the table's order.
func (t *table[R, K]) arrange(rows []R) []R {
	if t.filter != "" {
		passing := make([]R, 0, len(rows))
		for i := range rows {
			if t.passes.Match(&rows[i]) {
				passing = append(passing, rows[i])
			}
		}
		rows = passing
	}
	if t.order.key != "" && t.order != (sortOrder{key: t.natural}) {
		t.language().Sort(rows, t.order.key, t.order.reverse)
	}
	return rows
}

// language are the fields that the table is filtered and sorted by: those of
// its columns, unless it was given others.
func (t *table[R, K]) language() *query.Fields[R] {
	if t.fields == nil {
		var fields []query.Field[R]
		for i := range t.columns {
			if c := &t.columns[i]; c.key != "" && c.by.Comparable() {
				fields = append(fields, query.Field[R]{Name: c.key, Help: c.help, Key: true, Value: c.by})
			}
		}
		t.fields = query.NewFields(append(fields, t.more...), t.words)
	}
	return t.fields
}

func (t *table[R, K]) about() (name, row string) { return t.name, t.one }

func (t *table[R, K]) hint() string {
	const named = 4
	keys := t.orders()
	if t.example != "" || len(keys) == 0 {
		return t.example
	}
	return "a text, or a comparison of " + keyList(keys[:min(len(keys), named)])
}

func (t *table[R, K]) orders() []query.Key { return t.language().Keys() }

func (t *table[R, K]) ordered() sortOrder { return t.order }

func (t *table[R, K]) usual() sortOrder { return sortOrder{key: t.natural} }

func (t *table[R, K]) sortBy(order sortOrder) { t.order = order }

func (t *table[R, K]) beside(by int) string {
	var keys []string
	at := -1
	for _, c := range t.columns {
		for _, key := range [...]string{c.key, c.also} {
			if key == "" || !t.language().HasKey(key) {
				continue
			}
			if key == t.order.key {
				at = len(keys)
			}
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 0:
		return t.order.key
	case at < 0:
		return keys[0]
	}
	return keys[(at+by+len(keys))%len(keys)]
}

func (t *table[R, K]) stays() bool { return t.fixed }

func (t *table[R, K]) setStays(stays bool) { t.fixed = stays }

func (t *table[R, K]) filtered() string { return t.filter }

func (t *table[R, K]) filterBy(text string) error {
	passes, err := t.language().Parse(text)
	if err != nil {
		return err
	}
	t.filter, t.passes = text, passes
	return nil
}

func (t *table[R, K]) cycle(by int) {
	if n := len(t.rows); n > 0 {
		t.moveTo(((t.index+by)%n + n) % n)
	}
}

// keyList names sort orders.
func keyList(keys []query.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return strings.Join(names, ", ")
}
