package gate

import (
	"strings"
	"testing"
)

func TestBoundsAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       float64
	}{
		{MaxFragmentation, "0.2", 0.2}, {MaxFragmentation, "20%", 0.2}, {MaxFragmentation, "0", 0}, {MaxFragmentation, "1", 1},
		{MaxSlack, "4GiB", 4 << 30}, {MaxSlack, "512MiB", 512 << 20}, {MinLargestFree, "2g", 2 << 30},
		{MaxGrowth, "50MiB/min", 50 << 20}, {MaxGrowth, "1 MiB / s", 60 << 20}, {MaxGrowth, "60KiB/h", 1024},
		{MaxRetries, "0", 0}, {MaxOOMs, "12", 12},
	} {
		var l Limits
		if err := l.Set(c.name, c.text); err != nil || l.bounds[index(c.name)].Or(-1) != c.want {
			t.Errorf("%s %q: %v, %v, want %v", c.name, c.text, l.bounds[index(c.name)], err, c.want)
		}
	}
	for _, c := range []struct{ name, text, says string }{
		{MaxFragmentation, "20", "0.2 or 20%"}, {MaxFragmentation, "-0.1", "0.2"}, {MaxFragmentation, "NaN", "NaN"},
		{MaxFragmentation, "120%", "120%"}, {MaxSlack, "4XB", "GiB"}, {MaxSlack, "", "2GiB"}, {MaxGrowth, "50MiB", "50MiB/min"},
		{MaxGrowth, "50/fortnight", "/s, /h"}, {MaxGrowth, "x/min", "2GiB"}, {MaxRetries, "-1", "0, 1, 2"}, {MaxOOMs, "1.5", "1.5"},
		{"max-sorrow", "0", "max-slack"},
	} {
		var l Limits
		if err := l.Set(c.name, c.text); err == nil || !strings.Contains(err.Error(), c.says) || l.Count() != 0 {
			t.Errorf("%s %q: %v, want it to say %q", c.name, c.text, err, c.says)
		}
	}
}

func TestALimitFile(t *testing.T) {
	file, err := ParseLimits([]byte("# reviewed\nmax-fragmentation = 0.25\nmax-slack = \"4GiB\"\nmax-growth=\"50MiB/min\"\nmax-ooms = 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := limits(t, "max-fragmentation 25%", "max-slack 4GiB", "max-growth 50MiB/min", "max-ooms 0")
	if file != want {
		t.Errorf("%v, want %v", file, want)
	}
	over := file.Under(limits(t, "max-slack 1GiB", "max-retries 3"))
	if over != limits(t, "max-fragmentation 25%", "max-slack 1GiB", "max-growth 50MiB/min", "max-ooms 0", "max-retries 3") {
		t.Errorf("flags over a file: %v", over)
	}
}

func TestWrongLimitFilesNameTheLine(t *testing.T) {
	for source, says := range map[string]string{
		"max-ooms = 0\n\nmax-sluck = 1\n":          `line 3: unknown key "max-sluck": there are max-fragmentation, max-slack`,
		"max-ooms = 0\nmax-slack = \"4XB\"\n":      `line 2: max-slack: "4XB" has an unknown unit`,
		"\n\n  max-fragmentation = 20\n":           `line 3: max-fragmentation: "20" is not a share`,
		"max-retries = [0]\n":                      `line 1: max-retries: write a number, or a text`,
		"max-ooms = 0\nmax-ooms = 1\n":             `line`,
		"max-ooms = 0\nmax-slack =\n":              `line 2`,
		"max-\x1b[31mslack = 1\n":                  `line 1`,
		strings.Repeat("#", LargestFile+1):         `KiB`,
		"[check]\nmax-ooms = 0\n":                  `unknown key "check`,
		"max-fragmentation = 0.1\nmax-ooms = -1\n": `line 2: max-ooms: "-1"`,
	} {
		_, err := ParseLimits([]byte(source))
		if err == nil || !strings.Contains(err.Error(), says) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%.40q: %q, want it to say %q", source, err, says)
		}
	}
}

func TestLimitFilesHaveAKeyForEveryLimit(t *testing.T) {
	for _, name := range Names() {
		example := Help(name)[strings.LastIndex(Help(name), " ")+1:]
		file, err := ParseLimits([]byte(name + " = \"" + example + "\""))
		if err != nil || !file.Has(name) || file.Count() != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add([]byte("max-slack = \"4GiB\"\nmax-growth = \"1/s\""))
	f.Fuzz(func(t *testing.T, source []byte) {
		l, err := ParseLimits(source)
		if err != nil && l.Count() != 0 {
			t.Error("limits beside an error")
		}
	})
}
