package gpus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Filter selects devices as nvidia-smi's -i does: by index, by UUID or the
// beginning of one, by PCI bus id; MIG instances also as "0:1". The zero value
// selects all.
type Filter struct{ wanted []string }

// NewFilter returns a filter for the given words; each may be a list with
// commas.
func NewFilter(words []string) Filter {
	var f Filter
	for _, word := range words {
		for part := range strings.SplitSeq(word, ",") {
			if part = strings.ToLower(strings.TrimSpace(part)); part != "" {
				f.wanted = append(f.wanted, part)
			}
		}
	}
	return f
}

// identity is what a filter can know of a device.
type identity struct {
	index    int
	instance int // of a MIG instance, else -1
	uuid     string
	bus      string
}

// All tells whether the filter selects everything.
func (f Filter) All() bool { return len(f.wanted) == 0 }

// Match tells whether a whole GPU is selected.
func (f Filter) Match(index int, uuid, bus string) bool {
	return f.All() || slices.ContainsFunc(f.wanted, identity{index, -1, uuid, bus}.is)
}

// matchInstance tells whether a MIG instance is selected by itself.
func (f Filter) matchInstance(i identity) bool { return slices.ContainsFunc(f.wanted, i.is) }

// unmatched returns the words that select none of the devices.
func (f Filter) unmatched(devices []identity) []string {
	var left []string
	for _, word := range f.wanted {
		if !slices.ContainsFunc(devices, func(i identity) bool { return i.is(word) }) {
			left = append(left, word)
		}
	}
	return left
}

// is tells whether a word of -i, in lower case, names the device.
func (i identity) is(word string) bool {
	if i.instance >= 0 && word == fmt.Sprintf("%d:%d", i.index, i.instance) {
		return true
	}
	if index, err := strconv.Atoi(word); err == nil && len(word) <= 3 {
		return i.instance < 0 && index == i.index
	}
	uuid := strings.ToLower(i.uuid)
	if strings.HasPrefix(word, "gpu-") || strings.HasPrefix(word, "mig-") {
		return len(word) > len("gpu-") && strings.HasPrefix(uuid, word)
	}
	if strings.ContainsAny(word, ":.") {
		return i.instance < 0 && i.bus != "" && shortBus(word) == shortBus(strings.ToLower(i.bus))
	}
	return len(word) >= 4 && len(uuid) > 4 && strings.HasPrefix(uuid[4:], word)
}

// shortBus brings the forms of a PCI bus id together: "00000000:01:00.0",
// "0000:01:00.0" and "01:00.0".
func shortBus(bus string) string {
	if strings.Count(bus, ":") == 1 {
		return ":" + bus
	}
	return strings.TrimLeft(bus, "0")
}
