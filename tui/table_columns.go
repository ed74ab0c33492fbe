package tui

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
	t.widths = nil // measured anew when the rows are next set
}

func (t *table[R, K]) columnStates() []columnState {
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
