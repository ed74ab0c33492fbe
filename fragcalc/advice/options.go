package advice

import (
	"strconv"
	"strings"
)

// options are the allocator's settings by name.
type options map[string]string

// parseOptions reads the settings of PyTorch's allocator,
// "name:value,name:[…],…", and variables written as NAME=value beside them. It
// takes what it can read: whoever wrote the text may have made mistakes.
func parseOptions(text string) options {
	set := options{}
	for _, word := range strings.Fields(text) {
		if name, value, ok := strings.Cut(word, "="); ok {
			set[name] = value
		}
	}
	inside, start := false, 0
	text = strings.ReplaceAll(text, " ", "") + ","
	for i := range len(text) {
		switch text[i] {
		case '[':
			inside = true
		case ']':
			inside = false
		case ',':
			if inside {
				continue
			}
			if name, value, ok := strings.Cut(text[start:i], ":"); ok {
				set[name] = value
			}
			start = i + 1
		}
	}
	return set
}

// on tells whether a switch is set to true.
func (o options) on(name string) bool {
	value := o[name]
	return strings.EqualFold(value, "true") || value == "1"
}

// version reads the beginning of a version: "2.6.0+cu124" is 2, 6.
func version(text string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(text, ".")
	second := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		second = rest[:end]
	}
	major, err := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	return major, minor, err == nil && err2 == nil
}
