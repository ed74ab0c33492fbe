package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// columnsPane chooses the columns of a table, which shows every change at once.
type columnsPane struct {
	of   listing
	list table[columnState, string]
}

func newColumnsPane(l *draw.Look, of listing) *columnsPane {
	pane := &columnsPane{of: of, list: table[columnState, string]{
		identity: func(c *columnState) string { return c.key },
		columns: []column[columnState]{
			{width: 3, text: func(_ *draw.Look, c *columnState) (string, paint.Role) {
				if c.shown {
					return "[x]", paint.Accent
				}
				return "[ ]", paint.Muted
			}},
			{width: 10, text: func(_ *draw.Look, c *columnState) (string, paint.Role) { return orElse(c.title, c.key), paint.Text }},
			{width: 13, rank: 1, text: func(_ *draw.Look, c *columnState) (string, paint.Role) { return c.why(), paint.Muted }},
			{width: 8, flex: true, rank: 2, text: func(_ *draw.Look, c *columnState) (string, paint.Role) { return c.help, paint.Muted }},
		},
	}}
	pane.list.set(l, of.columnStates())
	return pane
}

func (p *columnsPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.move(m)
		return nil
	}
	chosen, ok := p.list.current()
	switch {
	case ok && key.Matches(message, k.Tag):
		p.of.chooseColumn(chosen.key, chosen.toggled())
	case ok && key.Matches(message, k.SortLeft):
		p.of.moveColumn(chosen.key, -1)
	case ok && key.Matches(message, k.SortRight):
		p.of.moveColumn(chosen.key, 1)
	case message.String() == "=":
		p.of.resetColumns()
	case key.Matches(message, k.Back), key.Matches(message, k.Columns), key.Matches(message, k.Quit), key.Matches(message, k.Enter):
		a.dialog = nil
	}
	return nil
}

// content lists the columns as the table below was just drawn.
func (p *columnsPane) content(a *app, width, height int) (string, []string) {
	const hints = 1
	l := a.world.look
	p.list.set(l, p.of.columnStates())
	lines := p.list.render(l, width, min(height-hints, len(p.list.rows)), false)
	if height > hints {
		lines = append(lines, l.Text(paint.Muted, "Space shows or leaves out, < > move, = all as they were", width))
	}
	name, _ := p.of.about()
	return "Columns of " + name, lines
}
