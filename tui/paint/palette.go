package paint

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/themes"
)

// Role is what a run of text is on the screen; a theme gives it its style.
type Role uint8

// Roles. Those from Used on are the states of GPU memory.
const (
	Text Role = iota
	Muted
	Title
	Accent
	Border
	Selection
	OK
	Warn
	Crit
	Used
	Rounding
	Pending
	Stranded
	Releasable
	Parked
	Unmapped
	Unseen
	Other
	Driver
	Free
	roleCount
)

// StateCount is the number of states of GPU memory, Used to Free.
const StateCount = int(roleCount - Used)

// Palette holds, for each role, the bytes that switch a terminal to it. They
// switch off whatever was on before, so runs need no end of their own.
type Palette struct {
	prefix  [allRoles]string
	solid   [allRoles]bool               // shows on a space too: a background, reverse or underline
	painted bool                         // the theme brings its own ground
	pairs   [StateCount][StateCount]bool // both states have a colour
	parts   int                          // that a cell can be shown in; 1 = whole cells only
}

const (
	reset    = "\x1b[m"
	sgrStart = "\x1b[0"
)

// Compile makes the palette of a theme for a profile. Without colours it takes
// the attributes of mono, since a theme may tell roles apart by colour alone.
func Compile(theme, mono themes.Theme, profile Profile) *Palette {
	theme = degrade(theme, mono, profile)
	screen, states, ground := theme.Screen, theme.States, theme.Background
	p := Palette{painted: ground.Painted(), parts: cellParts(profile)}
	colours := [StateCount]themes.Style{}
	for role, style := range map[Role]themes.Style{
		Text: screen.Text, Muted: screen.Muted, Title: screen.Title, Accent: screen.Accent, Border: screen.Border,
		Selection: screen.Selection, OK: screen.OK, Warn: screen.Warn, Crit: screen.Crit,
		Used: states.Used, Rounding: states.Rounding, Pending: states.Pending, Stranded: states.Stranded,
		Releasable: states.Releasable, Parked: states.Parked, Unmapped: states.Unmapped, Unseen: states.Unseen,
		Other: states.Other, Driver: states.Driver, Free: states.Free,
	} {
		p.solid[role] = style.Reverse || style.Underline || style.BG.Kind != themes.NoColor
		if ground.Painted() {
			style = onGround(style, screen.Text.FG, ground.Color)
		}
		p.prefix[role] = prefix(style, profile)
		if role >= Used {
			colours[role-Used] = style
		}
	}
	p.pair(&colours, profile)
	return &p
}

// onGround is a style on a painted ground: what it leaves to the terminal, whose
// own colours need not go with the ground, it takes from text and ground.
func onGround(style themes.Style, text, ground themes.Color) themes.Style {
	if style.FG.Kind == themes.NoColor {
		style.FG = text
	}
	if style.BG.Kind == themes.NoColor {
		style.BG = ground
	}
	return style
}

// Ground paints whole lines, width cells wide, on the theme's ground, in place.
// A theme without one leaves them as they are.
func (p *Palette) Ground(lines []string, width int) []string {
	if p == nil || !p.painted {
		return lines
	}
	text := p.prefix[Text]
	for i, line := range lines {
		padding := strings.Repeat(" ", max(width-ansi.StringWidth(line), 0))
		lines[i] = text + strings.ReplaceAll(line, reset, text) + padding + reset
	}
	return lines
}

// prefix is the escape sequence that switches to a style.
func prefix(style themes.Style, profile Profile) string {
	var b strings.Builder
	b.WriteString(sgrStart)
	for _, attribute := range [...]struct {
		on   bool
		code string
	}{{style.Bold, ";1"}, {style.Dim, ";2"}, {style.Underline, ";4"}, {style.Reverse, ";7"}} {
		if attribute.on {
			b.WriteString(attribute.code)
		}
	}
	if profile != NoColor {
		b.WriteString(colorCode(style.FG, profile, 30))
		b.WriteString(colorCode(style.BG, profile, 40))
	}
	if b.Len() == len(sgrStart) {
		return reset
	}
	b.WriteByte('m')
	return b.String()
}

// colorCode is the part of an escape sequence for a colour; base is 30 for the foreground, 40 for the background.
func colorCode(c themes.Color, profile Profile, base int) string {
	extended := ";" + strconv.Itoa(base+8)
	switch {
	case c.Kind == themes.NoColor:
		return ""
	case c.Kind == themes.BasicColor:
		return basicCode(c.Basic, base)
	case profile == TrueColor:
		return extended + ";2;" + strconv.Itoa(int(c.R)) + ";" + strconv.Itoa(int(c.G)) + ";" + strconv.Itoa(int(c.B))
	}
	return extended + ";5;" + strconv.Itoa(nearest(c, func(themes.Color) bool { return true }))
}

func basicCode(basic uint8, base int) string {
	if basic >= 8 {
		return ";" + strconv.Itoa(base+60+int(basic)-8)
	}
	return ";" + strconv.Itoa(base+int(basic))
}
