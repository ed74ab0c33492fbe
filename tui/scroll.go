package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// scroll is which lines of a pane are shown, where they are more than fit.
type scroll struct {
	top    int // first line that is shown
	height int // when last drawn
	lines  int // when last drawn
}

// key moves the lines, if the key is one that moves.
func (s *scroll) key(k *keyMap, message tea.KeyMsg) bool {
	m, ok := k.motion(message)
	if !ok {
		return false
	}
	s.move(m)
	return true
}

// move moves the lines.
func (s *scroll) move(m table.Motion) {
	page := max(1, s.height-1)
	switch m {
	case table.LineUp:
		s.top--
	case table.LineDown:
		s.top++
	case table.PageUp, table.HalfUp:
		s.top -= page
	case table.PageDown, table.HalfDown:
		s.top += page
	case table.ToFirst:
		s.top = 0
	case table.ToLast:
		s.top = s.lines
	}
	s.top = max(0, min(s.top, s.lines-s.height))
}

// window is the lines that are shown on height lines.
func (s *scroll) window(lines []string, height int) []string {
	s.height, s.lines = max(height, 0), len(lines)
	s.top = max(0, min(s.top, s.lines-s.height))
	return lines[s.top:min(s.top+s.height, s.lines)]
}

// hint names the keys in a title, where there is something to scroll.
func (s *scroll) hint(l *draw.Look) string {
	if s.lines > s.height {
		return l.Glyphs.Dot + "j k scroll, Esc closes"
	}
	return l.Glyphs.Dot + "Esc closes"
}
