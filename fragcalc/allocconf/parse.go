package allocconf

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Parse reads the value of PYTORCH_CUDA_ALLOC_CONF (PYTORCH_ALLOC_CONF in
// newer versions), for example "max_split_size_mb:128,expandable_segments:True".
// Options that do not change what is allocated are accepted and ignored.
func Parse(text string) (Config, error) {
	var c Config
	for option := range options(text) {
		name, value, ok := strings.Cut(option, ":")
		if !ok || value == "" {
			return Config{}, fmt.Errorf("allocator setting %q: want name:value", option)
		}
		if err := c.set(name, value); err != nil {
			return Config{}, fmt.Errorf("allocator setting %s: %w", name, err)
		}
	}
	return c, nil
}

// ParseKnown reads what it can of a text from elsewhere, and leaves the rest at
// its default: a newer version may have settings that are not known here.
func ParseKnown(text string) Config {
	var c Config
	for name, value := range Options(text) {
		one := c
		if one.set(name, value) == nil {
			c = one
		}
	}
	return c
}

// Option is the last value that a text gives an option.
func Option(text, name string) (value string, found bool) {
	if !strings.Contains(text, name) {
		return "", false
	}
	for key, given := range Options(text) {
		if key == name {
			value, found = given, true
		}
	}
	return value, found
}

// Options goes through the settings of a text by name, as they are written.
func Options(text string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for option := range options(text) {
			if name, value, ok := strings.Cut(option, ":"); ok && !yield(name, value) {
				return
			}
		}
	}
}

// options goes through a text cut at the commas outside of brackets.
func options(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := strings.ReplaceAll(text, " ", ""); rest != ""; {
			var option string
			if option, rest = cutOption(rest); !yield(option) {
				return
			}
		}
	}
}

// cutOption cuts text at the first comma outside of brackets.
func cutOption(text string) (option, rest string) {
	inside := false
	for i, r := range text {
		switch {
		case r == '[':
			inside = true
		case r == ']':
			inside = false
		case r == ',' && !inside:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// withoutEffect are options that change how memory is got or what pinned host
// memory does, but not which addresses a program gets.
var withoutEffect = []string{
	"release_lock_on_cudamalloc", "release_lock_on_hipmalloc", "throw_on_cudamalloc_oom",
	"pinned_use_cuda_host_register", "pinned_use_hip_host_register", "pinned_num_register_threads",
	"pinned_reserve_segment_size_mb", "pinned_use_background_threads", "pinned_free_catch_all",
}

func (c *Config) set(name, value string) (err error) {
	switch name {
	case "max_split_size_mb":
		c.MaxSplitSize, err = parseMiB(value, LargeSegment/mib+1)
	case "max_non_split_rounding_mb":
		c.MaxNonSplitRounding, err = parseMiB(value, LargeSegment/mib+1)
	case "large_segment_size_mb":
		c.LargeSegmentSize, err = parseMiB(value, 2)
	case "garbage_collection_threshold":
		c.GCThreshold, err = parseShare(value)
	case "per_process_memory_fraction":
		c.Fraction, err = parseShare(value)
	case "expandable_segments":
		c.ExpandableSegments, err = parseSwitch(value)
	case "roundup_power2_divisions":
		c.RoundupPower2Divisions, err = parseDivisions(value)
	case "backend":
		if value != "native" {
			err = fmt.Errorf("%q is not modelled, only native is", value)
		}
	default:
		if !slices.Contains(withoutEffect, name) {
			err = errors.New("unknown")
		}
	}
	return err
}

func parseMiB(value string, least int64) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > math.MaxInt64/mib {
		return 0, fmt.Errorf("%q: want a whole number of MiB, at least %d", value, least)
	}
	return n * mib, nil
}

func parseShare(value string) (float64, error) {
	share, err := strconv.ParseFloat(value, 64)
	if err != nil || !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("%q: want a number above 0 and up to 1", value)
	}
	return share, nil
}

func parseSwitch(value string) (bool, error) {
	switch value {
	case "True":
		return true, nil
	case "False":
		return false, nil
	}
	return false, fmt.Errorf("%q: want True or False", value)
}

// parseDivisions reads one number for all sizes, or a list such as
// [256:1,512:2,>:8]: sizes in MiB, the first also for all below it, ">" for all
// above the last.
func parseDivisions(value string) (list [divisions]int64, err error) {
	inner, ok := strings.CutPrefix(value, "[")
	if !ok {
		n, err := parsePower(value)
		for i := range list {
			list[i] = n
		}
		return list, err
	}
	inner, ok = strings.CutSuffix(inner, "]")
	if !ok {
		return list, fmt.Errorf("%q: the list does not end with ]", value)
	}
	last := 0
	for i, item := range strings.Split(inner, ",") {
		size, count, _ := strings.Cut(item, ":")
		n, err := parsePower(count)
		if err != nil {
			return list, err
		}
		if size == ">" {
			for j := last; j < divisions; j++ {
				list[j] = n
			}
			continue
		}
		step, err := parsePower(size)
		if err != nil || step == 0 {
			return list, fmt.Errorf("%q: want a size in MiB that is a power of two", size)
		}
		last = min(bits.Len64(uint64(step))-1, divisions-1)
		if i == 0 {
			for j := range last {
				list[j] = n
			}
		}
		list[last] = n
	}
	return list, nil
}

// parsePower reads 0 or a power of two.
func parsePower(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 || n&(n-1) != 0 {
		return 0, fmt.Errorf("%q: want 0 or a power of two", value)
	}
	return n, nil
}
