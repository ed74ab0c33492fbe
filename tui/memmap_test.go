package tui

import (
	"math/rand"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// The map and the figures must tell the same story.
func TestRunsAddUpToTheFigures(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	settings := fragcalc.AllocatorSettings{}
	for range 300 {
		segments := testSegments(r, 1+r.Intn(20))
		for i := range segments {
			segments[i].Expandable = r.Intn(2) == 0
		}
		pools := fragcalc.GroupPools(segments)
		fragcalc.Measure(pools, settings)
		for i := range pools {
			pool := &pools[i]
			var total sizes
			for j := range pool.Segments {
				segment := &pool.Segments[j]
				var one sizes
				for _, r := range segmentRuns(nil, pool.PoolID, segment, settings) {
					one.add(r)
				}
				if one.total() != segment.Size {
					t.Fatalf("runs of %d bytes in a segment of %d", one.total(), segment.Size)
				}
				var byBlock sizes
				for _, inside := range blockSizes(pool.PoolID, segment, settings) {
					for state, size := range inside {
						byBlock[state] += size
					}
				}
				if byBlock != one {
					t.Fatalf("blocks %v, segment %v", byBlock, one)
				}
				for state, size := range one {
					total[state] += size
				}
			}
			for name, want := range map[string]struct {
				got    int64
				figure fragcalc.Bytes
			}{
				"reserved":   {total.total(), pool.Reserved},
				"live":       {total.of(paint.Used) + total.of(paint.Pending) + total.of(paint.Rounding), fragcalc.Of(pool.Used.Or(-1) + pool.Pending.Or(-1))},
				"rounding":   {total.of(paint.Rounding), pool.Rounding},
				"stranded":   {total.of(paint.Stranded), pool.Stranded},
				"releasable": {total.of(paint.Releasable), pool.Releasable},
				"parked":     {total.of(paint.Parked), pool.Parked},
			} {
				if want.figure.Or(-1) != want.got {
					t.Fatalf("%s: the map has %d, the figures %d", name, want.got, want.figure.Or(-1))
				}
			}
		}
	}
}

func TestCells(t *testing.T) {
	glyphs := paint.Unicode()
	for _, test := range []struct {
		runs  []run
		total int64
		n     int
		want  string
	}{
		{[]run{{8, paint.Used}}, 8, 4, "████"},
		{[]run{{4, paint.Used}, {4, paint.Stranded}}, 8, 4, "██▓▓"},
		{[]run{{3, paint.Used}, {5, paint.Stranded}}, 8, 4, "█▙▓▓"},
		{[]run{{5, paint.Used}, {1, paint.Rounding}, {2, paint.Stranded}}, 8, 1, "▙"},
		{[]run{{1, paint.Pending}, {7, paint.Releasable}}, 8, 1, "▖"},
		{[]run{{7, paint.Used}, {1, paint.Rounding}}, 8, 1, "█"},
		{[]run{{1, paint.Used}, {7, paint.Rounding}}, 8, 1, "▆"},
		{[]run{{4, paint.Releasable}, {4, paint.Stranded}}, 8, 1, "▖"},
		{nil, 0, 4, ""},
	} {
		got := ""
		for _, c := range cells(glyphs, test.runs, test.total, test.n, nil) {
			got += string(c.glyph)
		}
		if got != test.want {
			t.Errorf("%v on %d cells: %s, want %s", test.runs, test.n, got, test.want)
		}
	}
}

func TestEverySegmentFits(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	l := newDriver(t, 80, 24).app.world.look
	for range 300 {
		pools := fragcalc.GroupPools(testSegments(r, 1+r.Intn(300)))
		for i := range pools {
			room := 1 + r.Intn(400)
			f := flowOf(l, &pools[i], fragcalc.AllocatorSettings{}, room)
			if len(f.cells) > room || len(f.cells) == 0 {
				t.Fatalf("%d cells in room for %d", len(f.cells), room)
			}
			gaps := len(pools[i].Segments) - 1
			if !f.merged && gaps*4 > room {
				t.Fatalf("%d gaps in %d cells", gaps, room)
			}
		}
	}
}
