package tui

import (
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// counsel keeps the advice about a row as long as the snapshot is the same: it
// costs a pass over the blocks.
type counsel struct {
	recent *recent
	// saves computes what expandable segments would save; nil computes nothing.
	saves func(*fragcalc.Process) fragcalc.Bytes

	snapshot *fragcalc.Snapshot
	row      fragcalc.RowID
	said     []advice.Advice
}

// advice is what there is to say about a process of the snapshot.
func (w *world) advice(p *fragcalc.Process) []advice.Advice {
	c := w.counsel
	if c.snapshot != w.snapshot || c.row != p.RowID {
		in := advice.Inputs{History: c.recent.of(p.RowID)}
		if c.saves != nil {
			in.ExpandableSaves = c.saves(p)
		}
		c.snapshot, c.row, c.said = w.snapshot, p.RowID, advice.Advise(p, w.snapshot, in)
	}
	return c.said
}

// adviceBlock is advice as at most height lines: whole pieces, the worthiest
// first, and the first one cut where even that is too long.
func adviceBlock(l *draw.Look, said []advice.Advice, width, height int) []string {
	var lines []string
	for i := range said {
		piece := draw.Wrap(said[i].Text, width-4)
		if len(lines)+len(piece) > height {
			if i > 0 || height <= 0 {
				break
			}
			rest := strings.Join(piece[height-1:], " ")
			piece = append(piece[:height-1], paint.Truncate(rest, width-4, l.Glyphs.Ellipsis))
		}
		for j, text := range piece {
			line := l.Line(width)
			if j == 0 {
				line.Text(paint.Accent, l.Glyphs.Crumb)
			}
			lines = append(lines, line.PadTo(3).Text(paint.Text, text).String())
		}
	}
	return lines
}

// topAdvice is the advice about the selected process of the node screen; none
// where there is none: what can be done first, then what is only to be known.
// What a release returns is said above it already.
func (a *app) topAdvice() []advice.Advice {
	if at := a.world.place; at.level != nodeLevel || at.tab == tabHistory { // that is of a GPU
		return nil
	}
	p, ok := a.selected()
	if !ok {
		return nil
	}
	var said []advice.Advice
	for _, one := range a.world.advice(p) {
		if one.Rule != "release" {
			said = append(said, one)
		}
	}
	slices.SortStableFunc(said, func(a, b advice.Advice) int {
		switch {
		case a.Actionable() == b.Actionable():
			return 0
		case a.Actionable():
			return -1
		}
		return 1
	})
	return said
}

// adviceLines are the top advice on one line, or on so many more as there are
// blank: the first piece whole if it can be, and others only whole.
func (a *app) adviceLines(blank int) []string {
	lines := adviceBlock(a.world.look, a.advice, a.width, 1+max(blank, 0))
	a.wordy = a.wordy || len(a.advice) > 1 || paint.Width(a.advice[0].Text) > a.width-4
	return lines
}
