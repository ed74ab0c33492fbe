package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanRemovesWhatATerminalCouldActOn(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain", "python train.py", "python train.py"},
		{"letters of the world", "größe 数据 обучение é", "größe 数据 обучение é"},
		{"escape", "a\x1b[31mred\x1b]0;title\x07b", "a[31mred]0;titleb"},
		{"c1", "a\u009b31mb\u0085c", "a31mbc"},
		{"c1 as raw bytes", "a\x9b31mb", "a31mb"},
		{"del and nul", "a\x7fb\x00c", "abc"},
		{"invalid utf-8", "a\xffb\xc3", "ab"},
		{"bidi", "a\u202eb\u2066c\u2069\u200e\u061cd", "abcd"},
		{"zero width", "a\u200bb\u200dc\ufeffd\u2060e", "abcde"},
		{"soft hyphen and tags", "a\u00adb\U000e0041c", "abc"},
		{"fillers", "a\u3164b\u115fc\u2800d\uffa0e", "abcde"},
		{"variation selector", "a\ufe0fb", "ab"},
		{"lines", "a\nb\tc\u2028d\u2029e\rf", "a b c d e f"},
		{"private use and unassigned", "a\ue000b\U0010fffdc\u0378d", "abcd"},
		{"a replacement character that was really written", "a\ufffdb", "a\ufffdb"},
	}
	for _, c := range cases {
		if got := Clean(c.in, 1000); got != c.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestCleanIsBounded(t *testing.T) {
	cases := []struct {
		in   string
		max  int
		want string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…"},
		{"abcdefg", 3, "…"},
		{"abcdefg", 2, "ab"},
		{"abcdefg", 0, ""},
		{"abcdefg", -1, ""},
		{"ééé", 6, "ééé"},
		{"éééé", 6, "é…"},
		{"abcdef\x1b", 6, "abcdef"},
	}
	for _, c := range cases {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff", 5)
	f.Add(strings.Repeat("é", 40), 7)
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Clean(s, max)
		if len(got) > max && got != "" {
			t.Fatalf("%d bytes, want at most %d", len(got), max)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("invalid UTF-8: %q", got)
		}
		for _, r := range got {
			if !Printable(r) {
				t.Fatalf("%q kept %U", got, r)
			}
		}
		if again := Clean(got, max); again != got {
			t.Fatalf("not idempotent: %q, then %q", got, again)
		}
	})
}
