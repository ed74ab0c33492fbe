package history

import (
	"time"
)

// Window is how far back a chart looks: one of seven spans. Its zero value is
// not the one to begin with: that is DefaultWindow.
type Window uint8

// windows are the spans, each with the ring that remembers it best.
var windows = [...]struct {
	span time.Duration
	ring int
}{
	{1 * time.Minute, 0}, {2 * time.Minute, 0},
	{5 * time.Minute, 1}, {10 * time.Minute, 1},
	{20 * time.Minute, 2}, {30 * time.Minute, 2}, {60 * time.Minute, 2},
}

const (
	// Shortest is one minute.
	Shortest Window = 0
	// DefaultWindow is five minutes.
	DefaultWindow Window = 2
	// Longest is an hour: all that is remembered.
	Longest = Window(len(windows) - 1)
)

// Span is the length of the window.
func (w Window) Span() time.Duration { return windows[min(w, Longest)].span }

// Wider is the next longer window; the longest is followed by itself.
func (w Window) Wider() Window { return min(w+1, Longest) }

// Narrower is the next shorter window; the shortest is followed by itself.
func (w Window) Narrower() Window {
	if w == 0 {
		return 0
	}
	return min(w, Longest) - 1
}

// ring is one of the paces at which buckets follow each other. Buckets of
// all rings begin at whole multiples of their span since 1970, so that what has
// passed never changes.
type ring struct {
	span    time.Duration // of a bucket
	buckets int64
	first   int64 // where its buckets lie among those of all rings
}

var rings = [...]ring{
	{time.Second, 120, 0},               // 2 min
	{2500 * time.Millisecond, 240, 120}, // 10 min
	{15 * time.Second, 240, 360},        // 1 h
}

const (
	ringCount   = len(rings)
	bucketCount = 600
)

// number is that of the bucket a moment is in.
func (r *ring) number(at time.Time) int64 {
	n, span := at.UnixNano(), int64(r.span)
	number := n / span
	if n%span < 0 {
		number-- // before 1970
	}
	return number
}

// index is where the bucket of a number lies.
func (r *ring) index(number int64) int64 {
	return r.first + (number%r.buckets+r.buckets)%r.buckets
}

// Frame says which cells a window is shown in: whole cells of so many buckets,
// the newest last. Charts that are to be compared share one. The
// zero value has no cells.
type Frame struct {
	ring  int
	per   int64 // buckets of a cell
	cells int64
	last  int64 // number of the last cell
}

// Frame lays a window out in at most the given number of cells, at least one,
// up to the bucket that a moment is in. Where there are more cells than buckets
// it is of fewer cells: one of a bucket each.
func (w Window) Frame(cells int, at time.Time) Frame {
	chosen := windows[min(w, Longest)]
	r := &rings[chosen.ring]
	buckets := int64(chosen.span / r.span)
	per := (buckets + int64(max(cells, 1)) - 1) / int64(max(cells, 1))
	for buckets%per != 0 {
		per++
	}
	return Frame{ring: chosen.ring, per: per, cells: buckets / per, last: floorDiv(r.number(at), per)}
}

// Cells is how many there are.
func (f Frame) Cells() int { return int(f.cells) }

// CellSpan is the time that a cell stands for.
func (f Frame) CellSpan() time.Duration { return time.Duration(f.per) * rings[f.ring].span }

// Begin is when a cell begins.
func (f Frame) Begin(cell int) time.Time {
	return time.Unix(0, (f.last-f.cells+1+int64(cell))*int64(f.CellSpan()))
}

// Cell is the one that a moment is in; false where it is in none.
func (f Frame) Cell(at time.Time) (int, bool) {
	if f.cells == 0 {
		return 0, false
	}
	cell := floorDiv(rings[f.ring].number(at), f.per) - (f.last - f.cells + 1)
	return int(cell), cell >= 0 && cell < f.cells
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
