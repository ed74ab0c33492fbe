package tui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// changeView shows what is different in a process, a pool or a segment between
// two moments: the mark and what is shown, or the last two walks.
type changeView struct {
	of       compared
	shown    place // of the lists
	fresh    bool  // nobody has chosen a row since there is something to choose
	interval interval
	known    bool   // there are two moments to compare
	missing  string // why there is nothing to show; empty when there is
	diff     change.Comparison

	stacks   *table.Titled[changedStack, string]
	pools    *table.Titled[changedPool, fragcalc.PoolID]
	holes    *table.Titled[hole, uint64]
	segments *table.Titled[changedSegment, changedSegmentID]
	sections table.Sections
}

// compared is what a comparison is of: it is made anew only when that changes.
type compared struct {
	before, after *fragcalc.Process
	place         place
}

func newChangeView() *changeView {
	return &changeView{stacks: newStackChanges(), pools: newPoolChanges(), holes: newHoleChanges(), segments: newSegmentChanges()}
}

func (v *changeView) list() table.Listing {
	if s := v.sections.Current(); s != nil {
		return s
	}
	return v.segments
}

// lists implements manyLister.
func (v *changeView) lists() []table.Listing {
	return []table.Listing{v.stacks, v.pools, v.holes, v.segments}
}

func (v *changeView) refresh(w *world) {
	v.interval, v.known = w.interval(w.place.row)
	v.missing = v.whatIsMissing(w)
	if v.missing != "" || !v.known {
		v.of = compared{}
		v.sections.Set()
		return
	}
	before, after := v.interval.sides()
	if of := (compared{before, after, v.scopeOf(w)}); v.of != of || v.interval.before.process == nil {
		v.of = of
		from, _ := segmentRange(w.place, v.interval.shown(), after, before)
		v.diff = change.Compare(scope(before, w.place, from), scope(after, w.place, from))
	}
	v.fill(w, after)
}

// scopeOf is the part of the place that a comparison depends on.
func (v *changeView) scopeOf(w *world) place {
	of := place{level: w.place.level, row: w.place.row}
	if of.level >= poolLevel {
		of.pool = w.place.pool
	}
	if of.level >= segmentLevel {
		of.segment = w.place.segment
	}
	return of
}

// whatIsMissing is why the place cannot be compared with itself at another time.
func (v *changeView) whatIsMissing(w *world) string {
	i := &v.interval
	name := "Process " + rowName(w.place.row)
	if rowIn(w.snapshot, w.place.row) == nil {
		other := i.before
		if i.back {
			other = i.after
		}
		if !i.marked || other.process == nil {
			return name + " no longer uses this GPU."
		}
		held := "."
		if reserved, ok := other.process.Reserved.Get(); ok {
			held = ", where it had reserved " + w.look.Prose(reserved) + "."
		}
		gone := " no longer uses this GPU: it did at the mark, "
		if i.back {
			gone = " does not use this GPU yet: it did at the mark, "
		}
		return name + gone + other.at.Format(time.TimeOnly) + held
	}
	if !v.known || w.place.level < poolLevel {
		return ""
	}
	before, after := i.sides()
	if !slices.ContainsFunc([]*fragcalc.Process{before, after}, func(p *fragcalc.Process) bool {
		return slices.ContainsFunc(p.Pools, func(pool fragcalc.Pool) bool { return pool.PoolID == w.place.pool })
	}) {
		return "This pool was there at neither moment."
	}
	if _, ok := segmentRange(w.place, before, after); !ok && w.place.level >= segmentLevel {
		return "This segment was there at neither moment."
	}
	return ""
}

// fill makes the rows of the lists.
func (v *changeView) fill(w *world, after *fragcalc.Process) {
	d := &v.diff
	stacks := d.Stacks
	if !slices.ContainsFunc(stacks, func(s change.Stack) bool { return s.Calls != nil }) {
		stacks = nil // there is nothing to tell them apart by
	}
	rows := stackRows(stacks)
	v.stacks.Title = "By stack: what is live and was not, and the other way round" + moreRows(len(rows), len(stacks))
	v.stacks.Fill(w.look, rows)
	var pools []changedPool
	if w.place.level == processLevel {
		for i := range d.Pools {
			pools = append(pools, changedPool{d.Pools[i]})
		}
	}
	v.pools.Fill(w.look, pools)
	holes := holeRows(w.look, d.Ranges, after.Stacks)
	v.holes.Title = "Newly stranded, and the blocks that hold it" + moreRows(len(holes), len(d.Ranges))
	v.holes.Fill(w.look, holes)
	segments := segmentRows(d.Segments)
	v.segments.Title = "Segments" + moreRows(len(segments), len(d.Segments))
	v.segments.Fill(w.look, segments)
	v.sections.Set(v.stacks, v.pools, v.holes, v.segments)
	v.fresh = v.fresh || v.shown != v.of.place
	v.shown = v.of.place
	if v.fresh {
		v.sections.MoveTo(0)
	}
	v.fresh = v.fresh && v.interval.before.at.Equal(v.interval.after.at)
}

// key implements view: Esc ends the filter of the list with the cursor first.
func (v *changeView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	return nil, message.String() == "esc" && a.clearFilter()
}

func (v *changeView) move(_ *world, m table.Motion) {
	v.fresh = false
	v.sections.Move(m)
}

// down goes to what the cursor is on, as far as it is in what is shown.
func (v *changeView) down(w *world) (place, bool) {
	next := w.place
	switch section := v.sections.Current().(type) {
	case *table.Titled[changedPool, fragcalc.PoolID]:
		if row, ok := section.Current(); ok {
			next.level, next.pool = poolLevel, row.PoolID
			return next, true
		}
	case *table.Titled[hole, uint64]:
		if row, ok := section.Current(); ok {
			next.pool, next.segment = row.Pool, row.Segment.Address
			return next.toAddress(v.interval.shown(), row.Address), true
		}
	case *table.Titled[changedSegment, changedSegmentID]:
		if row, ok := section.Current(); ok {
			next.level, next.tab, next.pool, next.segment = segmentLevel, tabList, row.PoolID, row.Address
			return next, true
		}
	}
	return place{}, false
}

// toAddress is the block that an address lies in, within the place's pool; the
// place's segment where there is none.
func (p place) toAddress(process *fragcalc.Process, address uint64) place {
	p.level, p.tab = segmentLevel, tabList
	for i := range process.Pools {
		if process.Pools[i].PoolID != p.pool {
			continue
		}
		for _, segment := range process.Pools[i].Segments {
			if address < segment.Address || address >= segment.Address+uint64(segment.Size) {
				continue
			}
			p.segment = segment.Address
			at, found := slices.BinarySearchFunc(segment.Blocks, address, func(b fragcalc.Block, address uint64) int {
				switch {
				case b.Address > address:
					return 1
				case b.Address+uint64(b.Size) <= address:
					return -1
				}
				return 0
			})
			if found {
				p.level, p.block = blockLevel, segment.Blocks[at].Address
			}
			return p
		}
	}
	return p
}

func (v *changeView) render(w *world, width, height int) []string {
	l := w.look
	switch {
	case v.missing != "":
		return gone(l, v.missing, width)
	case !v.known:
		return nothingToCompare(l, width)
	}
	lines := []string{intervalLine(l, &v.interval, width)}
	if text := v.swings(w); text != "" && height >= swingHeight {
		lines = append(lines, l.Text(paint.Muted, " "+text, width))
	}
	if note := v.note(); note != "" && height > 3 {
		lines = append(lines, l.Text(paint.Muted, " "+note, width))
	}
	figures := v.diff.Figures
	if w.place.level >= poolLevel {
		figures = slices.DeleteFunc(slices.Clone(figures), func(f change.Figure) bool { return f.Whole })
	}
	totals := totalLines(l, &v.diff, width)
	const sectionsLeast, roomy = 5, 16
	room := height - len(lines) - len(totals)
	if len(v.sections.All) > 0 {
		room = max(min(room-sectionsLeast, height/3), 1)
	}
	lines = append(lines, figureLines(l, figures, width, room)...)
	if left := height - len(lines); left < len(totals)+sectionsLeast && len(v.sections.All) > 0 {
		totals = totals[:max(min(left-sectionsLeast, len(totals)), 0)]
	}
	lines = append(lines, totals...)
	if height >= roomy {
		lines = append(lines, "")
	}
	return append(lines, v.sections.Render(l, width, height-len(lines))...)
}

// swingHeight is the height from which the line has room that says where the
// difference of a process lies in what its figure does all the time.
const swingHeight = 14

// swings is that line; empty where the figure hardly moves.
func (v *changeView) swings(w *world) string {
	s, ok := w.swing(w.place.row)
	if !ok || w.place.level != processLevel {
		return ""
	}
	for i := range v.diff.Figures {
		if f := &v.diff.Figures[i]; f.Name == "stranded" {
			if by, known := f.By().Get(); known {
				return s.against(w.look, by)
			}
		}
	}
	return ""
}

// note is what must be known to read what is shown.
func (v *changeView) note() string {
	i := &v.interval
	switch {
	case i.before.at.Equal(i.after.at):
		return "The mark is the moment that is shown: nothing can be different yet."
	case i.before.process == nil:
		return "It was not there at " + i.before.at.Format(time.TimeOnly) + ": all of it is new."
	case v.diff.NoBlocks == "" && len(i.after.process.Stacks) == 0:
		return "No stacks: a block that was freed, and got again in the same place and size, looks kept."
	}
	return ""
}

func nothingToCompare(l *draw.Look, width int) []string {
	lines := []string{""}
	for _, line := range draw.Wrap("Nothing to compare yet: one walk has been seen. m marks a moment; from then on this shows what is different since.", width-2) {
		lines = append(lines, l.Text(paint.Text, " "+line, width))
	}
	return lines
}

func (v *changeView) summary(w *world) []string {
	l := w.look
	switch section := v.sections.Current().(type) {
	case *table.Titled[changedStack, string]:
		if row, ok := section.Current(); ok {
			return []string{signedSize(l, row.Net()) + " by", row.line}
		}
	case *table.Titled[hole, uint64]:
		if row, ok := section.Current(); ok {
			return holeFacts(l, row)
		}
	case *table.Titled[changedSegment, changedSegmentID]:
		if row, ok := section.Current(); ok {
			return []string{draw.Hex(row.Address) + ": " + row.String() + ", " + l.Prose(row.Bytes) + " of " + l.Prose(row.Size) + "."}
		}
	case *table.Titled[changedPool, fragcalc.PoolID]:
		if row, ok := section.Current(); ok {
			return []string{poolName(row.PoolID, l) + ": " + l.Prose(row.Stranded.Bytes) + " newly stranded, " + l.Prose(row.Unstranded.Bytes) + " no longer."}
		}
	}
	return nil
}

// holeFacts explain a range that is newly stranded.
func holeFacts(l *draw.Look, r *hole) []string {
	facts := []string{draw.Hex(r.Address) + ": " + l.Prose(r.Size) + " newly stranded."}
	for _, part := range [...]struct {
		size int64
		was  string
	}{{r.Live, "was in live blocks"}, {r.Free, "was free in another way"}, {r.Unreserved, "was not held"}} {
		switch {
		case part.size == r.Size:
			facts = append(facts, "It "+part.was+".")
		case part.size > 0:
			facts = append(facts, l.Prose(part.size)+" "+part.was+".")
		}
	}
	for _, b := range [...]*fragcalc.Block{r.before, r.behind} {
		if b == nil {
			continue
		}
		if stack := r.stacks.At(b.Stack); len(stack) > 0 {
			facts = append(facts, "Held by "+l.Prose(b.Size)+" of "+stackLine(stack, 4)+".")
		}
	}
	return facts
}

func (v *changeView) position() (at, of int) { return v.sections.Position() }

func (v *changeView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Enter, k.Back, k.Mark, k.NextTab, k.Sort, k.Filter, k.Pause, k.Units, k.Help, k.Quit}
}
