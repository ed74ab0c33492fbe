package fragcalc

// Piece is what goes back to the driver as a whole or not at all: a segment, or
// one page of an expandable one. One live block in it keeps all of it.
type Piece struct {
	// First and Last are the first and the last block of the segment that have
	// bytes in the piece; those between lie in it.
	First, Last int
	Stranded    int64 // bytes
}

// Pieces calls visit for each piece of the pool that has stranded bytes, with
// the index of its segment, in address order. Their stranded bytes add up to
// those of Measure, but for segments without blocks: nobody knows what is in
// them. Private pools have none.
func (p *Pool) Pieces(settings AllocatorSettings, visit func(segment int, piece Piece)) {
	if p.IsPrivate() {
		return
	}
	page := settings.page(p.Small)
	for i := range p.Segments {
		s := &p.Segments[i]
		switch {
		case len(s.Blocks) == 0:
		case s.Expandable:
			s.pages(page, func(piece Piece) { visit(i, piece) })
		default:
			if free := s.heldBack(); free > 0 {
				visit(i, Piece{First: 0, Last: len(s.Blocks) - 1, Stranded: free})
			}
		}
	}
}

// heldBack is the free bytes of a segment that goes back as a whole; none where
// it could.
func (s *Segment) heldBack() int64 {
	var t tally
	t.measureWhole(s)
	return s.Size - t.used - t.pending - t.releasable
}

// pages visits the pages of an expandable segment that have stranded bytes.
func (s *Segment) pages(page int64, visit func(Piece)) {
	var piece Piece
	at := int64(-1) // the page
	touch := func(number int64, block int, stranded int64) {
		if number != at {
			if piece.Stranded > 0 {
				visit(piece)
			}
			at, piece = number, Piece{First: block}
		}
		piece.Last = block
		piece.Stranded += stranded
	}
	strand := func(start, end int64, block int) {
		for start < end {
			stop := min(end, roundDown(start, page)+page)
			touch(start/page, block, stop-start)
			start = stop
		}
	}
	var start int64 // of the block in the segment
	for i := range s.Blocks {
		b := &s.Blocks[i]
		end := start + b.Size
		switch {
		case b.Size <= 0:
		case b.State == BlockFree:
			from, to := s.returned(start, end, page)
			strand(start, from, i)
			strand(to, end, i)
		default:
			touch(start/page, i, 0)
			touch((end-1)/page, i, 0)
		}
		start = end
	}
	if piece.Stranded > 0 {
		visit(piece)
	}
}
