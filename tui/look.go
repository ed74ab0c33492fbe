package tui

import (
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// look is how everything is drawn: one value, shared by all panes.
type look struct {
	palette  *paint.Palette // nil draws plain text
	compiled map[string]*paint.Palette
	mono     themes.Theme
	profile  paint.Profile
	coloured bool // the terminal shows colours
	glyphs   *paint.Glyphs
	unit     unit
	paths    bool // the programs of command lines are shown with their paths
}

// newLook settles the look once, from the options and the environment.
func newLook(theme themes.Theme, noColor, ascii bool, getenv func(string) string) (*look, error) {
	mono, err := themes.Load(themes.Mono)
	if err != nil {
		return nil, err
	}
	profile := paint.DetectProfile(getenv)
	if noColor {
		profile = paint.NoColor
	}
	glyphs := paint.DetectGlyphs(getenv)
	if ascii {
		glyphs = paint.ASCII()
	}
	l := &look{glyphs: glyphs, compiled: map[string]*paint.Palette{}, mono: mono, profile: profile, coloured: profile != paint.NoColor}
	l.use(theme)
	return l, nil
}

// use draws in another theme from now on. What has been drawn knows by the
// palette that it is to be drawn anew.
func (l *look) use(theme themes.Theme) {
	palette, ok := l.compiled[theme.Name]
	if !ok {
		palette = paint.Compile(theme, l.mono, l.profile)
		l.compiled[theme.Name] = palette
	}
	l.palette = palette
}

// line starts a line of at most width cells.
func (l *look) line(width int) *paint.Line { return paint.NewLine(l.palette, width) }

// fit is s in exactly width cells.
func (l *look) fit(line *paint.Line, role paint.Role, s string, width int, right bool) {
	line.Fit(role, s, width, right, l.glyphs.Ellipsis)
}

// text is a whole line of one role, cut at width.
func (l *look) text(role paint.Role, s string, width int) string {
	return l.line(width).Text(role, paint.Truncate(s, width, l.glyphs.Ellipsis)).String()
}

// fill cuts or extends lines to exactly height.
func fill(lines []string, height int) []string {
	if len(lines) > height {
		return lines[:max(height, 0)]
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines
}
