package table

import (
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
)

// ColumnChoice is what the user wants of a column.
type ColumnChoice uint8

const (
	ColumnAuto   ColumnChoice = iota // shown as far as there is room
	ColumnAlways                     // shown before those that are not
	ColumnNever
)

// ColumnState is a column as the chooser of columns shows it.
type ColumnState struct {
	Key, Title, Help string
	choice           ColumnChoice
	Shown            bool // when the table was last drawn
	empty            bool // no row has anything in it
}

// choice is what the user wants of a column.
func (t *Table[R, K]) choice(c *Column[R]) ColumnChoice { return t.choices[c.Key] }

func (t *Table[R, K]) ChooseColumn(key string, choice ColumnChoice) {
	if t.choices == nil {
		t.choices = map[string]ColumnChoice{}
	}
	t.choices[key] = choice
	if choice == ColumnAuto {
		delete(t.choices, key)
	}
	t.unmeasured() // until it is drawn again
}

// unmeasured has the columns measured anew.
func (t *Table[R, K]) unmeasured() {
	t.widths, t.drawn = nil, nil
	t.Anew()
}

// MoveColumn moves a column past the one beside it that can be moved.
func (t *Table[R, K]) MoveColumn(key string, by int) {
	at := t.columnNamed(key)
	to := at + by
	if at < 0 || to < 0 || to >= len(t.Columns) || t.Columns[to].Key == "" {
		return
	}
	t.own()
	t.Columns[at], t.Columns[to] = t.Columns[to], t.Columns[at]
	t.unmeasured()
}

func (t *Table[R, K]) columnNamed(key string) int {
	return slices.IndexFunc(t.Columns, func(c Column[R]) bool { return c.Key == key })
}

// own keeps the order that the columns had at first.
func (t *Table[R, K]) own() {
	if t.registry == nil {
		t.registry = slices.Clone(t.Columns)
	}
}

func (t *Table[R, K]) ResetColumns() {
	t.choices = nil
	if t.registry != nil {
		t.Columns = slices.Clone(t.registry)
	}
	t.unmeasured()
}

// Signs before a column's key in settings.
const (
	signAlways = "+"
	signNever  = "-"
)

// ColumnSettings are the choices as settings hold them: only what was chosen,
// or, where columns were moved, all keys in their order.
func (t *Table[R, K]) ColumnSettings() []string {
	moved := t.registry != nil && !slices.EqualFunc(t.registry, t.Columns, func(a, b Column[R]) bool { return a.Key == b.Key })
	var words []string
	for i := range t.Columns {
		switch c := &t.Columns[i]; {
		case c.Key == "":
		case t.choice(c) == ColumnAlways:
			words = append(words, signAlways+c.Key)
		case t.choice(c) == ColumnNever:
			words = append(words, signNever+c.Key)
		case moved:
			words = append(words, c.Key)
		}
	}
	return words
}

// SetColumns takes columnSettings back. Keys that it does not know, as of
// another version, or has had, mean nothing; it returns them.
func (t *Table[R, K]) SetColumns(words []string) (unknown []string) {
	t.ResetColumns()
	t.own()
	var order []Column[R]
	ordered := false
	for _, word := range words {
		key := strings.TrimLeft(word, signAlways+signNever)
		at := t.columnNamed(key)
		if at < 0 || key == "" || slices.ContainsFunc(order, func(c Column[R]) bool { return c.Key == key }) {
			unknown = append(unknown, word)
			continue
		}
		switch {
		case strings.HasPrefix(word, signAlways):
			t.ChooseColumn(key, ColumnAlways)
		case strings.HasPrefix(word, signNever):
			t.ChooseColumn(key, ColumnNever)
		default:
			ordered = true
		}
		order = append(order, t.Columns[at])
	}
	if !ordered {
		return unknown
	}
	for i := range t.Columns { // what is not named comes behind
		if !slices.ContainsFunc(order, func(c Column[R]) bool { return c.Key != "" && c.Key == t.Columns[i].Key }) {
			order = append(order, t.Columns[i])
		}
	}
	t.Columns = order
	return unknown
}

func (t *Table[R, K]) ColumnStates() []ColumnState {
	if t.drawn == nil && t.look != nil { // a change that has not been drawn yet
		t.measure(t.look)
		t.drawn, _ = t.chosen(t.width)
	}
	orders := t.Orders()
	states := make([]ColumnState, 0, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Key == "" {
			continue
		}
		states = append(states, ColumnState{Key: c.Key, Title: c.Title, Help: c.helpAmong(orders), choice: t.choice(c),
			Shown: slices.Contains(t.drawn, i), empty: c.Optional && i < len(t.widths) && t.widths[i] == 0})
	}
	return states
}

// helpAmong is what a column shows: its own words, or those of its sort order.
func (c *Column[R]) helpAmong(orders []query.Key) string {
	if c.Help != "" {
		return c.Help
	}
	for _, key := range orders {
		if key.Name == c.Key {
			return key.Help
		}
	}
	return ""
}

// Why says why a column is shown, or why not.
func (c *ColumnState) Why() string {
	switch {
	case c.choice == ColumnNever:
		return "left out"
	case c.choice == ColumnAlways && c.Shown:
		return "chosen"
	case c.Shown:
		return "there is room"
	case c.empty:
		return "nothing in it"
	default:
		return "no room"
	}
}

// Toggled is what Space makes of a column: one that is seen goes, one that is
// not comes, and what was chosen is taken back first.
func (c *ColumnState) Toggled() ColumnChoice {
	switch {
	case c.choice != ColumnAuto:
		return ColumnAuto
	case c.Shown:
		return ColumnNever
	default:
		return ColumnAlways
	}
}
