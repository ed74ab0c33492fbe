package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// Choices are what a user has chosen on the screen, as settings keep them. What
// is empty is as the program has it.
type Choices struct {
	Theme string `toml:"theme,omitempty"`
	Units string `toml:"units,omitempty"` // of sizes: GiB, MiB or bytes
	// Cursor is "line" where it stays on its line when the order changes, and
	// "row" or empty where it follows its row.
	Cursor  string            `toml:"cursor,omitempty"`
	History string            `toml:"history,omitempty"` // how far back charts look: 1 min to 1 h
	Map     string            `toml:"map,omitempty"`     // order of segments in maps: address, size or stranded
	Tree    bool              `toml:"tree,omitempty"`    // processes below their jobs
	Sort    map[string]string `toml:"sort,omitempty"`    // of lists by name; a - before the key reverses it
	// Columns of lists by name: +key is always shown, -key never; keys without a
	// sign give the order.
	Columns map[string][]string `toml:"columns,omitempty"`
}

// ErrChoices is the error of choices that are none; what wraps it is one line
// that names them and what would be right.
var ErrChoices = errors.New("settings, [view]")

// Settings keep choices for the next time. It tells the path of their file; an
// error is one line that names it.
type Settings interface {
	Save(ctx context.Context, c Choices) (path string, err error)
}

// mapOrders are the orders of maps in settings.
var mapOrders = [...]string{blockmap.ByAddress: "address", blockmap.BySize: "size", blockmap.ByStranded: "stranded"}

// Values of Choices.Cursor.
const (
	cursorRow  = "row"
	cursorLine = "line"
)

// reversed stands before a sort key that is reversed.
const reversed = "-"

// choices are those made on the screen. The theme and the order of the processes
// are always told, since options may say them too.
func (a *app) choices() Choices {
	c := Choices{Sort: map[string]string{}, Columns: map[string][]string{}}
	c.Theme = a.options.Theme.Name
	if u := a.world.look.Unit; u != draw.UnitAuto {
		c.Units = u.String()
	}
	if window := a.world.window; window != history.DefaultWindow {
		c.History = spanWords(window.Span())
	}
	if order := a.views.memoryMap().Order(); order != blockmap.ByAddress {
		c.Map = mapOrders[order]
	}
	c.Tree = a.views.node().tree.on
	for _, list := range a.views.lists() {
		name, _ := list.About()
		if order := list.Ordered(); order != list.Usual() {
			c.Sort[name] = orderSetting(order)
		}
		if columns := list.ColumnSettings(); len(columns) > 0 {
			c.Columns[name] = columns
		}
		if list.Stays() {
			c.Cursor = cursorLine
		}
	}
	return c
}

// orderSetting writes an order as settings keep it.
func orderSetting(o table.SortOrder) string {
	if o.Reverse {
		return reversed + o.Key
	}
	return o.Key
}

// choose makes the screen what settings say. The error names what is wrong there
// and what would be right.
func (a *app) choose(c Choices) error {
	if c.Units != "" {
		u := draw.UnitGiB
		for u < draw.UnitCount && !strings.EqualFold(u.String(), c.Units) {
			u++
		}
		if u == draw.UnitCount {
			return fmt.Errorf("units = %q: there are GiB, MiB and bytes", c.Units)
		}
		a.world.look.Unit = u
	}
	if c.History != "" {
		window, err := windowNamed(c.History)
		if err != nil {
			return fmt.Errorf("history = %q: %w", c.History, err)
		}
		a.world.window = window
	}
	if c.Map != "" {
		order := slices.Index(mapOrders[:], c.Map)
		if order < 0 {
			return fmt.Errorf("map = %q: there are %s", c.Map, strings.Join(mapOrders[:], ", "))
		}
		a.views.memoryMap().Arrange(blockmap.Order(order))
	}
	switch c.Cursor {
	case "", cursorRow, cursorLine:
		a.stay(c.Cursor == cursorLine)
	default:
		return fmt.Errorf("cursor = %q: there are %s and %s", c.Cursor, cursorRow, cursorLine)
	}
	if node := a.views.node(); c.Tree != node.tree.on {
		node.tree.toggle()
	}
	for name, word := range c.Sort {
		list, err := a.listNamed(name)
		if err != nil {
			return fmt.Errorf("sort: %w", err)
		}
		key, reverse := strings.CutPrefix(word, reversed)
		if !slices.ContainsFunc(list.Orders(), func(k query.Key) bool { return k.Name == key }) {
			return fmt.Errorf("sort: %s = %q: sort by one of %s", name, word, table.KeyList(list.Orders()))
		}
		list.SortBy(table.SortOrder{Key: key, Reverse: reverse})
	}
	for name, words := range c.Columns {
		list, err := a.listNamed(name)
		if err != nil {
			return fmt.Errorf("columns: %w", err)
		}
		if unknown := list.SetColumns(words); len(unknown) > 0 {
			return fmt.Errorf("columns: %s: %q is no column of it, or stands there twice", name, unknown[0])
		}
	}
	return nil
}

// windowNamed is a window by the length that the screen shows.
func windowNamed(name string) (history.Window, error) {
	var names []string
	for w := history.Window(0); w <= history.Longest; w++ {
		if spanWords(w.Span()) == name {
			return w, nil
		}
		names = append(names, spanWords(w.Span()))
	}
	return 0, fmt.Errorf("there are %s", strings.Join(names, ", "))
}

func (a *app) listNamed(name string) (table.Listing, error) {
	var names []string
	for _, list := range a.views.lists() {
		called, _ := list.About()
		if called == name {
			return list, nil
		}
		names = append(names, called)
	}
	return nil, fmt.Errorf("%s is no list: there are %s", name, strings.Join(names, ", "))
}

// savedMsg says what became of choices that were to be saved.
type savedMsg struct {
	path string
	err  error
}

// saveChoices saves what has been chosen.
func (a *app) saveChoices() tea.Cmd {
	if a.options.Settings == nil {
		a.status.warn("not saved: there is no settings file here")
		return nil
	}
	ctx, settings, choices := a.ctx, a.options.Settings, a.choices()
	return func() tea.Msg {
		path, err := settings.Save(ctx, choices)
		return savedMsg{path, err}
	}
}

func (a *app) saved(m savedMsg) {
	if m.err != nil {
		a.status.failed("not saved: " + m.err.Error())
		return
	}
	a.status.done("the view is saved in " + m.path)
}
