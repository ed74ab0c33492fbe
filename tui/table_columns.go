package tui

import (
	"slices"
	"strings"
)

// columnChoice is what the user wants of a column.
type columnChoice uint8

const (
	columnAuto   columnChoice = iota // shown as far as there is room
	columnAlways                     // shown before those that are not
	columnNever
)

// columnState is a column as the chooser of columns shows it.
type columnState struct {
	key, title, help string
	choice           columnChoice
	shown            bool // when the table was last drawn
	empty            bool // no row has anything in it
}

// choice is what the user wants of a column.
func (t *table[R, K]) choice(c *column[R]) columnChoice { return t.choices[c.key] }

func (t *table[R, K]) chooseColumn(key string, choice columnChoice) {
	if t.choices == nil {
		t.choices = map[string]columnChoice{}
	}
	t.choices[key] = choice
	if choice == columnAuto {
		delete(t.choices, key)
	}
	t.widths, t.drawn = nil, nil // until it is drawn again
}

// moveColumn moves a column past the one beside it that can be moved.
func (t *table[R, K]) moveColumn(key string, by int) {
	at := t.columnNamed(key)
	to := at + by
	if at < 0 || to < 0 || to >= len(t.columns) || t.columns[to].key == "" {
		return
	}
	t.own()
	t.columns[at], t.columns[to] = t.columns[to], t.columns[at]
	t.widths, t.drawn = nil, nil
}

func (t *table[R, K]) columnNamed(key string) int {
	return slices.IndexFunc(t.columns, func(c column[R]) bool { return c.key == key })
}

// own keeps the order that the columns had at first.
func (t *table[R, K]) own() {
	if t.registry == nil {
		t.registry = slices.Clone(t.columns)
	}
}

func (t *table[R, K]) resetColumns() {
	t.choices = nil
	if t.registry != nil {
		t.columns = slices.Clone(t.registry)
	}
	t.widths, t.drawn = nil, nil
}

// Signs before a column's key in settings.
const (
	signAlways = "+"
	signNever  = "-"
)

// columnSettings are the choices as settings hold them: only what was chosen,
// or, where columns were moved, all keys in their order.
func (t *table[R, K]) columnSettings() []string {
	moved := t.registry != nil && !slices.EqualFunc(t.registry, t.columns, func(a, b column[R]) bool { return a.key == b.key })
	var words []string
	for i := range t.columns {
		switch c := &t.columns[i]; {
		case c.key == "":
		case t.choice(c) == columnAlways:
			words = append(words, signAlways+c.key)
		case t.choice(c) == columnNever:
			words = append(words, signNever+c.key)
		case moved:
			words = append(words, c.key)
		}
	}
	return words
}

// setColumns takes columnSettings back. Keys that it does not know, as of
// another version, or has had, mean nothing; it returns them.
func (t *table[R, K]) setColumns(words []string) (unknown []string) {
	t.resetColumns()
	t.own()
	var order []column[R]
	ordered := false
	for _, word := range words {
		key := strings.TrimLeft(word, signAlways+signNever)
		at := t.columnNamed(key)
		if at < 0 || key == "" || slices.ContainsFunc(order, func(c column[R]) bool { return c.key == key }) {
			unknown = append(unknown, word)
			continue
		}
		switch {
		case strings.HasPrefix(word, signAlways):
			t.chooseColumn(key, columnAlways)
		case strings.HasPrefix(word, signNever):
			t.chooseColumn(key, columnNever)
		default:
			ordered = true
		}
		order = append(order, t.columns[at])
	}
	if !ordered {
		return unknown
	}
	for i := range t.columns { // what is not named comes behind
		if !slices.ContainsFunc(order, func(c column[R]) bool { return c.key != "" && c.key == t.columns[i].key }) {
			order = append(order, t.columns[i])
		}
	}
	t.columns = order
	return unknown
}

func (t *table[R, K]) columnStates() []columnState {
	if t.drawn == nil && t.look != nil { // a change that has not been drawn yet
		t.measure(t.look)
		t.drawn, _ = t.chosen(t.width)
	}
	drawn := map[int]bool{}
	for _, i := range t.drawn {
		drawn[i] = true
	}
	var states []columnState
	for i := range t.columns {
		c := &t.columns[i]
		if c.key == "" {
			continue
		}
		states = append(states, columnState{key: c.key, title: c.title, help: t.columnHelp(c), choice: t.choice(c),
			shown: drawn[i], empty: c.optional && i < len(t.widths) && t.widths[i] == 0})
	}
	return states
}

// columnHelp is what a column shows: its own words, or those of its sort order.
func (t *table[R, K]) columnHelp(c *column[R]) string {
	if c.help != "" {
		return c.help
	}
	for _, key := range t.orders() {
		if key.Name == c.key {
			return key.Help
		}
	}
	return ""
}

// why says why a column is shown, or why not.
func (c *columnState) why() string {
	switch {
	case c.choice == columnNever:
		return "left out"
	case c.choice == columnAlways && c.shown:
		return "chosen"
	case c.shown:
		return "there is room"
	case c.empty:
		return "nothing in it"
	default:
		return "no room"
	}
}

// toggled is what Space makes of a column: one that is seen goes, one that is
// not comes, and what was chosen is taken back first.
func (c *columnState) toggled() columnChoice {
	switch {
	case c.choice != columnAuto:
		return columnAuto
	case c.shown:
		return columnNever
	default:
		return columnAlways
	}
}
