package tui

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// whatIfPane shows what a program would have had under other settings.
type whatIfPane struct {
	who        string
	comparison whatif.Comparison
	ranked     []whatif.Answer
	scroll
}

// newWhatIfPane names the row as the newest sample does, if it has it.
func newWhatIfPane(s *fragcalc.Snapshot, row fragcalc.RowID, comparison whatif.Comparison) *whatIfPane {
	who := rowName(row)
	if row.PID != 0 {
		who += " on " + gpuLabel(s, row.GPUUUID)
	}
	return &whatIfPane{who: who, comparison: comparison, ranked: comparison.Ranked()}
}

func (p *whatIfPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	switch {
	case p.scroll.key(k, message):
	case key.Matches(message, k.Back, k.Enter, k.Quit, k.WhatIf):
		a.dialog = nil
	}
	return nil
}

func (p *whatIfPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	shown := p.window(p.text(l, width), height)
	return "What if" + l.Glyphs.Dot + p.who + p.hint(l), shown
}

// text is the line to export, the answers, best first, and what they rest on.
func (p *whatIfPane) text(l *draw.Look, width int) []string {
	var lines []string
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	c := &p.comparison
	if best, better := c.Best(); better {
		peak := c.Answers[0].Reserved.Peak
		words := "Best: runs where the recorded settings run out of memory"
		if saves := peak - best.Reserved.Peak; saves > 0 {
			words = "Best: saves " + l.Prose(saves) + " of " + l.Prose(peak) + " at the peak"
		}
		say(paint.OK, words)
		for _, line := range exportLines(&best, width) {
			lines = append(lines, l.Text(paint.Accent, line, width))
		}
	} else {
		say(paint.Text, "None of these is better than the recorded settings.")
	}
	lines = append(append(lines, ""), whatIfTable(l, c, p.ranked, width)...)
	lines = append(lines, "")
	for i := range p.ranked {
		answer := &p.ranked[i]
		if answer.OOM != nil && (i == 0 || answer.Settings == c.Answers[0].Settings) { // the table has the others
			say(paint.Warn, c.Label(answer)+" ends at event "+strconv.Itoa(answer.OOMEvent)+": "+answer.OOM.Error())
		}
	}
	say(paint.Muted, "Assumed: "+strings.Join(c.Assumptions(), "; ")+".")
	return lines
}

// exportLines is the line to export, broken between settings where it must, with
// the backslash that a shell needs to join the lines again.
func exportLines(answer *whatif.Answer, width int) []string {
	room := max(width-1, 1) // beside the backslash
	name, settings, _ := strings.Cut(answer.Export(), "=")
	lines := []string{name + "="}
	for _, setting := range strings.SplitAfter(settings, ",") {
		if last := &lines[len(lines)-1]; paint.Width(*last)+paint.Width(setting) <= room {
			*last += setting
		} else {
			lines = append(lines, setting)
		}
	}
	var fitting []string
	for _, line := range lines {
		fitting = append(fitting, draw.Pieces(line, room)...)
	}
	for i := range fitting[:len(fitting)-1] {
		fitting[i] += "\\"
	}
	return fitting
}
