package terminal

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/tui/terminal/terminaltest"
)

// randomLine is a line of text in several styles, some of it wide, some of it
// of a width that terminals differ on.
func randomLine(r *rand.Rand, width int) string {
	words := []string{"plain", "größe", "漢字", "▓▓▒", "–", "     ", "ab", "x", "1.25G"}
	styles := []string{"\x1b[m", "\x1b[0m", "\x1b[0;1m", "\x1b[0;31;46m", "\x1b[7m", "\x1b[0;38;5;205m", "\x1b[4m"}
	if r.Intn(8) == 0 {
		words = append(words, "🙂", "e\u0301", "👩‍👩‍👧")
	}
	var b strings.Builder
	for range r.Intn(9) {
		if r.Intn(3) > 0 {
			b.WriteString(styles[r.Intn(len(styles))])
		}
		b.WriteString(words[r.Intn(len(words))])
	}
	return ansi.Truncate(b.String(), width, "") + "\x1b[m"
}

// Whatever the frames are, what a terminal shows is what it would show had it
// been given the last one alone.
func TestFramesAddUp(t *testing.T) {
	for seed := range int64(40) {
		r := rand.New(rand.NewSource(seed))
		width, height := 1+r.Intn(60), 1+r.Intn(6)
		live := &terminaltest.Screen{Width: width, Height: height}
		var p painter
		lines := make([]string, height)
		for step := range 100 {
			lines = slices.Clone(lines)
			for range 1 + r.Intn(3) {
				lines[r.Intn(height)] = randomLine(r, width)
			}
			frame := lines
			if r.Intn(6) == 0 {
				frame = lines[:r.Intn(height+1)]
			}
			live.Write(p.frame(frame, width, step == 0 || r.Intn(20) == 0))
			fresh := &terminaltest.Screen{Width: width, Height: height}
			var q painter
			fresh.Write(q.frame(frame, width, true))
			for y := range height {
				if !slices.Equal(live.Cells(y), fresh.Cells(y)) {
					t.Fatalf("seed %d, step %d, line %d of %q shows\n%v, want\n%v", seed, step, y, frame, live.Cells(y), fresh.Cells(y))
				}
			}
			if live.Style() != "" || len(live.Strange) > 0 {
				t.Fatalf("the style %q stays on; %q", live.Style(), live.Strange)
			}
		}
	}
}

// A frame drawn alone is what its lines are.
func TestAFrameIsItsLines(t *testing.T) {
	e := &terminaltest.Screen{Width: 12, Height: 2}
	var p painter
	e.Write(p.frame([]string{"a\x1b[0;1mb\x1b[m漢", "\x1b[0;7m            \x1b[m"}, 12, true))
	want := []terminaltest.Cell{{Text: "a"}, {Text: "b", Style: "\x1b[0;1m"}, {Text: "漢"}, {}}
	if got := e.Cells(0); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if bar := e.Cells(1); len(bar) != 12 || bar[11].Style != "\x1b[0;7m" {
		t.Errorf("the bar is %v", bar)
	}
}

func TestWhatDidNotChangeIsNotSent(t *testing.T) {
	lines := make([]string, 40)
	for y := range lines {
		lines[y] = fmt.Sprintf("\x1b[0;32m%3d\x1b[m %s", y, strings.Repeat("figures ", 14))
	}
	var p painter
	p.frame(lines, 120, true)
	if got := p.frame(slices.Clone(lines), 120, false); len(got) != 0 {
		t.Errorf("an unchanged frame sends %q", got)
	}
	one := slices.Clone(lines)
	one[20] = strings.Replace(one[20], "figures figures", "figures 12.5res", 1)
	if got, want := string(p.frame(one, 120, false)), "\x1b[21;13H12.5"; got != want {
		t.Errorf("one figure sends %q, want %q", got, want)
	}
	shorter := slices.Clone(one)
	shorter[0] = "\x1b[0;32m  0\x1b[m figures"
	if got, want := string(p.frame(shorter, 120, false)), "\x1b[1;12H\x1b[K"; got != want {
		t.Errorf("a line that ends earlier sends %q, want %q", got, want)
	}
}

// Where terminals differ on a character's width, nothing that was behind it
// stays: the line is drawn anew as a whole.
func TestUnsureWidthsAreDrawnAnew(t *testing.T) {
	var p painter
	p.frame([]string{"🙂 name  1"}, 20, true)
	if got := string(p.frame([]string{"🙂 name  2"}, 20, false)); !strings.HasPrefix(got, "\x1b[1H\x1b[2K🙂 name  2") {
		t.Errorf("%q", got)
	}
	if got := string(p.frame([]string{"a name  2"}, 20, false)); !strings.HasPrefix(got, "\x1b[1H\x1b[2Ka name  2") {
		t.Errorf("%q", got)
	}
}

func TestLargeFramesAreShownAtOnce(t *testing.T) {
	var p painter
	large := string(p.frame([]string{strings.Repeat("x", 2000)}, 2000, true))
	if !strings.HasPrefix(large, beginUpdate) || !strings.HasSuffix(large, endUpdate) {
		t.Errorf("%q", large)
	}
	if small := string(p.frame([]string{"x"}, 2000, false)); strings.Contains(small, "2026") {
		t.Errorf("%q", small)
	}
}

func TestSureRangesAreInOrder(t *testing.T) {
	for i := 1; i < len(sureRanges); i++ {
		if sureRanges[i].first <= sureRanges[i-1].last || sureRanges[i].last < sureRanges[i].first {
			t.Errorf("%x follows %x", sureRanges[i].first, sureRanges[i-1].last)
		}
		for r := sureRanges[i].first; r <= sureRanges[i].last; r++ {
			if got := ansi.StringWidth(string(r)); got != sureRanges[i].width {
				t.Errorf("%q is %d cells wide, not %d", r, got, sureRanges[i].width)
			}
		}
	}
}

func BenchmarkOneFigure(b *testing.B) {
	lines := make([]string, 40)
	for y := range lines {
		lines[y] = fmt.Sprintf("\x1b[0;32m%3d\x1b[m %s", y, strings.Repeat("figures ", 14))
	}
	other := slices.Clone(lines)
	other[20] = strings.Replace(other[20], "figures", "12.5res", 1)
	var p painter
	p.frame(lines, 120, true)
	b.ReportAllocs()
	for b.Loop() {
		p.frame(other, 120, false)
		p.frame(lines, 120, false)
	}
}
