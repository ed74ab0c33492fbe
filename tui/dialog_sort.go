package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// sortPane is the menu of sort orders.
type sortPane struct {
	of   listing
	list table[query.Key, string]
}

func newSortPane(l *draw.Look, of listing) *sortPane {
	pane := &sortPane{of: of, list: table[query.Key, string]{
		identity: func(k *query.Key) string { return k.Name },
		columns: []column[query.Key]{
			{width: 12, text: func(_ *draw.Look, k *query.Key) (string, paint.Role) { return k.Name, paint.Text }},
			{width: 8, flex: true, rank: 1, text: func(_ *draw.Look, k *query.Key) (string, paint.Role) { return k.Help, paint.Muted }},
		},
	}}
	pane.list.set(l, of.orders())
	pane.list.find(of.ordered().key)
	return pane
}

func (p *sortPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.move(m)
		return nil
	}
	switch {
	case key.Matches(message, k.Enter):
		a.dialog = nil
		if chosen, ok := p.list.current(); ok {
			a.sortBy(p.of, chosen.Name)
		}
	case key.Matches(message, k.Back), key.Matches(message, k.Sort), key.Matches(message, k.Quit):
		a.dialog = nil
	}
	return nil
}

func (p *sortPane) content(a *app, width, height int) (string, []string) {
	height = min(height, len(p.list.rows))
	name, _ := p.of.about()
	return "Sort " + name + " by", p.list.render(a.world.look, width, height, false)
}
