package advice

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/allocconf"
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
	for name, value := range allocconf.Options(text) {
		set[name] = value
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
