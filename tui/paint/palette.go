package paint

import (
	"image/color"
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
	prefix [roleCount]string
	solid  [roleCount]bool // shows on a space too: a background, reverse or underline
}

const (
	reset    = "\x1b[m"
	sgrStart = "\x1b[0"
)

// Compile makes the palette of a theme for a profile. Without colours it takes
// the attributes of mono, since a theme may tell roles apart by colour alone.
func Compile(theme, mono themes.Theme, profile Profile) *Palette {
	if profile == NoColor {
		theme = mono
	}
	screen, states := theme.Screen, theme.States
	var p Palette
	for role, style := range map[Role]themes.Style{
		Text: screen.Text, Muted: screen.Muted, Title: screen.Title, Accent: screen.Accent, Border: screen.Border,
		Selection: screen.Selection, OK: screen.OK, Warn: screen.Warn, Crit: screen.Crit,
		Used: states.Used, Rounding: states.Rounding, Pending: states.Pending, Stranded: states.Stranded,
		Releasable: states.Releasable, Parked: states.Parked, Unmapped: states.Unmapped, Unseen: states.Unseen,
		Other: states.Other, Driver: states.Driver, Free: states.Free,
	} {
		p.prefix[role] = prefix(style, profile)
		p.solid[role] = style.Reverse || style.Underline || style.BG.Kind != themes.NoColor
	}
	return &p
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

// colorCode is the part of an escape sequence for a colour, as near as the
// profile gets to it; base is 30 for the foreground, 40 for the background.
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
	exact := color.RGBA{R: c.R, G: c.G, B: c.B, A: 0xff}
	if profile == Colors256 {
		return extended + ";5;" + strconv.Itoa(int(ansi.Convert256(exact)))
	}
	return basicCode(uint8(ansi.Convert16(exact)), base)
}

func basicCode(basic uint8, base int) string {
	if basic >= 8 {
		return ";" + strconv.Itoa(base+60+int(basic)-8)
	}
	return ";" + strconv.Itoa(base+int(basic))
}
