package tui

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// mostChanges is how many rows a list of changes has: the largest ones.
const mostChanges = 200

// changedSize is a column of a difference in bytes, or of bytes that came or
// went.
func changedSize[R any](title, key, help string, width, rank int, t tone, by func(*R) fragcalc.Bytes) table.Column[R] {
	return table.Column[R]{Title: title, Key: key, Help: help, Width: width, Size: true, Rank: rank, Right: true,
		By:   query.Size(func(r *R) (int64, bool) { return by(r).Get() }),
		Text: func(l *draw.Look, r *R) (string, paint.Role) { return differenceText(l, by(r), t) }}
}

// signedTally is the bytes of a tally as a figure, with a sign.
func signedTally(sign int64, t change.Tally) fragcalc.Bytes { return fragcalc.Of(sign * t.Bytes) }

// changedStack is what a stack allocated and freed.
type changedStack struct {
	change.Stack
	id   string // all its calls
	line string // the program's own
}

func stackRows(changes []change.Stack) []changedStack {
	rows := make([]changedStack, min(len(changes), mostChanges))
	for i := range rows {
		calls := changes[i].Calls
		rows[i] = changedStack{changes[i], allCalls(calls), stackLine(calls, len(calls))}
	}
	return rows
}

func newStackChanges() *table.Titled[changedStack, string] {
	return &table.Titled[changedStack, string]{Table: table.Table[changedStack, string]{Name: "changes by stack", One: "stack",
		Identity: func(r *changedStack) string { return r.id },
		Words:    func(r *changedStack) []string { return strings.Split(r.id, callArrow) },
		Columns: []table.Column[changedStack]{
			changedSize("NET", "net", "allocated - freed", 7, 0, neutral, func(r *changedStack) fragcalc.Bytes { return fragcalc.Of(r.Net()) }),
			changedSize("ALLOCATED", "allocated", "in blocks that are live and were not", 9, 1, neutral, func(r *changedStack) fragcalc.Bytes { return signedTally(1, r.Allocated) }),
			changedSize("FREED", "freed", "in blocks that were live and are not", 7, 2, worseUp, func(r *changedStack) fragcalc.Bytes { return signedTally(-1, r.Freed) }),
			{Title: "BLOCKS", Key: "blocks", Help: "allocated and freed", Width: 11, Rank: 3, Right: true,
				By: query.Count(func(r *changedStack) (int64, bool) { return int64(r.Allocated.Count + r.Freed.Count), true }),
				Text: func(_ *draw.Look, r *changedStack) (string, paint.Role) {
					return "+" + strconv.Itoa(r.Allocated.Count) + " -" + strconv.Itoa(r.Freed.Count), paint.Text
				}},
			{Title: "ALLOCATED BY", Key: "stack", Help: "the program's own calls, innermost first", Width: 12, Flex: true,
				By: query.Words(func(r *changedStack) []string { return strings.Split(r.id, callArrow) }),
				Text: func(_ *draw.Look, r *changedStack) (string, paint.Role) {
					if r.Calls == nil {
						return r.line, paint.Muted
					}
					return r.line, paint.Text
				}},
		}}}
}

// changedPool is a pool that is not as it was.
type changedPool struct{ change.Pool }

// by is the difference of a figure; a pool that is not there has none of it.
func (r *changedPool) by(figure func(*fragcalc.Pool) fragcalc.Bytes) fragcalc.Bytes {
	of := func(p *fragcalc.Pool) fragcalc.Bytes {
		if p == nil {
			return fragcalc.Of[int64](0)
		}
		return figure(p)
	}
	return change.By(of(r.Before), of(r.After))
}

func newPoolChanges() *table.Titled[changedPool, fragcalc.PoolID] {
	figure := func(title, key, help string, width, rank int, t tone, of func(*fragcalc.Pool) fragcalc.Bytes) table.Column[changedPool] {
		return changedSize(title, key, help, width, rank, t, func(r *changedPool) fragcalc.Bytes { return r.by(of) })
	}
	return &table.Titled[changedPool, fragcalc.PoolID]{Title: "By pool", Table: table.Table[changedPool, fragcalc.PoolID]{Name: "changes by pool", One: "pool",
		Identity: func(r *changedPool) fragcalc.PoolID { return r.PoolID },
		Columns: []table.Column[changedPool]{
			{Title: "POOL", Key: "pool", Help: "size of its blocks, and stream", Width: 12, Most: 36,
				By:   query.Word(func(r *changedPool) string { return poolWords(r.PoolID, ", ") }),
				Text: func(l *draw.Look, r *changedPool) (string, paint.Role) { return poolName(r.PoolID, l), paint.Text }},
			figure("RESERVED", "reserved", "held from the driver", 8, 1, neutral, func(p *fragcalc.Pool) fragcalc.Bytes { return p.Reserved }),
			figure("USED", "used", "in live blocks", 7, 2, neutral, func(p *fragcalc.Pool) fragcalc.Bytes { return p.Used }),
			figure("STRANDED", "stranded", "in holes beside live blocks", 8, 0, worseUp, func(p *fragcalc.Pool) fragcalc.Bytes { return p.Stranded }),
			figure("LARGEST", "largest", "largest free block", 7, 3, betterUp, func(p *fragcalc.Pool) fragcalc.Bytes { return p.LargestFree }),
			changedSize("ALLOCATED", "allocated", "in blocks that are live and were not", 9, 4, neutral, func(r *changedPool) fragcalc.Bytes { return signedTally(1, r.Allocated) }),
			changedSize("FREED", "freed", "in blocks that were live and are not", 7, 5, worseUp, func(r *changedPool) fragcalc.Bytes { return signedTally(-1, r.Freed) }),
			{Title: "", Width: 4, Flex: true, Rank: 6, Text: func(_ *draw.Look, r *changedPool) (string, paint.Role) {
				switch {
				case r.Before == nil:
					return "new", paint.Text
				case r.After == nil:
					return "gone", paint.Text
				}
				return "", paint.Text
			}},
		}}}
}

// hole is a range that is newly stranded, and the blocks that hold it.
type hole struct {
	change.Stranded
	before, behind *fragcalc.Block // nil at the segment's edge
	stacks         fragcalc.Stacks
	words          [2]string // its address, and the blocks beside it: made once, not at each drawing
}

func holeRows(l *draw.Look, ranges []change.Stranded, known fragcalc.Stacks) []hole {
	rows := make([]hole, min(len(ranges), mostChanges))
	for i := range rows {
		rows[i] = hole{Stranded: ranges[i], stacks: known}
		rows[i].before, rows[i].behind = ranges[i].Beside()
		rows[i].words = [2]string{draw.Hex(ranges[i].Address), rows[i].holder(l, rows[i].before) + ", " + rows[i].holder(l, rows[i].behind)}
	}
	return rows
}

// was is what most of the range was before.
func (r *hole) was() string {
	switch {
	case r.Live >= max(r.Free, r.Unreserved):
		return "live"
	case r.Free >= r.Unreserved:
		return "free"
	default:
		return "not held"
	}
}

// holder is a block that keeps a range from being handed back.
func (r *hole) holder(l *draw.Look, b *fragcalc.Block) string {
	if b == nil {
		return "the edge"
	}
	words := l.Bytes(b.Size)
	if stack := r.stacks.At(b.Stack); len(stack) > 0 {
		return words + " " + stacks.Name(stack)
	}
	return words + " at " + draw.Hex(b.Address)
}

// holders are the calls that allocated the blocks beside it.
func (r *hole) holders() []string {
	var words []string
	for _, b := range [...]*fragcalc.Block{r.before, r.behind} {
		if b != nil {
			words = append(words, draw.Hex(b.Address))
			if stack := r.stacks.At(b.Stack); len(stack) > 0 {
				words = append(words, allCalls(stack))
			}
		}
	}
	return words
}

func newHoleChanges() *table.Titled[hole, uint64] {
	size := func(title, key, help string, width, rank int, of func(*hole) int64) table.Column[hole] {
		return table.Column[hole]{Title: title, Key: key, Help: help, Width: width, Size: true, Rank: rank, Right: true,
			By:   query.Size(func(r *hole) (int64, bool) { return of(r), true }),
			Text: func(l *draw.Look, r *hole) (string, paint.Role) { return l.Bytes(of(r)), paint.Text }}
	}
	return &table.Titled[hole, uint64]{Table: table.Table[hole, uint64]{Name: "newly stranded", One: "range",
		Identity: func(r *hole) uint64 { return r.Address },
		Columns: []table.Column[hole]{
			changedSize("STRANDED", "size", "bytes that are stranded and were not", 8, 0, worseUp, func(r *hole) fragcalc.Bytes { return fragcalc.Of(r.Size) }),
			{Title: "ADDRESS", Key: "address", Help: "where it begins", Width: 14, Rank: 2,
				By:   query.Address(func(r *hole) uint64 { return r.Address }),
				Text: func(_ *draw.Look, r *hole) (string, paint.Role) { return r.words[0], paint.Text }},
			{Title: "WAS", Key: "was", Help: "what most of it was: live, free in another way, not held", Width: 8, Rank: 3,
				By:   query.Word((*hole).was),
				Text: func(_ *draw.Look, r *hole) (string, paint.Role) { return r.was(), paint.Text }},
			size("SEGMENT", "segment", "bytes of the segment that it is in", 7, 4, func(r *hole) int64 { return r.Segment.Size }),
			{Title: "BETWEEN", Key: "between", Help: "the blocks beside it, which hold it", Width: 12, Flex: true, Rank: 1,
				By:   query.Words((*hole).holders),
				Text: func(_ *draw.Look, r *hole) (string, paint.Role) { return r.words[1], paint.Text }},
		}}}
}

// changedSegment is a segment that is not as it was.
type changedSegment struct{ change.Segment }

// changedSegmentID tells one that is gone from one that is new at its address.
type changedSegmentID struct {
	kind    change.Kind
	pool    fragcalc.PoolID
	address uint64
}

func newSegmentChanges() *table.Titled[changedSegment, changedSegmentID] {
	return &table.Titled[changedSegment, changedSegmentID]{Table: table.Table[changedSegment, changedSegmentID]{Name: "changed segments", One: "segment",
		Identity: func(r *changedSegment) changedSegmentID { return changedSegmentID{r.Kind, r.PoolID, r.Address} },
		Columns: []table.Column[changedSegment]{
			changedSize("RESERVED", "size", "bytes that came or went", 8, 0, neutral, func(r *changedSegment) fragcalc.Bytes { return fragcalc.Of(r.Sign() * r.Bytes) }),
			{Title: "", Key: "kind", Help: "new, gone, grown, shrunk", Width: 6,
				By:   query.Word(func(r *changedSegment) string { return r.String() }),
				Text: func(_ *draw.Look, r *changedSegment) (string, paint.Role) { return r.String(), paint.Text }},
			{Title: "ADDRESS", Key: "address", Help: "where it begins", Width: 14, Rank: 1,
				By:   query.Address(func(r *changedSegment) uint64 { return r.Address }),
				Text: func(_ *draw.Look, r *changedSegment) (string, paint.Role) { return draw.Hex(r.Address), paint.Text }},
			{Title: "POOL", Key: "pool", Help: "size of its blocks, and stream", Width: 12, Flex: true, Rank: 2,
				By:   query.Word(func(r *changedSegment) string { return poolWords(r.PoolID, ", ") }),
				Text: func(l *draw.Look, r *changedSegment) (string, paint.Role) { return poolName(r.PoolID, l), paint.Text }},
		}}}
}

func segmentRows(segments []change.Segment) []changedSegment {
	rows := make([]changedSegment, min(len(segments), mostChanges))
	for i := range rows {
		rows[i] = changedSegment{segments[i]}
	}
	return rows
}
