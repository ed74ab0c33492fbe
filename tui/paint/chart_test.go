package paint

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func drawn(c *Chart, g *Glyphs, width, height int) string {
	lines := c.Lines(nil, g, width, height)
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func lines(s ...string) string { return strings.Join(s, "\n") }

func TestChart(t *testing.T) {
	whole := func(v float64) string { return fmt.Sprint(v) }
	for _, c := range []struct {
		name          string
		chart         Chart
		ascii         bool
		width, height int
		want          string
	}{
		{"a ramp, with a gap where nothing is known and a line where it is 0",
			Chart{Layers: []Layer{{Used, '█', []float64{0, 1, 2, -1, 8, 16}}}, Cursor: -1}, false, 6, 2, lines(
				"     █",
				"▁▁▂ ██")},
		{"two layers, and what is smaller than the layer below",
			Chart{Layers: []Layer{{Used, '█', []float64{8, 8, -1, 4}}, {Stranded, '▓', []float64{16, 4, 16, -1}}}, Cursor: -1}, false, 4, 4, lines(
				"▓ ▓",
				"▓ ▓",
				"██▓",
				"██▓█")},
		{"no eighths",
			Chart{Layers: []Layer{{Used, '#', []float64{1, 3, 5, 8}}}, Cursor: -1}, true, 4, 1, "__##"},
		{"a scale, times and marks",
			Chart{Layers: []Layer{{Used, '█', []float64{16, 16, 16, 8, 8, 8, 8, 8, 8, 8}}}, Scale: 4, Label: whole, Marked: true, Cursor: -1,
				Marks: []ChartMark{{3, 'O', Crit}, {3, 't', Warn}, {9, 'R', OK}, {12, 'x', Warn}}, Times: []string{"-10m", "-5m", "now"}}, false, 24, 8, lines(
				" 16│██████",
				"   │██████",
				"   │██████",
				"  8│████████████████████",
				"   │████████████████████",
				"  0│████████████████████",
				"   │      O           R",
				"    -10m     -5m     now")},
		{"a cursor",
			Chart{Layers: []Layer{{Used, '█', []float64{16, 8, 0}}}, Marked: true, Cursor: 1}, false, 6, 3, lines(
				"██││",
				"████▁▁",
				"  ▲")},
		{"nothing", Chart{Marked: true, Times: []string{"now"}, Cursor: 0}, false, 5, 3, lines("", "", "now")},
	} {
		g := Unicode()
		if c.ascii {
			g = ASCII()
		}
		if got := drawn(&c.chart, g, c.width, c.height); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestNiceTop(t *testing.T) {
	const gib = 1 << 30
	for most, want := range map[float64]float64{
		0: 1, -1: 1, 1: 1, 3: 3, 700: 768, 1000: 1024, 1025: 1536, 41.2 * gib: 48 * gib, 64 * gib: 64 * gib, 900 * gib: 1024 * gib,
		79.6 * gib: 80 * gib, math.Inf(1): 1, math.NaN(): 1,
	} {
		if got := NiceTop(most); got != want {
			t.Errorf("above %v: %v, want %v", most, got, want)
		}
	}
	r := rand.New(rand.NewSource(1))
	for range 1000 {
		most := math.Exp(r.Float64() * 30)
		if top := NiceTop(most); top < most || top > 2*most+1 {
			t.Errorf("above %v: %v", most, top)
		}
	}
}

// No chart is higher or wider than it may be, whatever it is of, and its colours
// change nothing but the colours.
func TestChartsKeepTheirBounds(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	colours := palette(t, TrueColor)
	for range 2000 {
		g := Unicode()
		if r.Intn(2) == 0 {
			g = ASCII()
		}
		width, height, cells := r.Intn(60), r.Intn(16), r.Intn(40)
		c := Chart{Scale: r.Intn(9), Label: func(v float64) string { return fmt.Sprintf("%.1f", v) }, Marked: r.Intn(2) == 0, Cursor: r.Intn(45) - 5}
		if r.Intn(2) == 0 {
			c.Times = []string{"-1m", "漢字", "now"}
		}
		for range r.Intn(4) {
			tops := make([]float64, cells)
			for i := range tops {
				tops[i] = r.Float64()*1e11 - 2e10
			}
			c.Layers = append(c.Layers, Layer{Used + Role(r.Intn(StateCount)), 'u', tops})
			c.Marks = append(c.Marks, ChartMark{r.Intn(45) - 2, 'O', Crit})
		}
		got := c.Lines(colours, g, width, height)
		if len(got) != height {
			t.Fatalf("%d lines of %d", len(got), height)
		}
		plain := c.Lines(nil, g, width, height)
		for i, line := range got {
			if ansi.StringWidth(line) > width {
				t.Fatalf("a line of %d cells in %d: %q", ansi.StringWidth(line), width, line)
			}
			if ansi.Strip(line) != plain[i] {
				t.Fatalf("%q without its colours is %q", line, plain[i])
			}
		}
	}
}

func BenchmarkChart(b *testing.B) {
	var used, reserved []float64
	for i := range 93 {
		used = append(used, float64(i%40)*(1<<30))
		reserved = append(reserved, float64(40+i%20)*(1<<30))
	}
	c := Chart{Layers: []Layer{{Used, '█', used}, {Stranded, '▓', used}, {Muted, '▖', reserved}}, Scale: 7, Marked: true,
		Label: func(v float64) string { return "48G" }, Times: []string{"-10m", "-5m", "now"}, Cursor: 4}
	p := palette(&testing.T{}, TrueColor)
	g := Unicode()
	b.ReportAllocs()
	for b.Loop() {
		_ = c.Lines(p, g, 100, 12)
	}
}
