package paint

import "github.com/gpufragtop/gpufragtop/themes"

// allRoles are the roles, and behind them each state on each other one.
const allRoles = int(roleCount) + StateCount*StateCount

// On is the role of a cell that shows two states: its sign in the colour of one,
// on the colour of the other. Where the palette has no such pair it is the first
// state alone; see Palette.Pairs.
func On(state, ground Role) Role {
	return roleCount + (state-Used)*Role(StateCount) + ground - Used
}

// pair makes the pairs of the states' styles. Attributes are those of the sign.
func (p *Palette) pair(styles *[StateCount]themes.Style, profile Profile) {
	for sign, style := range styles {
		for ground, other := range styles {
			pair := style
			possible := profile != NoColor && style.FG.Kind != themes.NoColor && other.FG.Kind != themes.NoColor &&
				style.FG != other.FG && !style.Reverse && !other.Reverse
			if possible {
				pair.BG = other.FG
			}
			role := On(Used+Role(sign), Used+Role(ground))
			p.pairs[sign][ground] = possible
			p.prefix[role] = prefix(pair, profile)
			p.solid[role] = possible || p.solid[Used+Role(sign)]
		}
	}
}

// cellParts is how finely a terminal of a profile divides a cell: with 256
// colours it is a program whose fonts have all of Unicode's block elements, with
// 16 it may be a console, which has the halves.
func cellParts(profile Profile) int {
	switch profile {
	case NoColor:
		return 1
	case Colors16:
		return 2
	}
	return 8
}

// Pairs tells whether two states can be shown in one cell, each in its colour.
func (p *Palette) Pairs(a, b Role) bool {
	return p != nil && p.parts > 1 && p.pairs[a-Used][b-Used]
}

// Part is the sign of a cell whose left part, so many eighths, is in its colour,
// and the rest in that of its ground, as finely as the terminal can.
func (p *Palette) Part(glyphs *Glyphs, eighths int) rune {
	steps := 8 / p.parts
	eighths = max(steps, min((2*eighths+steps)/(2*steps)*steps, 8-steps))
	return glyphs.Parts[eighths-1]
}

// Palette is what the line is drawn with; nil for plain text.
func (l *Line) Palette() *Palette { return l.palette }
