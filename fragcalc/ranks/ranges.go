package ranks

import (
	"strconv"
	"strings"
)

// Range is a run of ranks, both ends included.
type Range struct{ First, Last int }

// Count is how many ranks there are in ranges.
func Count(ranges []Range) int {
	n := 0
	for _, r := range ranges {
		n += r.Last - r.First + 1
	}
	return n
}

// Words writes ranks for people: "rank 5", "ranks 2-5, 7".
func Words(ranges []Range) string {
	const most = 8 // beyond that, nobody reads on
	var words []string
	for i, r := range ranges {
		switch {
		case i == most:
			words = append(words, "and "+strconv.Itoa(Count(ranges[i:]))+" more")
		case i > most:
		case r.First == r.Last:
			words = append(words, strconv.Itoa(r.First))
		default:
			words = append(words, strconv.Itoa(r.First)+"-"+strconv.Itoa(r.Last))
		}
	}
	word := "ranks "
	if len(ranges) == 1 && ranges[0].First == ranges[0].Last {
		word = "rank "
	}
	return word + strings.Join(words, ", ")
}

// runs makes ranges of sorted ranks without repetitions.
func runs(sorted []int) []Range {
	var ranges []Range
	for _, rank := range sorted {
		if n := len(ranges); n > 0 && ranges[n-1].Last+1 == rank {
			ranges[n-1].Last = rank
			continue
		}
		ranges = append(ranges, Range{rank, rank})
	}
	return ranges
}

// gaps are the ranks of a range that are not among sorted ranges.
func gaps(in Range, taken []Range) []Range {
	var free []Range
	for _, t := range taken {
		if t.Last < in.First {
			continue
		}
		if t.First > in.Last {
			break
		}
		if t.First > in.First {
			free = append(free, Range{in.First, t.First - 1})
		}
		in.First = t.Last + 1
	}
	if in.First <= in.Last {
		free = append(free, in)
	}
	return free
}
