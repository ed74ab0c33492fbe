// Package draw is how everything on the screen is written: a Look, which holds the
// compiled theme, the signs and the unit of sizes, and the texts of figures. Unknown
// figures are a dash.
package draw

import (
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Look is how everything is drawn: one value, shared by all panes.
type Look struct {
	Palette  *paint.Palette // nil draws plain text
	Compiled map[string]*paint.Palette
	mono     themes.Theme
	profile  paint.Profile
	Coloured bool // the terminal shows colours
	Glyphs   *paint.Glyphs
	Unit     Unit
	Paths    bool // the programs of command lines are shown with their paths
}

// NewLook settles the look once, from the options and the environment.
func NewLook(theme themes.Theme, noColor, ascii bool, getenv func(string) string) (*Look, error) {
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
	l := &Look{Glyphs: glyphs, Compiled: map[string]*paint.Palette{}, mono: mono, profile: profile, Coloured: profile != paint.NoColor}
	l.Use(theme)
	return l, nil
}

// Use draws in another theme from now on. What has been drawn knows by the
// palette that it is to be drawn anew.
func (l *Look) Use(theme themes.Theme) {
	palette, ok := l.Compiled[theme.Name]
	if !ok {
		palette = paint.Compile(theme, l.mono, l.profile)
		l.Compiled[theme.Name] = palette
	}
	l.Palette = palette
}

// Line starts a line of at most width cells.
func (l *Look) Line(width int) *paint.Line { return paint.NewLine(l.Palette, width) }

// Fit is s in exactly width cells.
func (l *Look) Fit(line *paint.Line, role paint.Role, s string, width int, right bool) {
	line.Fit(role, s, width, right, l.Glyphs.Ellipsis)
}

// Text is a whole line of one role, cut at width.
func (l *Look) Text(role paint.Role, s string, width int) string {
	return l.Line(width).Text(role, paint.Truncate(s, width, l.Glyphs.Ellipsis)).String()
}

// Fill cuts or extends lines to exactly height.
func Fill(lines []string, height int) []string {
	if len(lines) > height {
		return lines[:max(height, 0)]
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines
}
