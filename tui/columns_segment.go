package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

type segmentRow struct {
	*fragcalc.Segment
	pool     fragcalc.PoolID
	settings fragcalc.AllocatorSettings
	sizes    sizes
	largest  int64       // largest free block
	live     int         // used and pending blocks
	stacks   *stackWords // of the process; nil where nothing is filtered
	pins     pinner

	strip      []blockmap.Cell // see drawStrip
	stripWidth int
}

// pinner is the stack with most of the live memory that pins a segment. The zero
// pinner is not known, or there is nothing pinned.
type pinner struct {
	stacks.Holder
	name string
}

// pinnedBy finds what pins the segment, where stacks are known.
func (r *segmentRow) pinnedBy(index *stacks.Index) {
	if !index.Known() || r.sizes.of(paint.Stranded) == 0 {
		return
	}
	if holder, ok := index.Holder(r.Segment, stacks.ByOwn); ok {
		r.pins = pinner{holder, index.Name(holder.Stack)}
	}
}

// newSegmentRow adds a segment up.
func newSegmentRow(segment *fragcalc.Segment, pool fragcalc.PoolID, settings fragcalc.AllocatorSettings) segmentRow {
	row := segmentRow{Segment: segment, pool: pool, settings: settings}
	row.sizes = sizes(blockmap.SegmentSizes(pool, segment, settings))
	for i := range segment.Blocks {
		if block := &segment.Blocks[i]; block.State == fragcalc.BlockFree {
			row.largest = max(row.largest, block.Size)
		} else {
			row.live++
		}
	}
	return row
}

// newSegmentTable is the table of a pool's segments.
func newSegmentTable() table.Table[segmentRow, uint64] {
	return table.Table[segmentRow, uint64]{Name: "segments", One: "segment", Example: "address, stack, or stranded>100MiB & live<=2", Columns: segmentColumns(),
		Identity: func(r *segmentRow) uint64 { return r.Address },
		Natural:  byAddress, Order: table.SortOrder{Key: byAddress},
		More: []query.Field[segmentRow]{
			{Name: "stack", Help: "who allocated one of its blocks", Value: query.Words((*segmentRow).stackWords)},
		},
		Words: func(r *segmentRow) []string { return append(r.stackWords(), draw.Hex(r.Address)) }}
}

// stackWords are the calls that led to any of the segment's blocks.
func (r *segmentRow) stackWords() []string {
	var words []string
	seen := map[uint32]bool{0: true}
	for i := range r.Blocks {
		if number := r.Blocks[i].Stack; !seen[number] {
			seen[number] = true
			words = append(words, r.stacks.words(number)...)
		}
	}
	return words
}

// byAddress is the sort order in which segments and blocks come.
const byAddress = "address"

func segmentColumns() []table.Column[segmentRow] {
	sized := func(title, key, help string, width, rank int, figure func(*segmentRow) int64) table.Column[segmentRow] {
		return table.Column[segmentRow]{Title: title, Key: key, Help: help, Width: width, Size: true, Rank: rank, Right: true,
			By: query.Size(func(r *segmentRow) (int64, bool) { return figure(r), true }),
			Text: func(l *draw.Look, r *segmentRow) (string, paint.Role) {
				n := figure(r)
				if n == 0 {
					return l.Bytes(n), paint.Muted
				}
				return l.Bytes(n), paint.Text
			}}
	}
	state := func(title, key, help string, width, rank int, state paint.Role) table.Column[segmentRow] {
		return sized(title, key, help, width, rank, func(r *segmentRow) int64 { return r.sizes.of(state) })
	}
	return []table.Column[segmentRow]{
		{Title: "SEGMENT", Key: "address", Help: "where it begins", Width: 14,
			By: query.Address(func(r *segmentRow) uint64 { return r.Address }), Text: func(_ *draw.Look, r *segmentRow) (string, paint.Role) {
				return draw.Hex(r.Address), paint.Text
			}},
		sized("SIZE", "size", "bytes of the segment", 6, 1, func(r *segmentRow) int64 { return r.Size }),
		sized("USED", "used", "in live blocks", 6, 3, func(r *segmentRow) int64 { return r.sizes.of(paint.Used) + r.sizes.of(paint.Rounding) }),
		state("ROUNDING", "rounding", "lost to the allocator's sizes", 8, 9, paint.Rounding),
		state("PENDING", "pending", "waiting for a stream's event", 7, 8, paint.Pending),
		state("STRANDED", "stranded", "in holes beside live blocks", 8, 2, paint.Stranded),
		state("RELSBL", "releasable", "could go back to the driver now", 6, 6, paint.Releasable),
		state("PARKED", "parked", "free and kept by design", 6, 10, paint.Parked),
		sized("LARGEST", "largest", "largest free block", 7, 5, func(r *segmentRow) int64 { return r.largest }),
		{Title: "LIVE", Key: "live", Help: "used and pending blocks", Width: 5, Rank: 7, Right: true,
			By: query.Count(func(r *segmentRow) (int64, bool) { return int64(r.live), true }), Text: func(_ *draw.Look, r *segmentRow) (string, paint.Role) {
				return strconv.Itoa(r.live), paint.Text
			}},
		{Title: "PINNED BY", Key: "by", Help: "the stack with most of the live memory beside stranded", Width: 10, Most: 40, Rank: 3,
			Optional: true, Idle: []string{""}, By: query.Word(func(r *segmentRow) string { return r.pins.name }),
			Text: func(_ *draw.Look, r *segmentRow) (string, paint.Role) {
				if r.pins.Others > 0 {
					return r.pins.name + " +" + strconv.Itoa(r.pins.Others), paint.Text
				}
				return r.pins.name, paint.Text
			}},
		{Title: "MAP", Key: "map", Help: "what its memory is in, in address order", Width: 8, Flex: true, Rank: 4, Draw: drawStrip},
	}
}

// drawStrip draws the whole segment on the width of the column. The row keeps its
// cells until it is made anew: they cost a pass over its blocks, and only rows
// that are seen need them.
func drawStrip(l *draw.Look, line *paint.Line, r *segmentRow, width int) {
	end := line.Width() + width
	if r.stripWidth != width {
		stretches := blockmap.Stretches(nil, r.pool, r.Segment, r.settings)
		r.strip, r.stripWidth = blockmap.Strip(stretches, width), width
	}
	blockmap.Draw(line, l.Glyphs, r.strip)
	line.PadTo(end)
}
