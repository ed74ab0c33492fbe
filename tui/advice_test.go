package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
)

func TestAdviceNeverPushesTheMapOut(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {80, 23}, {80, 22}, {100, 30}, {120, 40}, {200, 60}} {
		d := newDriver(t, size[0], size[1]).sample(testNode(1, 2, 9))
		d.keys("enter")
		d.shows("1 cell = ", "POOL", " › expandable_segments:True may help")
		checkBounds(t, d, size[0], size[1], []string{"enter"})
	}
}

func TestAProcessWithoutAdviceLosesNoLine(t *testing.T) {
	quiet := func(s *fragcalc.Snapshot) *fragcalc.Snapshot {
		for i := range s.Processes {
			p := &s.Processes[i]
			p.Figures = fragcalc.UnknownFigures("too early")
			p.Pools = nil
		}
		return s
	}
	d := newDriver(t, 80, 24).sample(quiet(testNode(1, 1, 1)))
	if len(d.app.advice) > 0 {
		t.Errorf("advice on nothing: %v", d.app.advice)
	}
	d.hides(" › ")
	if block := adviceBlock(d.app.world.look, nil, 80, 5); block != nil {
		t.Errorf("%q", block)
	}
}

func TestAdviceIsCutOnlyWhereNotEvenTheFirstFits(t *testing.T) {
	l := newDriver(t, 80, 24).app.world.look
	long := strings.TrimSpace(strings.Repeat("word ", 30))
	said := []advice.Advice{{Text: long}, {Text: "short"}}
	for height, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 3, 5: 3} {
		if lines := adviceBlock(l, said, 80, height); len(lines) != want {
			t.Errorf("%d lines in a height of %d, want %d: %q", len(lines), height, want, lines)
		}
	}
	if lines := adviceBlock(l, said, 80, 1); !strings.HasSuffix(lines[0], "…") {
		t.Errorf("cut without a sign: %q", lines)
	}
}

// What a row looked like before reaches advice: growth over minutes is seen.
func TestTheScreenSeesALeak(t *testing.T) {
	d := newDriver(t, 120, 40)
	for minute := range 10 {
		s := testNode(1, 2, 9)
		s.At = epoch.Add(time.Duration(minute) * time.Minute)
		for i := range s.Processes {
			if p := &s.Processes[i]; p.PID == 48049 {
				p.Used = fragcalc.Of(p.Used.Or(0) + int64(minute)*500*mib)
			}
		}
		d.sample(s)
	}
	d.keys("enter")
	d.shows("Used memory has grown steadily, by 500 MiB a minute")
}

func TestRecentKeepsTheLowestAndForgets(t *testing.T) {
	r := newRecent()
	row := fragcalc.RowID{GPUUUID: "G"}
	push := func(after time.Duration, used fragcalc.Bytes) {
		p := fragcalc.Process{RowID: row}
		p.Used = used
		r.push(&fragcalc.Snapshot{At: epoch.Truncate(recentPart).Add(after), Processes: []fragcalc.Process{p}})
	}
	push(0, fragcalc.Of[int64](7))
	push(time.Second, fragcalc.Of[int64](5))
	push(2*time.Second, fragcalc.Unknown[int64]("x"))
	push(3*time.Second, fragcalc.Of[int64](9))
	if got := r.of(row).Samples; len(got) != 1 || got[0].Used != fragcalc.Of[int64](5) || !got[0].At.Equal(epoch.Truncate(recentPart).Add(3*time.Second)) {
		t.Errorf("%+v", got)
	}
	for i := range 3 * recentParts {
		push(time.Duration(i+1)*recentPart, fragcalc.Of(int64(i)))
	}
	if got := r.of(row).Samples; len(got) != recentParts || got[len(got)-1].Used != fragcalc.Of[int64](3*recentParts-1) {
		t.Errorf("%d samples, the last %+v", len(got), got[len(got)-1])
	}
	push(0, fragcalc.Of[int64](1))
	if got := r.of(row).Samples; len(got) != 1 {
		t.Errorf("%d samples after the clock was set back", len(got))
	}
	r.push(&fragcalc.Snapshot{At: epoch})
	if len(r.rows) != 0 {
		t.Error("a row that is gone is remembered")
	}
}

func TestCostsAreShownWhereAPriceIsGiven(t *testing.T) {
	d := newDriver(t, 120, 40, func(o *Options) { o.GPUHourPrice = 2.5 }).sample(testNode(1, 2, 9))
	// 1.81 GiB and 2.58 GiB of 80 at 2.50 an hour.
	d.shows("STRND/H", "SLACK/H", "Stranded costs 0.057 an hour, slack 0.081 (they overlap).", "  0.14")
	d.keys("enter")
	d.shows("stranded/hour      0.057", "slack/hour         0.081")
	d = newDriver(t, 80, 24, func(o *Options) { o.GPUHourPrice = 2.5 }).sample(testNode(1, 2, 9))
	d.shows("STRND/H", "Stranded costs 0.057")
	d = newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.hides("/H", "costs 0")
	d.keys("enter")
	d.hides("/hour")
	var once strings.Builder
	if err := WriteOnce(&once, testNode(1, 2, 9), OnceOptions{GPUHourPrice: 2.5}); err != nil || !strings.Contains(once.String(), "STRND/H SLACK/H") {
		t.Errorf("%v: %s", err, once.String())
	}
	d = newDriver(t, 120, 40, func(o *Options) { o.GPUHourPrice = 2.5 }).sample(unknownNode())
	d.hides("/H", "costs 0")
}
