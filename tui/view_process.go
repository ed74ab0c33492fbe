package tui

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// processView shows one process: its figures, its memory map and its pools;
// or, when it is not instrumented, how to see inside.
type processView struct {
	here  here
	pools table.Table[poolRow, fragcalc.PoolID]
	shown fragcalc.RowID
	mem   stillMap
}

func newProcessView() *processView {
	return &processView{pools: newPoolTable()}
}

func (v *processView) list() table.Listing { return &v.pools }

func (v *processView) refresh(w *world) {
	v.here = w.here()
	var rows []poolRow
	if p := v.here.process; p != nil {
		for i := range p.Pools {
			rows = append(rows, poolRow{&p.Pools[i], p})
		}
	}
	another := v.shown != w.place.row
	if v.shown = w.place.row; another {
		v.pools.Anew()
	}
	v.pools.Fill(w.look, rows)
	if another && len(rows) > 0 {
		v.pools.Find(v.here.process.Pools[largestPool(v.here.process)].PoolID)
	}
}

// largestPool is the pool to look at first.
func largestPool(p *fragcalc.Process) int {
	largest := 0
	for i := range p.Pools {
		if p.Pools[i].Reserved.Or(0) > p.Pools[largest].Reserved.Or(0) {
			largest = i
		}
	}
	return largest
}

func (v *processView) move(_ *world, m table.Motion) { v.pools.Move(m) }

func (v *processView) down(w *world) (place, bool) {
	row, ok := v.pools.Current()
	if !ok {
		return place{}, false
	}
	next := w.place
	next.level, next.pool = poolLevel, row.PoolID
	next.segment, next.block = 0, 0 // of another visit
	return next, true
}

func (v *processView) render(w *world, width, height int) []string {
	p := v.here.process
	switch {
	case p == nil:
		return gone(w.look, "Process "+rowName(w.place.row)+" no longer uses this GPU.", width)
	case !p.Instrumented:
		return seeInside(w, p, width, height)
	}
	lines := processHead(w, p, width, height)
	if height >= historyHeight {
		lines = append(lines, historyLines(w, p, width)...)
	}
	left := height - len(lines)
	advice := adviceBlock(w.look, w.advice(p), width, left/adviceShare)
	if len(p.Pools) == 0 {
		lines = append(lines, renderGrid(w.look, processGrid(w, p), width, max(left-2-len(advice), 0))...)
		lines = append(lines, advice...)
		return append(lines, "", w.look.Text(paint.Muted, " No memory map: "+noWalkReason(p), width))
	}
	pools := min(max(len(v.pools.Rows), 1), max(1, left/4)) + 1
	grid := renderGrid(w.look, processGrid(w, p), width, max(1, min((left-pools)/2-len(advice), 6)))
	if room := left - len(grid) - len(advice) - pools; len(grid) > 1 && room == mapLeast-1 {
		grid = grid[:len(grid)-1] // for the map
	}
	lines = append(append(lines, grid...), advice...)
	left = height - len(lines) - pools
	switch memory := func(height int) []string { return v.mem.pools(w, p, v.pools.Selected, true, width, height) }; {
	case left >= 5:
		lines = append(append(append(lines, ""), memory(left-2)...), "")
	case left >= 3:
		lines = append(lines, memory(left)...)
	}
	return append(lines, v.pools.Render(w.look, width, height-len(lines), true)...)
}

// mapLeast are the lines that the least map takes, with those around it.
const mapLeast = 5

// adviceShare is the part of the body that advice may take, at the cost of the
// less important figures and never of the map.
const adviceShare = 6

// noWalkReason is why there is no walk over the blocks.
func noWalkReason(p *fragcalc.Process) string {
	if p.LargestFree.Known() {
		return "this allocator does not show its blocks"
	}
	return p.LargestFree.Reason()
}

// processHead says who the process is, how old the figures are and what
// watching costs it, and shows what its memory is in as a bar.
func processHead(w *world, p *fragcalc.Process, width, height int) []string {
	l := w.look
	device := ""
	if gpu, ok := w.gpu(p.GPUUUID); ok {
		device = strings.TrimSpace("GPU " + strconv.Itoa(gpu.Index) + " " + gpuName(gpu))
	}
	who := []string{""} // after the row's name
	for _, word := range []string{p.User, device, frameworkName(p.Framework), p.Job} {
		if word != "" {
			who = append(who, word)
		}
	}
	line := l.Line(width).PadTo(1).Text(paint.Title, rowName(p.RowID))
	line.Text(paint.Text, paint.Truncate(strings.Join(who, l.Glyphs.Dot), line.Room(), l.Glyphs.Ellipsis))
	lines := []string{line.String()}
	if height >= 12 {
		lines = append(lines, l.Text(paint.Text, " "+p.Command, width))
		lines = append(lines, watchingLine(l, p, width))
		lines = append(lines, whereLines(w, p, width, height)...)
	}
	if inside, ok := processStates(p); ok {
		bar := [paint.StateCount]int64(inside)
		lines = append(lines, l.Line(width).PadTo(1).Bar(l.Glyphs, width-2, &bar).String())
	}
	return lines
}

// whereLines say where the process lives and which job it is of, on one line
// where there is no room for two.
func whereLines(w *world, p *fragcalc.Process, width, height int) []string {
	const roomy = 24
	if w.snapshot.From != "" {
		return nil // a file does not tell
	}
	g := ranks.Find(w.groups(), p)
	switch {
	case g == nil || !g.Many():
		return []string{w.look.Text(paint.Muted, " where: "+p.Where.Full(), width)}
	case height >= roomy:
		return []string{w.look.Text(paint.Muted, " where: "+p.Where.Full(), width), w.look.Text(paint.Muted, " "+jobWords(g), width)}
	}
	job := g.Inside()
	if g.String() != p.Where.Text() {
		job = g.String() + ": " + job
	}
	return []string{w.look.Text(paint.Muted, " where: "+orElse(p.Where.Text(), p.Where.Full())+w.look.Glyphs.Dot+job, width)}
}

// watchingLine is the age of the figures, what watching costs and the
// allocator's settings.
func watchingLine(l *draw.Look, p *fragcalc.Process, width int) string {
	text := " age unknown: " + p.SnapshotAge.Reason()
	if d, ok := p.SnapshotAge.Get(); ok {
		text = " figures " + units.Age(d) + " old"
	}
	if share, ok := p.Watching.Share.Get(); ok {
		text += l.Glyphs.Dot + "watching costs " + strconv.FormatFloat(share*100, 'f', 2, 64) + " %"
		if hold, ok := p.Watching.WorstHold.Get(); ok {
			text += ", worst hold " + units.Duration(hold)
		}
	}
	if p.Settings.Text != "" {
		text += l.Glyphs.Dot + p.Settings.Text
	}
	return l.Text(paint.Muted, text, width)
}

func gone(l *draw.Look, what string, width int) []string {
	return []string{"", l.Text(paint.Warn, " "+what+" Esc goes back.", width)}
}

func (v *processView) summary(w *world) []string {
	if v.here.process == nil || !v.here.process.Instrumented {
		return nil
	}
	return w.facts(v.here.process)
}

func (v *processView) position() (at, of int) { return v.pools.Index, len(v.pools.Rows) }

func (v *processView) bar(k *keyMap) []key.Binding {
	if v.here.process == nil || len(v.here.process.Pools) == 0 {
		return []key.Binding{k.Back, k.Release, k.Attach, k.Pause, k.Units, k.Help, k.Quit}
	}
	return []key.Binding{k.Enter, k.Back, k.Tabs[tabMap], k.Tabs[tabStacks], k.Worst, k.Release, k.Sort, k.Filter, k.Fit, k.Pause, k.Units, k.WhatIf, k.Help, k.Quit}
}
