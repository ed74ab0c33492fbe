package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// sortPane is the menu of sort orders.
type sortPane struct {
	of   table.Listing
	list table.Table[query.Key, string]
}

func newSortPane(l *draw.Look, of table.Listing) *sortPane {
	pane := &sortPane{of: of, list: table.Table[query.Key, string]{
		Identity: func(k *query.Key) string { return k.Name },
		Columns: []table.Column[query.Key]{
			{Width: 12, Text: func(_ *draw.Look, k *query.Key) (string, paint.Role) { return k.Name, paint.Text }},
			{Width: 8, Flex: true, Rank: 1, Text: func(_ *draw.Look, k *query.Key) (string, paint.Role) { return k.Help, paint.Muted }},
		},
	}}
	pane.list.Set(l, of.Orders())
	pane.list.Find(of.Ordered().Key)
	return pane
}

func (p *sortPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		return nil
	}
	switch {
	case key.Matches(message, k.Enter):
		a.dialog = nil
		if chosen, ok := p.list.Current(); ok {
			a.worstFirst(p.of, chosen.Name)
		}
	case key.Matches(message, k.Back, k.Sort, k.Quit):
		a.dialog = nil
	}
	return nil
}

func (p *sortPane) content(a *app, width, height int) (string, []string) {
	height = min(height, len(p.list.Rows))
	name, _ := p.of.About()
	return "Sort " + name + " by", p.list.Render(a.world.look, width, height, false)
}
