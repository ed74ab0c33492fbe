package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// reportShot is a report of a process that died at a time.
func reportShot(at time.Time, job string) *fragcalc.Snapshot {
	s := fileSnapshot(1)
	s.From, s.At, s.Host = "oom-1.report", at, "node17"
	s.Processes[0].Job = job
	s.Report = &fragcalc.OOMReport{
		At: at, Asked: fragcalc.Of[int64](4 << 30), Verdict: "stranded",
		Lines: []string{"PyTorch asked for 4.00 GiB."}, Stack: []string{"/app/train.py:7 grow", "/app/train.py:9 <module>"},
	}
	return s
}

// fixedReports is a folder with these reports.
type fixedReports struct{ shots []*fragcalc.Snapshot }

func (f fixedReports) List(context.Context) []fragcalc.ReportEntry {
	var entries []fragcalc.ReportEntry
	for i, s := range f.shots {
		path := string(rune('a' + i))
		entries = append(entries, fragcalc.ReportEntry{Name: path + ".report", Path: path, Snapshot: s})
	}
	return entries
}

func (f fixedReports) Open(_ context.Context, path string) (*fragcalc.Snapshot, error) {
	i := int(path[0] - 'a')
	if i >= len(f.shots) {
		return nil, errors.New(path + ".report is gone")
	}
	return f.shots[i], nil
}

func reportsDriver(t *testing.T, shots ...*fragcalc.Snapshot) *driver {
	d := newDriver(t, 120, 40, func(o *Options) { o.Reports = fixedReports{shots} }).sample(testNode(1, 2, 9))
	d.app.reports.listing = false // the sample has asked for the list
	d.send(d.app.listReports()())
	return d
}

// opens presses keys and takes in the report that they ask for.
func (d *driver) opens(names ...string) {
	d.t.Helper()
	command := d.keys(names...)
	if command == nil {
		d.t.Fatalf("%v ask for nothing", names)
	}
	d.send(command())
}

func TestAReportIsNamedAndOpened(t *testing.T) {
	node := testNode(1, 2, 9)
	died := node.At.Add(-10 * time.Minute)
	d := reportsDriver(t, reportShot(died, "rank 3"))
	d.shows("1 OOM report, rank 3, " + died.Format("15:04") + ": o opens it")
	d.opens("o")
	d.shows("Out of memory: stranded, at /app/train.py:7 grow", "PyTorch asked for 4.00 GiB.", "/app/train.py:9 <module>")
	if title := d.screen()[0]; !strings.Contains(title, "oom-1.report") || !strings.Contains(title, "REPORT") {
		t.Errorf("title %q", title)
	}
	d.sample(testNode(1, 2, 9)) // the node goes on behind it
	d.shows("Out of memory: stranded")
	d.keys("p")
	d.shows("Esc goes back to the node")
	d.keys("enter")
	d.shows("4.00M")
	d.keys("esc", "esc")
	if title := d.screen()[0]; strings.Contains(title, "REPORT") {
		t.Errorf("title %q: the node is not back", title)
	}
	d.shows("1 OOM report, rank 3")
}

func TestOneOfSeveralReportsIsChosen(t *testing.T) {
	now := testNode(1, 2, 9).At
	d := reportsDriver(t, reportShot(now.Add(-time.Minute), "rank 5"), reportShot(now.Add(-2*time.Minute), "rank 6"), reportShot(now.Add(-2*time.Hour), "rank 7"))
	d.shows("2 OOM reports, the newest of rank 5")
	d.keys("o")
	d.shows("Out-of-memory reports", "rank 5", "rank 6")
	if strings.Contains(strings.Join(d.screen(), "\n"), "rank 7") {
		t.Error("an old report is offered")
	}
	d.opens("j", "enter")
	d.keys("enter")
	d.shows("rank 6")
}

func TestWithoutReportsTheKeySaysSo(t *testing.T) {
	d := reportsDriver(t)
	d.keys("o")
	d.shows("no out-of-memory report of the last hour")
	d = newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("o")
	d.shows("no reports here")
}

// On a small screen the whole verdict can be read, and the key is named.
func TestAReportIsReadOnASmallScreen(t *testing.T) {
	shot := reportShot(testNode(1, 2, 9).At.Add(-time.Minute), "rank 3")
	shot.Report.Lines = []string{"PyTorch asked for 4.00 GiB, and of 8.00 GiB only 1.00 GiB was free.", "Fragmentation is the likely cause."}
	d := newDriver(t, 40, 10, func(o *Options) { o.Reports = fixedReports{[]*fragcalc.Snapshot{shot}} }).sample(testNode(1, 2, 9))
	d.hides("o reports") // before there is one
	d.app.reports.listing = false
	d.send(d.app.listReports()())
	d.shows("o reports", "? help", "q quit")
	d.app.status.record("what happened on the node")
	d.opens("o")
	d.shows("Out of memory: stranded, at", "/app/train.py:7 grow", "PyTorch asked for", "lines: j k scroll")
	d.hides("what happened")
	checkBounds(t, d, 40, 10, []string{"o"})
	seen := ""
	for range 12 {
		seen += strings.Join(d.screen(), " ") + " "
		d.keys("j")
	}
	for _, want := range []string{"/app/train.py:7 grow", "only", "likely", "Stack, innermost first:", "/app/train.py:9 <module>"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q cannot be read:\n%s", want, seen)
		}
	}
	last := d.line("lines: j k scroll")
	d.keys("g")
	d.shows("Out of memory: stranded, at")
	if d.line("lines: j k scroll") == last {
		t.Error("the place is not told")
	}
}

func TestReportsFitAnyScreen(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}, {20, 5}, {1, 1}} {
		d := newDriver(t, size[0], size[1]).sample(reportShot(time.Unix(1_700_000_000, 0), ""))
		for _, line := range d.screen() {
			if len([]rune(line)) > size[0] {
				t.Errorf("%v: %q is too long", size, line)
			}
		}
	}
}

func TestReportsAreListedAsText(t *testing.T) {
	var out strings.Builder
	at := time.Unix(1_700_000_000, 0)
	shot := reportShot(at, "rank 3")
	shot.Processes[0].Command = "/opt/env/bin/python train.py --config " + strings.Repeat("x", 90)
	entries := fixedReports{[]*fragcalc.Snapshot{shot}}.List(context.Background())
	entries = append(entries, fragcalc.ReportEntry{Name: "b.report", Reason: "is a link"})
	if err := WriteReports(&out, "/r", entries); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"node17", "COMMAND", "  python train.py --config xxxxxxxxxxxx...  ", "rank 3", "4.00 GiB", "stranded", "a.report", "is a link", "b.report", "In /r."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
	entries[0].Snapshot.Processes[0].Command = "python train.py " + strings.Repeat("--long ", 20)
	out.Reset()
	if err := WriteReports(&out, "/r", entries); err != nil || !strings.Contains(out.String(), " COMMAND ") || !strings.Contains(out.String(), "  python train.py --long") || !strings.Contains(out.String(), "...  a.report") {
		t.Errorf("%v: the command:\n%s", err, out.String())
	}
	out.Reset()
	WriteSkippedReports(&out, entries, []string{"x.report"})
	if got := out.String(); !strings.Contains(got, "1 file cannot be read: b.report is a link\n") || !strings.Contains(got, "1 file skipped") || !strings.Contains(got, ": x.report\n") {
		t.Errorf("what was skipped: %s", got)
	}
	out.Reset()
	if WriteSkippedReports(&out, entries[:1], nil); out.String() != "" {
		t.Errorf("nothing was skipped: %s", out.String())
	}
	out.Reset()
	if err := WriteReports(&out, "/r", nil); err != nil || !strings.Contains(out.String(), "No out-of-memory report in /r.") || !strings.Contains(out.String(), "gpufragtop run -- COMMAND") {
		t.Errorf("%v: %s", err, out.String())
	}
}
