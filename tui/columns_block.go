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

type blockRow struct {
	*fragcalc.Block
	offset int64
	sizes  sizes
	stacks *stackWords // of the process
	by     string      // what its stack is called; empty where none is recorded
}

// blockRows are the blocks of a segment of a process.
func blockRows(pool fragcalc.PoolID, segment *fragcalc.Segment, p *fragcalc.Process) []blockRow {
	stacks := newStackWords(p.Stacks)
	rows := make([]blockRow, len(segment.Blocks))
	for i, inside := range blockmap.BlockSizes(pool, segment, p.Settings) {
		block := &segment.Blocks[i]
		rows[i] = blockRow{Block: block, offset: int64(block.Address - segment.Address), sizes: sizes(inside), stacks: stacks}
	}
	return rows
}

// state is the state that most of the block is in, and its words.
func (r *blockRow) state() (string, paint.Role) {
	switch {
	case r.State == fragcalc.BlockUsed:
		return "used", paint.Used
	case r.State == fragcalc.BlockPending:
		return "pending", paint.Pending
	case r.sizes.of(paint.Parked) > 0:
		return "parked", paint.Parked
	case r.sizes.of(paint.Releasable) == 0:
		return "stranded", paint.Stranded
	case r.sizes.of(paint.Stranded) == 0:
		return "releasable", paint.Releasable
	default:
		return "releasable in part", paint.Releasable
	}
}

// states are all names of what the block is in: "free" is one of a stranded one.
func (r *blockRow) states() []string {
	name, _ := r.state()
	if r.State == fragcalc.BlockFree {
		return []string{name, "free"}
	}
	return []string{name}
}

// newBlockTable is the table of a segment's blocks.
func newBlockTable() table.Table[blockRow, uint64] {
	of := func(state paint.Role) query.Value[blockRow] {
		return query.Size(func(r *blockRow) (int64, bool) { return r.sizes.of(state), true })
	}
	return table.Table[blockRow, uint64]{Name: "blocks", One: "block", Example: "address, state, stack, or size>1MiB & stranded>0", Columns: blockColumns(),
		Identity: func(r *blockRow) uint64 { return r.Address },
		Natural:  byAddress, Order: table.SortOrder{Key: byAddress},
		More: []query.Field[blockRow]{
			{Name: "stranded", Help: "bytes of it in a hole", Value: of(paint.Stranded)},
			{Name: "releasable", Help: "bytes of it that could go back to the driver", Value: of(paint.Releasable)},
			{Name: "stack", Help: "who allocated it", Value: query.Words(func(r *blockRow) []string { return r.stacks.words(r.Stack) })},
		},
		Words: func(r *blockRow) []string {
			return append(append(r.states(), draw.Hex(r.Address)), r.stacks.words(r.Stack)...)
		}}
}

// stackWords are the stacks of a process as a filter finds them: each made into
// words once.
type stackWords struct {
	stacks fragcalc.Stacks
	made   map[uint32][]string
}

func newStackWords(stacks fragcalc.Stacks) *stackWords {
	return &stackWords{stacks: stacks, made: map[uint32][]string{}}
}

// words are the calls of a stack; none where it was not recorded.
func (s *stackWords) words(number uint32) []string {
	words, ok := s.made[number]
	if ok {
		return words
	}
	for _, call := range s.stacks.At(number) {
		words = append(words, call.Function+" "+call.File+":"+strconv.Itoa(call.Line))
	}
	s.made[number] = words
	return words
}

func blockColumns() []table.Column[blockRow] {
	sized := func(title, key, help string, rank int, figure func(*blockRow) (int64, bool)) table.Column[blockRow] {
		return table.Column[blockRow]{Title: title, Key: key, Help: help, Width: 9, Size: true, Rank: rank, Right: true,
			By: query.Size(figure),
			Text: func(l *draw.Look, r *blockRow) (string, paint.Role) {
				if n, ok := figure(r); ok {
					return l.Bytes(n), paint.Text
				}
				return "", paint.Muted
			}}
	}
	live := func(r *blockRow) bool { return r.State != fragcalc.BlockFree }
	return []table.Column[blockRow]{
		{Title: "BLOCK", Key: "address", Help: "where it begins", Width: 14,
			By: query.Address(func(r *blockRow) uint64 { return r.Address }), Text: func(_ *draw.Look, r *blockRow) (string, paint.Role) {
				return draw.Hex(r.Address), paint.Text
			}},
		sized("OFFSET", "offset", "where in the segment", 4, func(r *blockRow) (int64, bool) { return r.offset, true }),
		sized("SIZE", "size", "bytes of the block", 1, func(r *blockRow) (int64, bool) { return r.Size, true }),
		sized("REQUESTED", "requested", "asked for", 2, func(r *blockRow) (int64, bool) { return r.Requested, live(r) }),
		sized("ROUNDING", "rounding", "lost to the allocator's sizes", 3, func(r *blockRow) (int64, bool) { return r.sizes.of(paint.Rounding), live(r) }),
		{Title: "STATE", Key: "state", Help: "used, pending, free; stranded, releasable or parked", Width: 8, Ample: stateWidth, Draw: drawState,
			By: query.Words((*blockRow).states)},
		{Title: "ALLOCATED BY", Key: "by", Help: "the innermost call of the program's own", Width: 12, Most: 48, Flex: true, Rank: 2,
			Optional: true, Idle: []string{""}, By: query.Word(func(r *blockRow) string { return r.by }),
			Text: func(l *draw.Look, r *blockRow) (string, paint.Role) {
				switch {
				case !live(r):
					return "", paint.Muted
				case r.by == "":
					return l.Glyphs.Dash, paint.Muted
				}
				return r.by, paint.Text
			}},
	}
}

// nameStacks says of each live block what its stack is called.
func nameStacks(rows []blockRow, index *stacks.Index) {
	if !index.Known() {
		return
	}
	for i := range rows {
		if r := &rows[i]; r.State != fragcalc.BlockFree && len(index.Stack(r.Stack)) > 0 {
			r.by = index.Name(r.Stack)
		}
	}
}

// stateWidth is that of the longest state, with its sign.
const stateWidth = len("x releasable in part")

func drawState(l *draw.Look, line *paint.Line, r *blockRow, width int) {
	name, role := r.state()
	end := line.Width() + width
	line.Repeat(role, l.Glyphs.Of(role), 1)
	l.Fit(line, paint.Text, " "+name, max(end-line.Width(), 0), false)
}
