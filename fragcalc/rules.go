package fragcalc

import "github.com/gpufragtop/gpufragtop/fragcalc/allocconf"

// rules are what the settings of PyTorch's allocator mean for a request.
type rules struct {
	allocconf.Config
	expandable bool // new memory is mapped into expandable segments
}

// rulesFor reads the settings. What it cannot read is left at its default: a
// program with such settings would not have started.
func rulesFor(settings AllocatorSettings, pools []Pool) rules {
	config := allocconf.ParseKnown(settings.Text)
	config.LargeSegmentSize = settings.page(false)
	return rules{Config: config.WithDefaults(), expandable: settings.expandable(pools)}
}

// exact is the largest request up to size that is not rounded up; 0 if none.
func (r *rules) exact(size int64) int64 {
	if size < minBlock {
		return 0
	}
	return roundDown(size, r.Step(size))
}

// band is a range of rounded sizes, both ends included, whose segments follow
// one rule.
type band struct{ from, to int64 }

// bands are all sizes. Nothing larger than mostBytes is ever answered for.
var bands = [...]band{{minBlock, smallLimit}, {smallLimit + minBlock, minLarge - minBlock}, {minLarge, mostBytes}}

// mostBytes is more than any device has, and small enough to add up.
const mostBytes = int64(1) << 50

// most is the largest rounded size of a band whose segment has at most room
// bytes: the inverse of segment. It is below the band when there is none.
func (r *rules) most(b band, room int64) int64 {
	switch {
	case b.from >= minLarge:
		return min(roundDown(room, roundLarge), b.to)
	case room < r.SegmentSize(b.from):
		return 0
	case b.from > smallLimit:
		return min(b.to, r.LargeSegmentSize)
	}
	return b.to
}
