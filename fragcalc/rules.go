package fragcalc

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// rules are what the settings of PyTorch's allocator mean for a request.
type rules struct {
	expandable bool  // new memory is mapped into expandable segments
	large      int64 // see AllocatorSettings.LargeSegmentBytes
	maxSplit   int64 // max_split_size_mb in bytes; math.MaxInt64 = no limit
	nonSplit   int64 // max_non_split_rounding_mb in bytes
	divisions  [divisionClasses]int64
	collects   float64 // garbage_collection_threshold; 0 = off
}

const (
	minBlock = 512 // all block sizes are multiples of it
	// divisionClasses is for how many doublings of size, from 1 MiB on,
	// roundup_power2_divisions has a value.
	divisionClasses = 16
	defaultNonSplit = 20 * mib
)

// rulesFor reads the settings. What it cannot read is left at its default: a
// program with such settings would not have started.
func rulesFor(settings AllocatorSettings, pools []Pool) rules {
	r := rules{
		expandable: settings.expandable(pools),
		large:      settings.largeSegment(),
		maxSplit:   math.MaxInt64,
		nonSplit:   defaultNonSplit,
	}
	if text, ok := settings.option("max_split_size_mb"); ok {
		setMiB(&r.maxSplit, text)
	}
	if text, ok := settings.option("max_non_split_rounding_mb"); ok {
		setMiB(&r.nonSplit, text)
	}
	if text, ok := settings.option("garbage_collection_threshold"); ok {
		if share, err := strconv.ParseFloat(text, 64); err == nil && share > 0 && share <= 1 {
			r.collects = share
		}
	}
	if text, ok := settings.option("roundup_power2_divisions"); ok {
		r.divisions = readDivisions(text)
	}
	return r
}

// option is the last value that the text gives an option.
func (s AllocatorSettings) option(name string) (value string, found bool) {
	if !strings.Contains(s.Text, name) {
		return "", false
	}
	for rest := strings.ReplaceAll(s.Text, " ", ""); rest != ""; {
		var item string
		item, rest = cutOption(rest)
		if key, text, ok := strings.Cut(item, ":"); ok && key == name {
			value, found = text, true
		}
	}
	return value, found
}

// cutOption cuts at the first comma outside of brackets.
func cutOption(text string) (option, rest string) {
	depth := 0
	for i, c := range text {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth <= 0:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func setMiB(to *int64, text string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n <= math.MaxInt64/mib {
		*to = n * mib
	}
}

// readDivisions reads one number for all sizes, or a list such as
// [256:1,512:2,>:8]: sizes in MiB, the first also for all below it, ">" from
// the last one on.
func readDivisions(text string) (list [divisionClasses]int64) {
	inner, isList := strings.CutPrefix(text, "[")
	if !isList {
		for i := range list {
			list[i] = powerOfTwo(text)
		}
		return list
	}
	last := 0
	for i, item := range strings.Split(strings.TrimSuffix(inner, "]"), ",") {
		size, count, _ := strings.Cut(item, ":")
		n := powerOfTwo(count)
		if size == ">" {
			for j := last; j < divisionClasses; j++ {
				list[j] = n
			}
			continue
		}
		last = min(max(bits.Len64(uint64(powerOfTwo(size)))-1, 0), divisionClasses-1)
		if i == 0 {
			for j := range last {
				list[j] = n
			}
		}
		list[last] = n
	}
	return list
}

// powerOfTwo reads a power of two; anything else is 0.
func powerOfTwo(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n&(n-1) != 0 {
		return 0
	}
	return n
}

// step is the distance between the sizes of blocks that serve requests of about
// so many bytes.
func (r *rules) step(size int64) int64 {
	class := min(max(bits.Len64(uint64(size))-bits.Len64(mib), 0), divisionClasses-1)
	n := r.divisions[class]
	if n <= 1 || size <= minBlock*n {
		return minBlock
	}
	return (int64(1) << (bits.Len64(uint64(size)) - 1)) / n
}

// round is the size of the block that serves a request: PyTorch's round_size.
func (r *rules) round(size int64) int64 {
	if size < minBlock {
		return minBlock
	}
	return roundUp(size, r.step(size))
}

// exact is the largest request up to size that is not rounded up; 0 if none.
func (r *rules) exact(size int64) int64 {
	if size < minBlock {
		return 0
	}
	return roundDown(size, r.step(size))
}

// page is the granularity at which expandable segments of a pool are mapped.
func (r *rules) page(small bool) int64 {
	if small {
		return smallSegment
	}
	return r.large
}

// segment is what the driver is asked for when a rounded request needs a
// segment: PyTorch's get_allocation_size.
func (r *rules) segment(rounded int64) int64 {
	switch {
	case rounded <= smallLimit:
		return smallSegment
	case rounded < minLarge:
		return r.large
	}
	return roundUp(rounded, roundLarge)
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
	case room < r.segment(b.from):
		return 0
	case b.from > smallLimit:
		return min(b.to, r.large)
	}
	return b.to
}
