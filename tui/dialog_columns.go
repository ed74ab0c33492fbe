package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// columnsPane chooses the columns of a table, which shows every change at once.
type columnsPane struct {
	of   table.Listing
	list table.Table[table.ColumnState, string]
}

func newColumnsPane(l *draw.Look, of table.Listing) *columnsPane {
	pane := &columnsPane{of: of, list: table.Table[table.ColumnState, string]{
		Identity: func(c *table.ColumnState) string { return c.Key },
		Columns: []table.Column[table.ColumnState]{
			{Width: 3, Text: func(_ *draw.Look, c *table.ColumnState) (string, paint.Role) {
				if c.Shown {
					return "[x]", paint.Accent
				}
				return "[ ]", paint.Muted
			}},
			{Width: 10, Text: func(_ *draw.Look, c *table.ColumnState) (string, paint.Role) {
				return orElse(c.Title, c.Key), paint.Text
			}},
			{Width: 13, Rank: 1, Text: func(_ *draw.Look, c *table.ColumnState) (string, paint.Role) { return c.Why(), paint.Muted }},
			{Width: 8, Flex: true, Rank: 2, Text: func(_ *draw.Look, c *table.ColumnState) (string, paint.Role) { return c.Help, paint.Muted }},
		},
	}}
	pane.list.Set(l, of.ColumnStates())
	return pane
}

func (p *columnsPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		return nil
	}
	chosen, ok := p.list.Current()
	switch {
	case ok && key.Matches(message, k.Tag):
		p.of.ChooseColumn(chosen.Key, chosen.Toggled())
	case ok && key.Matches(message, k.SortLeft):
		p.of.MoveColumn(chosen.Key, -1)
	case ok && key.Matches(message, k.SortRight):
		p.of.MoveColumn(chosen.Key, 1)
	case message.String() == "=":
		p.of.ResetColumns()
	case key.Matches(message, k.Back, k.Columns, k.Quit, k.Enter):
		a.dialog = nil
	}
	return nil
}

// content lists the columns as the table below was just drawn.
func (p *columnsPane) content(a *app, width, height int) (string, []string) {
	const hints = 1
	l := a.world.look
	p.list.Set(l, p.of.ColumnStates())
	lines := p.list.Render(l, width, min(height-hints, len(p.list.Rows)), false)
	if height > hints {
		lines = append(lines, l.Text(paint.Muted, "Space shows or leaves out, < > move, = all as they were", width))
	}
	name, _ := p.of.About()
	return "Columns of " + name, lines
}
