package tui

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Whatever its height, no block is left out of a histogram, and no line is too
// long.
func TestHistogramsCountAllBlocks(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	l := &draw.Look{Glyphs: paint.Unicode()}
	for round := range 300 {
		l.Unit = draw.Unit(round % int(draw.UnitCount))
		p := testProcess(r, 48000, "GPU-0", 1+int64(r.Intn(10)))
		f, ok := p.FreeSizes()
		if !ok {
			t.Fatal("no walk")
		}
		width, height := 34+r.Intn(120), 3+r.Intn(40)
		lines := histogram(l, &f, width, height)
		if len(lines) != height {
			t.Fatalf("%d lines of %d", len(lines), height)
		}
		blocks, largest := int64(0), 0
		for i, line := range lines {
			if ansi.StringWidth(line) > width {
				t.Fatalf("%d cells of %d: %q", ansi.StringWidth(line), width, line)
			}
			line = strings.TrimSpace(line)
			if i < 2 || line == "" {
				continue
			}
			if strings.HasPrefix(line, l.Glyphs.Cursor) {
				largest++
			}
			fields := strings.Fields(strings.TrimSuffix(line, " largest"))
			n, err := strconv.ParseInt(fields[len(fields)-1], 10, 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			blocks += n
			if i == len(lines)-1 || strings.TrimSpace(lines[i+1]) == "" {
				if blocks != f.Blocks || largest != 1 {
					t.Fatalf("%d blocks of %d, %d rows with the largest:\n%s", blocks, f.Blocks, largest, strings.Join(lines, "\n"))
				}
			}
		}
	}
}

// Where there is no room for a figure there is none: never a part of one.
func TestNarrowHistograms(t *testing.T) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	p := testProcess(rand.New(rand.NewSource(5)), 48000, "GPU-0", 2)
	f, _ := p.FreeSizes()
	for width := range 34 {
		for _, line := range histogram(l, &f, width, 12)[2:] {
			fields := strings.Fields(strings.Trim(line, "▸ "))
			if ansi.StringWidth(line) > width {
				t.Fatalf("%d cells of %d: %q", ansi.StringWidth(line), width, line)
			}
			if len(fields) == 0 {
				continue
			}
			if width >= 10 && (len(fields) < 2 || fields[1] != "B" && fields[1] != "KiB" && fields[1] != "MiB" && fields[1] != "GiB") {
				t.Fatalf("in %d cells: %q", width, line)
			}
			if width < 25 && len(fields) > 4 {
				t.Fatalf("in %d cells: %q", width, line)
			}
		}
	}
}

func TestHistogramsOfLittle(t *testing.T) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	if got := strings.TrimSpace(strings.Join(histogram(l, &fragcalc.FreeSizes{}, 80, 5), "\n")); got != "free blocks none" {
		t.Errorf("%q", got)
	}
	var f fragcalc.FreeSizes
	f.Bins[3] = fragcalc.FreeBin{Blocks: 2, Stranded: 9000}
	f.Blocks, f.Bytes, f.Largest, f.LargestBin, f.Unlisted = 2, 9000, 5000, 3, 1<<30
	lines := histogram(l, &f, 80, 5)
	if !strings.Contains(lines[2], "4 KiB ▓▓▓") || !strings.Contains(lines[2], "2 largest") || !strings.HasPrefix(lines[2], "▸") {
		t.Errorf("%q", lines[2])
	}
	if !strings.Contains(lines[3], "1.00G more is free in segments that came without their blocks") {
		t.Errorf("%q", lines[3])
	}
}

// A bar is as long as its bytes, and says what they are.
func TestHistogramBars(t *testing.T) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	for _, c := range []struct {
		bin  fragcalc.FreeBin
		want string
	}{
		{fragcalc.FreeBin{Blocks: 1, Stranded: 100}, "▓▓▓▓▓▓▓▓▓▓"},
		{fragcalc.FreeBin{Blocks: 1, Stranded: 25, Releasable: 25}, "▓▓▓▒▒"},
		{fragcalc.FreeBin{Blocks: 1, Parked: 1}, "░"},
		{fragcalc.FreeBin{}, ""},
	} {
		line := l.Line(80)
		drawFreeBar(l, line, &c.bin, 100, 10)
		if got := line.String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.bin, got, c.want)
		}
	}
}
