package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// stacksView groups the live blocks of a process, pool or segment by the stack
// that allocated them, and shows the calls of the selected one.
type stacksView struct {
	here   here
	report stacks.Report
	groups table.Table[stackRow, uint32]
	calls  callList
	by     stacks.Key
	shown  place // whose groups these are
	known  bool  // some stack is recorded
}

func newStacksView() *stacksView { return &stacksView{groups: newStackTable()} }

func (v *stacksView) list() table.Listing { return &v.groups }

func (v *stacksView) refresh(w *world) {
	v.here = w.here()
	var rows []stackRow
	v.known, v.report = false, stacks.Report{}
	if pools, p := v.looksAt(w.place.level), v.here.process; len(pools) > 0 {
		index := w.stackIndex(p)
		v.known = index.Known()
		v.report = index.Group(pools, p.Settings, v.by)
		rows = make([]stackRow, len(v.report.Groups))
		for i := range rows {
			rows[i] = stackRow{&v.report.Groups[i], index, v.report.Bytes}
		}
	}
	another := v.shown != w.place
	if v.shown = w.place; another {
		v.groups.Anew()
	}
	v.groups.Fill(w.look, rows)
	if another {
		v.groups.MoveTo(0)
	}
}

// looksAt are the pools, or the part of one, that the place is.
func (v *stacksView) looksAt(at level) []fragcalc.Pool {
	switch {
	case at == processLevel && v.here.process != nil:
		return v.here.process.Pools
	case at == poolLevel && v.here.pool != nil:
		return []fragcalc.Pool{*v.here.pool}
	case at == segmentLevel && v.here.segment != nil:
		return []fragcalc.Pool{{PoolID: v.here.pool.PoolID, Segments: []fragcalc.Segment{*v.here.segment}}}
	}
	return nil
}

func (v *stacksView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	switch {
	case !v.known:
		return nil, false
	case key.Matches(message, a.keys.Whole):
		v.by = stacks.ByStack - v.by
		if a.status.say("one line for stacks with the same calls of the program"); v.by == stacks.ByStack {
			a.status.say("one line for each stack")
		}
		a.refresh()
		return nil, true
	}
	// While all calls are shown the keys that turn pages are theirs.
	if key.Matches(message, a.keys.Expand) || v.calls.open {
		return nil, v.calls.keys(a.keys, message)
	}
	return nil, false
}

func (v *stacksView) move(_ *world, m table.Motion) {
	v.groups.Move(m)
}

// down leads to where the stack pins most: from a process or pool to the
// segment, with the cursor on the block, from a segment to the block.
func (v *stacksView) down(w *world) (place, bool) {
	row, ok := v.groups.Current()
	if !ok || !v.known {
		return place{}, false
	}
	next := w.place
	next.tab, next.pool, next.segment, next.block = tabList, row.Worst.Pool, row.Worst.Segment, row.Worst.Block
	next.level = segmentLevel
	if w.place.level == segmentLevel {
		next.level = blockLevel
	}
	return next, true
}

func (v *stacksView) render(w *world, width, height int) []string {
	l := w.look
	switch {
	case v.here.process == nil:
		return gone(l, "Process "+rowName(w.place.row)+" no longer uses this GPU.", width)
	case w.place.level >= poolLevel && v.here.pool == nil:
		return gone(l, "This pool is gone.", width)
	case w.place.level >= segmentLevel && v.here.segment == nil:
		return gone(l, "This segment has been given back.", width)
	case !v.known:
		return noStacks(w, v.here.process, width, height)
	}
	var lines []string
	switch {
	case height >= 14:
		lines = append(lines, v.totals(l, width), v.sortedWords(l, width), "")
	case height >= 8:
		lines = append(lines, v.totals(l, width), "")
	}
	left := height - len(lines)
	calls := v.callsHeight(left)
	lines = append(lines, v.groups.Render(l, width, left-calls, true)...)
	if row, ok := v.groups.Current(); ok && calls > 0 {
		lines = append(lines, "", v.callsHead(l, row, width))
		lines = append(lines, v.calls.render(l, row.index.Stack(row.Stack), 3, width, calls-2, v.calls.open)...)
	}
	return lines
}

// callsHeight is how many of so many lines the selected stack gets: what the
// table leaves, but at least half, or most while all calls are shown; none where
// that is too few.
func (v *stacksView) callsHeight(height int) int {
	const least = 4 // a blank line, the head and two calls
	if len(v.groups.Rows) == 0 {
		return 0
	}
	most := max(height/2, height-len(v.groups.Rows)-1)
	if row, ok := v.groups.Current(); ok && v.calls.open {
		needs := len(row.index.Stack(row.Stack)) + 2
		most = max(most, min(needs, height-min(6, height/3)))
	}
	if most < least {
		return 0
	}
	return most
}

// totals says what the groups add up to.
func (v *stacksView) totals(l *draw.Look, width int) string {
	r := &v.report
	text := " " + l.Prose(r.Bytes) + " live in " + draw.Plural(r.Blocks, "block") + " of " + draw.Plural(len(r.Groups), "stack")
	if r.Stranded > 0 {
		text += l.Glyphs.Dot + l.Prose(r.Stranded) + " stranded"
		whole := text
		if alone := r.Stranded - r.Together - r.Unheld; alone > 0 {
			text += ": " + l.Prose(alone) + " pinned by one stack each"
			if r.Together > 0 {
				text += ", " + l.Prose(r.Together) + " by several"
			}
		} else if r.Together > 0 {
			text += ", all pinned by several stacks"
		}
		if paint.Width(text) > width { // whole facts only
			text = whole
		}
	}
	return l.Text(paint.Muted, text, width)
}

// sortedWords explains the column that the groups are sorted by.
func (v *stacksView) sortedWords(l *draw.Look, width int) string {
	order := v.groups.Ordered()
	for i := range v.groups.Columns {
		if c := &v.groups.Columns[i]; c.Key == order.Key {
			return l.Line(width).Text(paint.Muted, " Sorted by ").Text(paint.Accent, c.Title).
				Text(paint.Muted, paint.Truncate(": "+c.Help, width-len(" Sorted by "+c.Title), l.Glyphs.Ellipsis)).String()
		}
	}
	return ""
}

// callsHead is above the calls of the selected stack.
func (v *stacksView) callsHead(l *draw.Look, row *stackRow, width int) string {
	line := l.Line(width).PadTo(1).Text(paint.Title, row.name())
	more := l.Glyphs.Dot + "innermost call first"
	if row.Stacks > 1 {
		more = l.Glyphs.Dot + "one of " + draw.Plural(row.Stacks, "stack") + " that differ in libraries only" + more
	}
	fitEnd(l, line, paint.Muted, more)
	return line.String()
}

func (v *stacksView) summary(w *world) []string {
	row, ok := v.groups.Current()
	if !ok || !v.known {
		return nil
	}
	return stackFacts(w.look, row)
}

// stackFacts says what a stack keeps from going back.
func stackFacts(l *draw.Look, r *stackRow) []string {
	who := r.name() + ": "
	at := draw.Hex(r.Worst.Segment)
	switch {
	case r.Alone > 0:
		return []string{
			who + "alone pins " + l.Prose(r.Alone) + " in " + draw.Plural(r.HeldAlone, "segment") + ".",
			"The worst is " + at + ", " + l.Prose(r.Worst.Stranded) + " stranded: " + l.Glyphs.Enter + " goes there.",
		}
	case r.Held > 0:
		return []string{
			who + "with others pins " + l.Prose(r.Held) + " in " + draw.Plural(r.HeldSegments, "segment") + ", alone nothing.",
			"The worst is " + at + ", " + l.Prose(r.Worst.Stranded) + " stranded: " + l.Glyphs.Enter + " goes there.",
		}
	}
	return []string{who + "pins nothing.", "Its largest block is in " + at + ": " + l.Glyphs.Enter + " goes there."}
}

func (v *stacksView) position() (at, of int) { return v.groups.Index, len(v.groups.Rows) }

func (v *stacksView) bar(k *keyMap) []key.Binding {
	if !v.known {
		return []key.Binding{k.Back, k.NextTab, k.Pause, k.Help, k.Quit}
	}
	return []key.Binding{k.Enter, k.Back, k.Expand, k.Whole, k.Sort, k.Filter, k.Release, k.Pause, k.Units, k.Help, k.Quit}
}

// noStacks says why no stack is known, and how to get them.
func noStacks(w *world, p *fragcalc.Process, width, height int) []string {
	l := w.look
	lines := []string{l.Line(width).PadTo(1).Text(paint.Title, "No stacks are known of "+rowName(p.RowID)).String(), ""}
	say := func(text string) {
		for _, line := range draw.Wrap(text, width-2) {
			lines = append(lines, l.Text(paint.Text, " "+line, width))
		}
		lines = append(lines, "")
	}
	say(whyNoStacks(w, p))
	if p.Framework.Name != "" && p.Framework.Name != "pytorch" {
		return draw.Fill(lines, height)
	}
	say("The program itself can record them, and write them down where it is worth a look:")
	for _, line := range []string{"torch.cuda.memory._record_memory_history()", `torch.cuda.memory._dump_snapshot("memory.pickle")`, "gpufragtop open memory.pickle"} {
		lines = append(lines, l.Text(paint.Accent, line, width)) // from the edge, so that it copies clean
	}
	lines = append(lines, "")
	say("From the first line on PyTorch notes the stack of every allocation: about 2 microseconds each by its own words, and host memory for each event. " +
		"The blocks that are older have none. " +
		"Meanwhile this screen has no blocks of PyTorch before 2.11.")
	return draw.Fill(lines, height)
}

// whyNoStacks is why there are none here.
func whyNoStacks(w *world, p *fragcalc.Process) string {
	switch {
	case w.snapshot.Report != nil:
		return "A report of an out-of-memory error holds the stack of that moment, and the blocks without theirs."
	case w.snapshot.From != "" && p.Trace != nil:
		return w.snapshot.From + " holds the history of its program, but without stacks: it was recorded with context=None."
	case w.snapshot.From != "":
		return w.snapshot.From + " holds none: recordings of gpufragtop never do, snapshots of PyTorch do where the program recorded its history."
	case !p.Instrumented:
		return "It is not seen into: " + orElse(p.Hook.Reason, p.Used.Reason()) + "."
	case len(p.Pools) == 0:
		return "There is no walk over its blocks: " + noWalkReason(p) + "."
	}
	live := "a program that runs tells of its blocks without their stacks, whether it was started with gpufragtop run, attached to, or has a door of its own"
	if w.snapshot.Demo {
		return "This program of the demo records no history. The others show what a snapshot file of PyTorch would: " + live + "."
	}
	return strings.ToUpper(live[:1]) + live[1:] + "."
}
