package gate

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// limits sets limits written as on the command line: "max-slack 4GiB".
func limits(t *testing.T, written ...string) Limits {
	t.Helper()
	var l Limits
	for _, one := range written {
		name, bound, _ := strings.Cut(one, " ")
		if err := l.Set(name, bound); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// process is a row with all that limits are about.
func process(reserved, stranded, largest int64) fragcalc.Process {
	p := fragcalc.Process{
		RowID:   fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 4711, StartTicks: 99}, GPUUUID: "GPU-1"},
		User:    "alice",
		Command: "python train.py", AllocRetries: fragcalc.Of[int64](0), OOMs: fragcalc.Of[int64](0),
	}
	p.Reserved, p.Stranded, p.LargestFree = fragcalc.Of(reserved), fragcalc.Of(stranded), fragcalc.Of(largest)
	p.Slack, p.Fragmentation = fragcalc.Of(reserved/10), fragcalc.Of(0.0)
	if reserved > 0 {
		p.Fragmentation = fragcalc.Of(float64(stranded) / float64(reserved))
	}
	return p
}

// at is a snapshot so long after the start.
func at(after time.Duration, rows ...fragcalc.Process) *fragcalc.Snapshot {
	return &fragcalc.Snapshot{
		At: start.Add(after), Host: "node17", Version: "1.0", Processes: rows,
		GPUs: []fragcalc.GPU{{UUID: "GPU-1", MemoryTotal: fragcalc.Of(80 * gib)}},
	}
}

// result is what a report found of a limit in its first row.
func result(t *testing.T, r Report, limit string) Result {
	t.Helper()
	for _, one := range r.Rows[0].Results {
		if one.Limit == limit {
			return one
		}
	}
	t.Fatalf("the report has no result for %s", limit)
	return Result{}
}

func TestEachLimitIsHeldAtItsBoundAndCrossedBeyond(t *testing.T) {
	p := process(10*gib, 2*gib, 3*gib)
	p.Slack, p.AllocRetries, p.OOMs = fragcalc.Of(4*gib), fragcalc.Of[int64](2), fragcalc.Of[int64](1)
	for _, c := range []struct {
		name, held, crossed string
	}{
		{MaxFragmentation, "0.2", "0.19"},
		{MaxSlack, "4GiB", "4294967295"},
		{MinLargestFree, "3GiB", "3221225473"},
		{MaxRetries, "2", "1"},
		{MaxOOMs, "1", "0"},
	} {
		for bound, want := range map[string]Verdict{c.held: Passed, c.crossed: Crossed} {
			g := New(Options{Limits: limits(t, c.name+" "+bound)})
			g.Add(at(0, p))
			report := g.Report("")
			if got := result(t, report, c.name); got.Verdict != want || report.Verdict() != want || len(report.Rows[0].Results) != 1 {
				t.Errorf("%s %s: %v with %v, want %v", c.name, bound, got.Verdict, got.Value, want)
			}
		}
	}
}

func TestTheWorstMomentCountsAndIsTold(t *testing.T) {
	g := New(Options{Limits: limits(t, "max-fragmentation 0.2", "min-largest-free 1GiB")})
	for i, stranded := range []int64{1, 2, 5, 5, 1} {
		p := process(10*gib, stranded*gib, (6-stranded)*gib)
		p.SnapshotAge = fragcalc.Of(500 * time.Millisecond)
		g.Add(at(time.Duration(i)*time.Minute, p))
	}
	report := g.Report("")
	worst := result(t, report, MaxFragmentation)
	if worst.Value.Or(0) != 0.5 || worst.Verdict != Crossed || !worst.At.Equal(start.Add(2*time.Minute-500*time.Millisecond)) {
		t.Errorf("%+v, want 0.5 when it first was, by the age of the figures", worst)
	}
	if least := result(t, report, MinLargestFree); least.Value.Or(0) != float64(gib) || least.Verdict != Passed {
		t.Errorf("%+v, want 1 GiB", least)
	}
	if row := report.Rows[0]; row.Samples != 5 || row.Last.Sub(row.First) != 4*time.Minute {
		t.Errorf("%+v", row)
	}
}

// The first tensor of every program strands nearly all of its first segment.
func TestMomentsAtWhichLittleIsHeldDoNotCount(t *testing.T) {
	g := New(Options{Limits: limits(t, "max-fragmentation 0.2"), FromStart: true})
	g.Add(at(0, process(2*mib, 2*mib-512, mib)))
	alone := g.Report("")
	if alone.Verdict() != Crossed {
		t.Error("what is the most that was held counts, however little it is")
	}
	g.Add(at(time.Minute, process(10*gib, gib, gib)))
	g.Add(at(2*time.Minute, process(20*mib, 18*mib, mib))) // all but freed at its end
	if report := g.Report(""); report.Verdict() != Passed {
		t.Errorf("%+v", report.Rows[0].Results)
	}
	g.Add(at(3*time.Minute, process(5*gib, 4*gib, gib))) // half of the most is not little
	if report := g.Report(""); report.Verdict() != Crossed {
		t.Errorf("%+v", report.Rows[0].Results)
	}
}

// Every program begins without a free block; only later lack of one counts,
// unless it never had one.
func TestALargeFreeBlockIsMissedOnlyByProgramsThatHadOne(t *testing.T) {
	for _, c := range []struct {
		name      string
		largest   []int64 // GiB, of 10 GiB held
		fromStart bool
		want      Verdict
		value     int64
	}{
		{"filled, then enough", []int64{0, 0, 3, 2}, true, Passed, 2},
		{"enough, then too little", []int64{0, 3, 1, 3}, true, Crossed, 1},
		{"never enough", []int64{0, 1, 1}, true, Crossed, 0},
		{"seen while it ran", []int64{1, 3}, false, Crossed, 1},
	} {
		g := New(Options{Limits: limits(t, "min-largest-free 2GiB"), FromStart: c.fromStart})
		g.Add(at(0, process(0, 0, 0))) // holds nothing yet
		for i, largest := range c.largest {
			g.Add(at(time.Duration(i+1)*time.Minute, process(10*gib, 0, largest*gib)))
		}
		if got := result(t, g.Report(""), MinLargestFree); got.Verdict != c.want || got.Value.Or(-1) != float64(c.value*gib) {
			t.Errorf("%s: %v, %v, want %v, %d GiB", c.name, got.Verdict, got.Value, c.want, c.value)
		}
	}
}

func TestWhatIsNotKnownIsNoPass(t *testing.T) {
	blind := process(gib, 0, 0)
	blind.Figures = fragcalc.UnknownFigures("not instrumented")
	for _, allow := range []bool{false, true} {
		g := New(Options{Limits: limits(t, "max-fragmentation 0.2", "max-growth 1GiB/min", "max-ooms 0"), AllowUnknown: allow})
		g.Add(at(0, blind))
		report := g.Report("")
		if got := result(t, report, MaxFragmentation); got.Verdict != NotKnown || got.Value.Reason() != "not instrumented" {
			t.Errorf("%v, %v", got.Verdict, got.Value.Reason())
		}
		if got := result(t, report, MaxGrowth); got.Verdict != NotKnown {
			t.Errorf("growth of the unknown: %v", got)
		}
		want := map[bool]Verdict{false: NotKnown, true: Passed}[allow]
		if report.Verdict() != want {
			t.Errorf("allowed %v: %v, want %v", allow, report.Verdict(), want)
		}
	}
}

func TestACrossedLimitComesBeforeAnUnknownOne(t *testing.T) {
	p := process(gib, gib/2, 0)
	p.OOMs = fragcalc.Unknown[int64]("the file does not tell")
	g := New(Options{Limits: limits(t, "max-fragmentation 0.2", "max-ooms 0")})
	g.Add(at(0, p))
	report := g.Report("")
	sentence := report.Sentence()
	if report.Verdict() != Crossed || !strings.Contains(sentence, "limit crossed: max-fragmentation; could not be measured: max-ooms (the file does not tell") {
		t.Errorf("%v: %s", report.Verdict(), sentence)
	}
}

func TestNobodySeenIsNotKnownForEveryLimit(t *testing.T) {
	report := New(Options{Limits: limits(t, "max-slack 1", "max-ooms 0", "max-growth 1/s")}).Report("it ended too soon")
	if len(report.Rows) != 1 || report.Count(NotKnown) != 3 || report.Verdict() != NotKnown {
		t.Fatalf("%+v", report)
	}
	for _, one := range report.Rows[0].Results {
		if one.Value.Reason() != "it ended too soon" {
			t.Errorf("%s: %s", one.Limit, one.Value.Reason())
		}
	}
}

func TestProcessesAndGPUsAreJudgedApart(t *testing.T) {
	a, b := process(gib, gib/2, 0), process(gib, 0, 0)
	b.GPUUUID = "GPU-2"
	c := b
	c.StartTicks++ // the same PID, another process
	g := New(Options{Limits: limits(t, "max-fragmentation 0.2")})
	g.Add(at(0, a, b))
	g.Add(at(time.Second, c))
	report := g.Report("")
	if len(report.Rows) != 3 || report.Count(Crossed) != 1 || report.Count(Passed) != 2 {
		t.Errorf("%+v", report)
	}
}

func TestProcessesWithoutEndAreBounded(t *testing.T) {
	g := New(Options{Limits: limits(t, "max-ooms 0")})
	for i := range mostRows + 1 {
		p := process(gib, 0, 0)
		p.PID = i + 1
		g.Add(at(0, p))
	}
	if report := g.Report(""); len(report.Rows) != mostRows+1 || report.Verdict() != NotKnown {
		t.Errorf("%d rows, %v", len(report.Rows), report.Verdict())
	}
}

// A snapshot file tells no counters, but its trace tells of errors.
func TestErrorsAreCountedInATraceWhereNobodyElseCounts(t *testing.T) {
	for _, c := range []struct {
		ooms  int
		cut   bool
		bound string
		want  Verdict
	}{
		{0, false, "0", Passed}, {1, false, "0", Crossed}, {2, false, "2", Passed},
		{0, true, "0", NotKnown}, {1, true, "0", Crossed}, {1, true, "1", NotKnown},
	} {
		p := process(gib, 0, 0)
		p.OOMs = fragcalc.Unknown[int64]("a file does not tell it")
		p.Trace = &fragcalc.Trace{Events: []fragcalc.TraceEvent{{Kind: fragcalc.TraceAlloc}}, Cut: c.cut}
		for range c.ooms {
			p.Trace.Events = append(p.Trace.Events, fragcalc.TraceEvent{Kind: fragcalc.TraceOOM})
		}
		g := New(Options{Limits: limits(t, "max-ooms "+c.bound)})
		g.Add(at(0, p))
		if got := result(t, g.Report(""), MaxOOMs); got.Verdict != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestOneMomentHasNoGrowth(t *testing.T) {
	g := New(Options{Limits: limits(t, "max-growth 1MiB/min"), WarmUp: time.Minute})
	g.Add(at(0, process(gib, 0, 0)))
	if got := result(t, g.Report(""), MaxGrowth); got.Verdict != NotKnown || got.Value.Reason() != "one moment has no growth" {
		t.Errorf("%v", got)
	}
}
