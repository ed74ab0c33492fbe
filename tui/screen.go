package tui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// View draws the screen: a title, the tabs, the view, facts about the selection, what
// could not be learnt, what was done last, and the keys.
func (a *app) View() string {
	if a.width <= 0 || a.height <= 0 {
		return ""
	}
	bottom, tabs := a.bottom(0), a.tabLine(false)
	body := a.height - 1 - len(tabs) - len(bottom)
	lines := make([]string, 0, a.height)
	lines = append(lines, a.title())
	switch {
	case body <= 0:
		lines = append(lines, tabs...)
	case a.world.snapshot == nil:
		lines = append(lines, draw.Fill([]string{"", a.world.look.Text(paint.Text, " looking "+a.world.look.Glyphs.Ellipsis, a.width)}, body)...)
	default:
		shown := a.body(body)
		blank := body - len(shown)
		if len(tabs) == 0 && blank > 0 {
			tabs = a.tabLine(true)
			blank -= len(tabs)
		}
		if blank > 0 && a.wordy && a.dialog == nil { // which needs the room
			bottom = a.bottom(blank)
		}
		lines = append(append(lines, tabs...), shown...)
		lines = draw.Fill(lines, a.height-len(bottom))
	}
	if a.dialog != nil {
		copy(lines[1:], overlay(a, lines[1:], a.width))
	}
	lines = append(lines, bottom...)
	a.seen = strings.Join(a.world.look.Palette.Ground(draw.Fill(lines, a.height), a.width), "\n")
	return a.seen
}

// body draws the view, on so many lines at most. Beneath a dialog it stands still between samples, and is
// not drawn again for every key.
func (a *app) body(height int) []string {
	now := drawnBody{version: a.version, width: a.width, height: height, palette: a.world.look.Palette}
	if a.dialog == nil || a.under.lines == nil || !a.under.same(&now) {
		now.lines = a.view().render(&a.world, a.width, height)
		now.lines = slices.Clip(now.lines[:min(len(now.lines), height)]) // a dialog is drawn over a copy
		a.under = now
	}
	return a.under.lines
}

// drawnBody is a body as it was drawn last.
type drawnBody struct {
	lines         []string
	version       int // of the app: it counts what may change the body
	width, height int
	palette       *paint.Palette
}

func (d *drawnBody) same(o *drawnBody) bool {
	return d.version == o.version && d.width == o.width && d.height == o.height && d.palette == o.palette
}

// liveWidth is the width from which the title has room for the interval.
const liveWidth = 60

// Heights from which a line at the bottom has room.
const (
	keyBarHeight  = 4
	statusHeight  = 5
	summaryHeight = 8
	faultHeight   = 10
	adviceHeight  = 24
	dialogRoomy   = 12 // for facts below a dialog
	statusRoomy   = 20 // for whatever the status is, on two lines
)

// mostWords bounds the lines that tell of the selection.
const mostWords = 8

// bottom are the lines below the view. What is told of the selection may take
// so many lines more than its usual ones: those that the view leaves blank.
func (a *app) bottom(blank int) []string {
	l := a.world.look
	var lines []string
	a.wordy = false
	// On a small screen a report has the room of what is not about it.
	cramped := a.reports.open != nil && a.world.place.level == nodeLevel && a.height < statusRoomy
	crowded := a.dialog != nil && a.height < dialogRoomy // what is asked for has the room
	if a.height >= summaryHeight && a.world.snapshot != nil && len(a.summary) > 0 && !cramped && !crowded {
		advised := 0 // lines that the first advice needs more
		if a.height >= adviceHeight && len(a.advice) > 0 && blank > 0 {
			advised = min(len(draw.Wrap(a.advice[0].Text, a.width-4))-1, blank)
		}
		blank -= advised
		lines = append(lines, a.summaryLines(&blank)...)
		blank += advised
	}
	if a.height >= adviceHeight && len(a.advice) > 0 {
		lines = append(lines, a.adviceLines(min(blank, mostWords-1-len(lines)))...)
	}
	if a.height >= faultHeight && !crowded && a.world.snapshot != nil && len(a.world.snapshot.Faults) > 0 {
		lines = append(lines, a.faultLine())
	}
	if line := a.reports.line(); a.height >= statusHeight && line != "" && a.reports.open == nil && a.world.place.level == nodeLevel {
		lines = append(lines, l.Text(paint.Warn, " "+line, a.width))
	}
	if text, filtered := a.filterText(); a.height >= statusHeight && (filtered || a.filter.editing) {
		lines = append(lines, a.filter.line(l, text, a.width))
	}
	if a.replay != nil && a.height >= statusHeight {
		lines = append(lines, a.replay.line(l, a.world.snapshot, a.width))
	}
	if note := a.note(); a.height >= statusHeight && note.text != "" && (!cramped || !a.status.quiet()) {
		lines = append(lines, a.statusLines(note)...)
	}
	if a.height >= keyBarHeight {
		lines = append(lines, a.keyBar())
	}
	return lines
}

// statusLines are a note on two lines where one is too short and there is room.
func (a *app) statusLines(note note) []string {
	parts := []string{note.text}
	if a.height >= statusRoomy || a.height >= faultHeight && !a.status.quiet() {
		parts = draw.Wrap(note.text, a.width-2)
	}
	if len(parts) > 2 { // what is too much is cut where it can be seen
		parts = []string{parts[0], strings.Join(parts[1:], " ")}
	}
	for i, part := range parts {
		parts[i] = a.world.look.Text(note.role, " "+part, a.width)
	}
	return parts
}

// summaryLines are the facts about the selection, on two lines where one would
// often be too short and there is room, and on more where lines are blank: those
// that are used are taken off.
func (a *app) summaryLines(blank *int) []string {
	const longest, roomy = 150, 20
	lines := []string{""}
	if a.width < longest && a.height >= roomy {
		lines = append(lines, "")
	}
	usual := len(lines)
	at := 0
	for _, fact := range a.summary {
		if lines[at] != "" && paint.Width(lines[at])+1+paint.Width(fact) >= a.width && at < len(lines)-1 {
			at++
		}
		lines[at] += " " + fact
	}
	if paint.Width(lines[at]) > a.width {
		a.wordy = true
		if *blank > 0 {
			lines = draw.Wrap(strings.Join(a.summary, " "), a.width-2)
			if most := min(usual+*blank, mostWords); len(lines) > most {
				lines = append(lines[:most-1], strings.Join(lines[most-1:], " "))
			}
			*blank -= max(len(lines)-usual, 0)
			for i := range lines {
				lines[i] = " " + lines[i]
			}
		}
	}
	for i, line := range lines {
		lines[i] = a.world.look.Text(paint.Text, line, a.width)
	}
	return lines
}

// title says where we are, and how fresh what is shown is.
func (a *app) title() string {
	l := a.world.look
	right := a.liveness()
	room := a.width - paint.Width(right) - 2
	line := l.Line(a.width)
	left := l.Line(max(room, 0)).Text(paint.Text, " ").Text(paint.Title, "gpufragtop")
	if a.world.snapshot != nil {
		left.Text(paint.Muted, l.Glyphs.Dot)
		left.Text(paint.Text, a.whereabouts(left.Room()))
	}
	if sign := a.taping.sign(); room < 12 && sign != "" {
		return line.Text(paint.Text, " ").Text(paint.Title, sign).String()
	}
	if room < 12 { // too narrow for both
		return line.Text(paint.Title, " gpufragtop").String()
	}
	left.PadTo(room)
	role := paint.Muted
	if a.paused || a.polling.waited > 0 {
		role = paint.Warn
	}
	return left.String() + l.Line(a.width-room).Text(paint.Text, " ").Text(role, right).String()
}

// whereabouts are the node, and the levels down to the place; where they do not
// fit, the deepest ones.
func (a *app) whereabouts(room int) string {
	l, s := a.world.look, a.world.snapshot
	if a.world.place.level == nodeLevel && a.world.place.tab == tabList {
		text := orElse(s.From, s.Host)
		if kind := gpuKind(s.GPUs); kind != "" && a.width < gpuNameWidth {
			text += l.Glyphs.Dot + kind
		}
		if s.Driver != "" {
			text += l.Glyphs.Dot + "driver " + s.Driver
		}
		if s.CUDA != "" {
			text += l.Glyphs.Dot + "CUDA " + s.CUDA
		}
		return paint.Truncate(text, room, l.Glyphs.Ellipsis)
	}
	var crumbs []string
	for at := range a.world.place.level + 1 {
		crumbs = append(crumbs, a.world.crumb(at))
	}
	if t := a.world.place.tab; t != tabList {
		crumbs = append(crumbs, strings.ToLower(tabNames[t]))
	}
	text := strings.Join(crumbs, l.Glyphs.Crumb)
	for len(crumbs) > 1 && paint.Width(text) > room {
		crumbs = crumbs[1:]
		text = l.Glyphs.Ellipsis + l.Glyphs.Crumb + strings.Join(crumbs, l.Glyphs.Crumb)
	}
	return paint.Truncate(text, room, l.Glyphs.Ellipsis)
}

// liveness is the right end of the title.
func (a *app) liveness() string {
	var parts []string
	shown := a.world.snapshot
	if sign := a.taping.sign(); sign != "" {
		parts = append(parts, sign)
	}
	if shown != nil && shown.Demo {
		parts = append(parts, "DEMO")
	}
	if unit := a.world.look.Unit; unit != draw.UnitAuto {
		parts = append(parts, unit.String())
	}
	switch {
	case a.replay != nil:
		parts = append(parts, "REPLAY", a.replay.state())
	case a.reports.open != nil:
		parts = append(parts, "REPORT", "esc: live")
	case a.paused:
		parts = append(parts, "PAUSED")
	case a.polling.waited > 0:
		parts = append(parts, "no answer for "+strconv.Itoa(int(a.polling.waited.Seconds()))+" s")
	case shown != nil && shown.Report != nil:
		parts = append(parts, "report")
	case shown != nil && shown.From != "":
		parts = append(parts, "file")
	case shown != nil && a.width >= liveWidth:
		parts = append(parts, "live "+strconv.FormatFloat(a.options.Interval.Seconds(), 'f', 1, 64)+"s")
	}
	switch {
	case shown == nil:
	case shown.From != "" && a.width >= liveWidth:
		parts = append(parts, shown.At.Format(time.DateTime))
	default:
		parts = append(parts, shown.At.Format(a.clock()))
	}
	return strings.Join(parts, a.world.look.Glyphs.Dot)
}

// clock is the form of the time of what is shown. On a live screen it has no
// seconds: a node on which nothing changes is then silent, and a sample that is
// late is told by how late it is. What stands still is told to the second.
func (a *app) clock() string {
	if a.paused || a.polling.waited > 0 || a.replay != nil || a.reports.open != nil {
		return time.TimeOnly
	}
	return "15:04"
}

// faultLine is the first thing that could not be learnt, and how many more.
func (a *app) faultLine() string {
	faults := a.world.snapshot.Faults
	text := " ! " + faultWords(a.world.snapshot, &faults[0])
	more := ""
	if len(faults) > 1 {
		more = "  +" + strconv.Itoa(len(faults)-1) + " more"
	}
	l := a.world.look
	return l.Line(a.width).Text(paint.Warn, paint.Truncate(text, a.width-len(more), l.Glyphs.Ellipsis)).Text(paint.Muted, more).String()
}

// position says at the right end of a line which row of how many is selected.
func (a *app) position(line *paint.Line) {
	at, of := a.view().position()
	text := strconv.Itoa(at+1) + "/" + strconv.Itoa(of)
	if list, ok := a.listing(); ok && list.Stays() {
		text = "line " + text
	}
	if of > 0 && line.Room() >= len(text)+2 {
		line.PadTo(a.width-len(text)-1).Text(paint.Muted, text)
	}
}

// faultWords is a fault in one line.
func faultWords(s *fragcalc.Snapshot, fault *fragcalc.Fault) string {
	words := ""
	switch {
	case fault.PID != 0:
		words = strconv.Itoa(fault.PID) + " "
	case fault.GPUUUID != "":
		words = gpuLabel(s, fault.GPUUUID) + " "
	}
	if fault.Field != "" {
		words += strings.ReplaceAll(fault.Field, "_", " ") + ": "
	}
	return words + fault.Reason
}

// useful tells whether a key that the bar could name would do something now.
func (a *app) useful(b key.Binding) bool {
	switch b.Help().Key {
	case a.keys.Attach.Help().Key:
		return a.canAttach()
	case a.keys.Release.Help().Key:
		return a.canRelease()
	case a.keys.WhatIf.Help().Key:
		return a.canWhatIf()
	case a.keys.Reports.Help().Key:
		return len(a.reports.recent) > 0 && (a.reports.open == nil || len(a.reports.recent) > 1)
	}
	return true
}

// keyBar names the keys that do something here, as many as fit; help and quit
// always.
func (a *app) keyBar() string {
	l := a.world.look
	bindings := []key.Binding{a.keys.Help, a.keys.Quit}
	if a.world.snapshot != nil {
		bindings = a.view().bar(a.keys)
	}
	if a.replay != nil {
		bindings = append([]key.Binding{a.keys.Play, a.keys.Travel}, slices.DeleteFunc(bindings, func(b key.Binding) bool {
			return b.Help().Key == a.keys.Pause.Help().Key
		})...)
	}
	width := func(b key.Binding) int { return 1 + paint.Width(b.Help().Key) + 1 + len(b.Help().Desc) + 1 }
	always := bindings[len(bindings)-2:]
	room := a.width - width(always[0]) - width(always[1])
	line := l.Line(a.width)
	draw := func(b key.Binding) {
		line.Text(paint.Text, " ").Text(paint.Accent, b.Help().Key).Text(paint.Muted, " "+b.Help().Desc+" ")
	}
	for _, b := range bindings[:len(bindings)-2] {
		if b.Help().Desc == "" || !a.useful(b) {
			continue
		}
		if room -= width(b); room >= 0 {
			draw(b)
		}
	}
	draw(always[0])
	draw(always[1])
	if a.world.snapshot != nil {
		a.position(line)
	}
	return line.String()
}
