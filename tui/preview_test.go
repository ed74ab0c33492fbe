package tui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/themes"
)

// terminalOf is an environment with so many colours.
func terminalOf(term, colorterm string) func(string) string {
	return func(name string) string {
		return map[string]string{"TERM": term, "COLORTERM": colorterm, "LANG": "C.UTF-8"}[name]
	}
}

// A painted theme covers the whole screen in every view, with and without a
// dialog, and shows the same text as the default theme.
func TestPaintedThemesCoverTheScreen(t *testing.T) {
	theme, err := themes.Load("catppuccin-latte")
	if err != nil {
		t.Fatal(err)
	}
	const width, height = 100, 30
	painted := newDriver(t, width, height, func(o *Options) {
		o.Theme, o.Getenv = theme, terminalOf("xterm-256color", "truecolor")
	}).sample(testNode(1, 2, 9))
	plain := newDriver(t, width, height, func(o *Options) { // maps show more where there are colours
		o.Getenv = terminalOf("xterm-256color", "truecolor")
	}).sample(testNode(1, 2, 9))
	for _, key := range []string{"", "?", "esc", "f", "esc", "enter", "enter", "enter", "/", "x", "esc"} {
		if key != "" {
			painted.keys(key)
			plain.keys(key)
		}
		lines := strings.Split(painted.app.View(), "\n")
		if len(lines) != height {
			t.Fatalf("after %q: %d lines", key, len(lines))
		}
		for i, line := range lines {
			if ansi.StringWidth(line) != width {
				t.Errorf("after %q: line %d is %d cells wide", key, i, ansi.StringWidth(line))
			}
			inside := strings.TrimSuffix(line, "\x1b[m")
			if !strings.HasPrefix(line, "\x1b[0;38;2;") || strings.Contains(inside, "\x1b[m") || strings.Contains(inside, "\x1b[0m") {
				t.Errorf("after %q: line %d is in part not painted: %q", key, i, line)
			}
		}
		if got, want := strings.Join(painted.screen(), "\n"), strings.Join(plain.screen(), "\n"); got != want {
			t.Errorf("after %q: other text:\n%s\nwant\n%s", key, got, want)
		}
	}
}

func TestPreview(t *testing.T) {
	s := testNode(1, 2, 9)
	for _, name := range themes.Names() {
		theme, err := themes.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{0, 1, 9, 20, 40, 80, 200} {
			for _, environment := range []func(string) string{terminalOf("xterm", ""), terminalOf("xterm-256color", ""), terminalOf("xterm-256color", "truecolor")} {
				var out bytes.Buffer
				if err := WritePreview(&out, s, theme, PreviewOptions{Width: width, Getenv: environment}); err != nil {
					t.Fatal(err)
				}
				text := ansi.Strip(out.String())
				for _, line := range strings.Split(text, "\n") {
					if ansi.StringWidth(line) > width {
						t.Errorf("%s at %d: %q", name, width, line)
					}
				}
				if width < 80 {
					continue
				}
				for _, want := range append([]string{name, theme.Description, "selected", "out of memory", "1 cell = "}, stateNames[:]...) {
					if !strings.Contains(text, want) && !strings.Contains(theme.Description, want) {
						t.Errorf("%s at %d: no %q in\n%s", name, width, want, text)
					}
				}
			}
		}
	}
	var out bytes.Buffer
	if err := WritePreview(&out, &fragcalc.Snapshot{}, themes.Theme{}, PreviewOptions{Width: 80, Getenv: terminalOf("xterm", "")}); err != nil {
		t.Error(err)
	}
	if ShowsColours(terminalOf("dumb", "")) || !ShowsColours(terminalOf("xterm", "")) {
		t.Error("which terminals show colours")
	}
}
