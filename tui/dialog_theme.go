package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// Themes are the colours there are to choose from. An error is one line that
// says what is wrong with a theme; themes.Library is one implementation.
type Themes interface {
	Names() []string
	Load(name string) (themes.Theme, error)
}

// themesMsg are all themes, loaded.
type themesMsg struct {
	request int
	entries []themeEntry
}

// themeEntry is a theme, or why it cannot be one.
type themeEntry struct {
	name  string
	theme themes.Theme
	err   error
}

// themesCmd loads all themes.
func themesCmd(library Themes, request int) tea.Cmd {
	return func() tea.Msg {
		m := themesMsg{request: request}
		for _, name := range library.Names() {
			theme, err := library.Load(name)
			m.entries = append(m.entries, themeEntry{name, theme, err})
		}
		return m
	}
}

// themePane lists the themes. The screen is drawn in the one that the cursor is
// on.
type themePane struct {
	request int
	list    table.Table[themeEntry, string]
	before  themes.Theme // to go back to
}

// askTheme opens the list of themes.
func (a *app) askTheme() tea.Cmd {
	if a.options.Themes == nil {
		a.status.warn("there are no themes to choose from here")
		return nil
	}
	a.themeAsked++
	pane := &themePane{request: a.themeAsked, before: a.options.Theme, list: table.Table[themeEntry, string]{
		Identity: func(e *themeEntry) string { return e.name },
		Columns: []table.Column[themeEntry]{
			{Width: 12, Most: 20, Text: func(_ *draw.Look, e *themeEntry) (string, paint.Role) {
				if e.err != nil {
					return e.name, paint.Muted
				}
				return e.name, paint.Text
			}},
			{Width: 8, Flex: true, Rank: 1, Text: func(_ *draw.Look, e *themeEntry) (string, paint.Role) {
				if e.err != nil {
					return "cannot be used", paint.Warn
				}
				return e.theme.Description, paint.Muted
			}},
		},
	}}
	a.dialog = pane
	return themesCmd(a.options.Themes, pane.request)
}

// themed takes the loaded themes in.
func (a *app) themed(m themesMsg) {
	pane, ok := a.dialog.(*themePane)
	if !ok || pane.request != m.request {
		return
	}
	a.world.look.Compiled = map[string]*paint.Palette{} // files may have changed
	pane.list.Set(a.world.look, m.entries)
	pane.list.Find(pane.before.Name)
}

func (p *themePane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		if at, ok := p.list.Current(); ok && at.err == nil {
			a.paintIn(at.theme)
		}
		return nil
	}
	at, ok := p.list.Current()
	switch {
	case key.Matches(message, k.Enter) && ok && at.err != nil:
		a.status.warn(at.err.Error())
	case key.Matches(message, k.Enter):
		a.dialog = nil
		if ok {
			a.paintIn(at.theme)
			a.status.done("theme " + at.name + " (W keeps it)")
		}
	case key.Matches(message, k.Back, k.Theme, k.Quit):
		a.dialog = nil
		a.paintIn(p.before)
	}
	return nil
}

func (p *themePane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	const title = "Themes"
	if len(p.list.Rows) == 0 {
		return title, []string{l.Text(paint.Muted, "reading"+l.Glyphs.Ellipsis, width)}
	}
	var below []string
	switch at, ok := p.list.Current(); {
	case ok && at.err != nil:
		below = draw.Wrap(at.err.Error(), width)
	case l.Palette == nil || !l.Coloured:
		below = []string{"This terminal shows no colours: all themes look like " + themes.Mono + "."}
	default:
		below = []string{"Enter keeps it, Esc goes back."}
	}
	below = below[:min(len(below), max(height/3, 1))]
	lines := p.list.Render(l, width, min(height-len(below), len(p.list.Rows)), false)
	for _, text := range below {
		lines = append(lines, l.Text(paint.Muted, strings.TrimSpace(text), width))
	}
	return title, lines
}

// paintIn draws the screen in a theme from now on. Its styles are compiled once.
func (a *app) paintIn(theme themes.Theme) {
	a.options.Theme = theme
	a.world.look.Use(theme)
	a.refresh()
}
