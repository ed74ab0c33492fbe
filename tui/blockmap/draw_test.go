package blockmap

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// The map and the figures must tell the same story.
func TestTheIndexAddsUpToTheFigures(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 300 {
		p := testHeap(r)
		for _, g := range NewIndex(p, Scope{}).Groups {
			of := func(state paint.Role) int64 { return g.Sizes[state-paint.Used] }
			unseen := of(paint.Unseen) // counted as free by Measure
			for name, c := range map[string]struct {
				got    int64
				figure fragcalc.Bytes
			}{
				"reserved":   {g.Bytes, g.Pool.Reserved},
				"rounding":   {of(paint.Rounding), g.Pool.Rounding},
				"requested":  {of(paint.Used) + of(paint.Pending), g.Pool.Requested},
				"releasable": {of(paint.Releasable), g.Pool.Releasable},
				"free":       {of(paint.Releasable) + of(paint.Parked) + of(paint.Stranded) + unseen, g.Pool.Free},
			} {
				if c.figure.Or(-1) != c.got {
					t.Fatalf("%s: the map has %d, the figures %d", name, c.got, c.figure.Or(-1))
				}
			}
		}
	}
}

// stretches makes stretches of so many smallest blocks each.
func stretches(of ...Stretch) []Stretch {
	end := int64(0)
	for i := range of {
		end += of[i].End * LeastScale
		of[i].End = end
	}
	return of
}

func drawn(palette *paint.Palette, glyphs *paint.Glyphs, cells []Cell) string {
	line := paint.NewLine(palette, len(cells))
	Draw(line, glyphs, cells)
	return line.String()
}

func TestSigns(t *testing.T) {
	for _, test := range []struct {
		of    []Stretch
		cells int
		want  string
	}{
		{stretches(Stretch{8, paint.Used}), 4, "████"},
		{stretches(Stretch{4, paint.Used}, Stretch{4, paint.Stranded}), 4, "██▓▓"},
		{stretches(Stretch{3, paint.Used}, Stretch{5, paint.Stranded}), 4, "█▙▓▓"},
		{stretches(Stretch{5, paint.Used}, Stretch{1, paint.Rounding}, Stretch{2, paint.Stranded}), 1, "▙"},
		{stretches(Stretch{1, paint.Pending}, Stretch{7, paint.Releasable}), 1, "▖"},
		{stretches(Stretch{7, paint.Used}, Stretch{1, paint.Rounding}), 1, "█"},
		{stretches(Stretch{1, paint.Used}, Stretch{7, paint.Rounding}), 2, "█▆"},
		{stretches(Stretch{1, paint.Rounding}, Stretch{3, paint.Pending}), 1, "▚"},
		{stretches(Stretch{4, paint.Releasable}, Stretch{4, paint.Stranded}), 1, "▖"},
		{stretches(Stretch{2, paint.Unseen}), 4, "??"},
		{nil, 4, ""},
	} {
		cells := Strip(test.of, test.cells)
		if got := drawn(nil, paint.Unicode(), cells); got != test.want {
			t.Errorf("%v on %d cells: %s, want %s", test.of, test.cells, got, test.want)
		}
		if ascii := drawn(nil, paint.ASCII(), cells); len(ascii) != len([]rune(test.want)) {
			t.Errorf("%q in ASCII", ascii)
		}
	}
}

func palette(t *testing.T, name string, profile paint.Profile) *paint.Palette {
	t.Helper()
	theme, err := themes.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	mono, err := themes.Load(themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	return paint.Compile(theme, mono, profile)
}

// A cell with one border is split there, as finely as the terminal can, in both
// colours; a mixed one has both too.
func TestColoursShowBothStates(t *testing.T) {
	const green, red = "32", "31"
	cell := func(used, stranded int64) []Cell {
		return Strip(stretches(Stretch{used, paint.Used}, Stretch{stranded, paint.Stranded}), 1)
	}
	for _, test := range []struct {
		profile paint.Profile
		used    int64
		want    string
	}{
		{paint.TrueColor, 1, "▏"}, {paint.TrueColor, 6, "▎"}, {paint.TrueColor, 16, "▌"}, {paint.TrueColor, 31, "▉"},
		{paint.Colors256, 9, "▎"}, {paint.Colors256, 12, "▍"},
		{paint.Colors16, 1, "▌"}, {paint.Colors16, 31, "▌"},
	} {
		got := drawn(palette(t, themes.Default, test.profile), paint.Unicode(), cell(test.used, 32-test.used))
		if want := "\x1b[0;" + green + ";4" + red[1:] + "m" + test.want + "\x1b[m"; got != want {
			t.Errorf("profile %d, %d of 32 used: %q, want %q", test.profile, test.used, got, want)
		}
	}
	for _, test := range []struct{ used, stranded int64 }{{3, 2}, {2, 3}} { // what is live fills the sign
		mixed := Strip(stretches(Stretch{test.stranded, paint.Stranded}, Stretch{2 * test.used, paint.Used}, Stretch{test.stranded, paint.Stranded}), 1)
		sign := "▙"
		if test.used < test.stranded {
			sign = "▖"
		}
		got := drawn(palette(t, themes.Default, paint.Colors16), paint.Unicode(), mixed)
		if want := "\x1b[0;32;41m" + sign + "\x1b[m"; got != want {
			t.Errorf("%+v: %q, want %q", test, got, want)
		}
	}
	for used, want := range map[int64]string{1: "\x1b[0;1m▖\x1b[m", 7: "▙"} { // bold is stranded memory's
		if got := drawn(palette(t, themes.Default, paint.NoColor), paint.Unicode(), cell(used, 8-used)); got != want {
			t.Errorf("without colours %d of 8 used are %q", used, got)
		}
	}
	if ascii := drawn(palette(t, themes.Default, paint.TrueColor), paint.ASCII(), cell(1, 7)); !strings.Contains(ascii, "+") {
		t.Errorf("in ASCII %q", ascii)
	}
}

// Cells that hold changed bytes are marked, and no others, with and without colours.
func TestChangedCellsAreMarked(t *testing.T) {
	r := rand.New(rand.NewSource(6))
	glyphs := paint.Unicode()
	marks := string(glyphs.Changed[:]) + string(glyphs.MovedLive) + string(glyphs.MovedFree)
	for range 100 {
		x := NewIndex(testHeap(r), Scope{})
		var changed []change.Range
		at := uint64(1 << 40)
		for range r.Intn(20) {
			at += LeastScale * uint64(r.Intn(400))
			changed = append(changed, change.Range{Address: at, Size: LeastScale * int64(1+r.Intn(5))})
			at += uint64(changed[len(changed)-1].Size)
		}
		l := arrange(x, ByAddress).lay(LeastScale<<r.Intn(4), 50, 0)
		want := map[spot]bool{}
		for strip := range x.strips {
			s := x.strips[strip].segment
			for offset := int64(0); offset < s.Size; offset += LeastScale {
				here := s.Address + uint64(offset)
				for _, c := range changed {
					if c.Address <= here && here < c.End() {
						want[l.spotOf(strip, offset)] = true
					}
				}
			}
		}
		p := painter{layout: l, changed: changed}
		for line := range l.lines {
			first := l.at(line)
			cells := p.cells(nil, first)
			for i, sign := range []rune(ansi.Strip(drawn(nil, glyphs, cells))) {
				at := spot{first.group, first.cell + int64(i)}
				if strings.ContainsRune(marks, sign) != want[at] {
					t.Fatalf("%c at %v, changed %v", sign, at, want[at])
				}
			}
		}
	}
}
