package paint

import (
	"reflect"
	"strings"
	"testing"
)

// What the kernel's font and those of console-setup have both, beside ASCII.
const consoleFonts = "█▒░■·×«»▲▼─│┌┐└┘├┤┬┴┼°±²µ"

func TestTheConsoleHasItsGlyphs(t *testing.T) {
	for _, r := range signs(reflect.ValueOf(*Console())) {
		if r >= 0x80 && !strings.ContainsRune(consoleFonts, r) {
			t.Errorf("%q is not in the fonts of the Linux console", r)
		}
	}
	for _, r := range signs(reflect.ValueOf(*ASCII())) {
		if r >= 0x80 {
			t.Errorf("%q is not ASCII", r)
		}
	}
}

// signs are all characters of the glyphs, in whatever field.
func signs(v reflect.Value) []rune {
	var all []rune
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, signs(v.Field(i))...)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, signs(v.Index(i))...)
		}
	case reflect.String:
		return []rune(v.String())
	case reflect.Int32:
		return []rune{rune(v.Int())}
	default:
		panic("a field of glyphs is of the kind " + v.Kind().String())
	}
	return all
}

func TestDetectGlyphs(t *testing.T) {
	for _, test := range []struct {
		environment []string
		want        *Glyphs
	}{
		{[]string{"TERM", "xterm-256color", "LANG", "C.UTF-8"}, Unicode()},
		{[]string{"TERM", "tmux-256color", "LANG", "de_DE.UTF-8"}, Unicode()},
		{[]string{"TERM", "linux", "LANG", "C.UTF-8"}, Console()},
		{[]string{"TERM", "linux", "LANG", "C"}, ASCII()},
		{[]string{"TERM", "vt100"}, ASCII()},
	} {
		if got := DetectGlyphs(environment(test.environment...)); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v: %+v, want %+v", test.environment, got, test.want)
		}
	}
}
