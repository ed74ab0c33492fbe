package gate

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// evil is a command line by somebody who knows where it will be printed.
const evil = "python \x1b[2J\n::error::owned, 100%: <script>&amp;|`x` ##[add-path]/tmp ]]> [a](b)"

// example is a report with every verdict, a stranger's command line and costs.
func example(t *testing.T) Report {
	t.Helper()
	g := New(Options{Limits: limits(t, "max-fragmentation 0.2", "max-slack 4GiB", "min-largest-free 2GiB", "max-growth 50MiB/min", "max-ooms 0")})
	for i := range 3 {
		p := process(10*gib, int64(i)*gib+gib, 3*gib)
		p.Slack = fragcalc.Of(4*gib + int64(i))
		p.OOMs = fragcalc.Unknown[int64]("the counters\n::error::are gone")
		other := p
		other.PID, other.Command = 12, evil
		other.Fragmentation = fragcalc.Of(0.1)
		g.Add(at(time.Duration(i)*time.Second, p, other))
	}
	report := g.Report("")
	report.Target, report.Price, report.Exit = "python train.py", 2.5, fragcalc.Of(0)
	return report
}

// nobody is a report of a program that ended too soon.
func nobody(t *testing.T) Report {
	t.Helper()
	report := New(Options{Limits: limits(t, "max-ooms 0"), AllowUnknown: true}).Report("it ended too soon")
	report.Target = "::error::" + evil
	return report
}

var writers = map[string]func(Report, io.Writer) error{
	"text": Report.Text, "json": Report.JSON, "junit": Report.JUnit, "github": Report.GitHub, "summary": Report.Summary,
}

func written(t *testing.T, name string, r Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := writers[name](r, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReportsAreAsTheGoldenOnes(t *testing.T) {
	for name := range writers {
		for kind, report := range map[string]Report{"example": example(t), "nobody": nobody(t)} {
			got := written(t, name, report)
			path := filepath.Join("testdata", kind+"."+name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
			}
		}
	}
}

func TestNoReportLetsAStrangerWriteControlCharactersOrLines(t *testing.T) {
	for name := range writers {
		for _, report := range []Report{example(t), nobody(t)} {
			got := written(t, name, report)
			if strings.ContainsAny(got, "\x1b\r\x00") {
				t.Errorf("%s holds control characters: %q", name, got)
			}
			for line := range strings.Lines(got) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "::error::") || strings.HasPrefix(line, "::") && name != "github" {
					t.Errorf("%s: a stranger's line %q", name, line)
				}
			}
		}
	}
}

// A runner splits a command at the first "::" behind its properties, which are
// separated by commas, and undoes the escapes.
func TestAnnotationsAreReadBackAsTheyWere(t *testing.T) {
	report := example(t)
	annotations := 0
	for line := range strings.Lines(written(t, "github", report)) {
		if strings.Contains(line, "##[") {
			t.Errorf("a runner would obey %q", line)
		}
		command, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::")
		if !ok {
			continue
		}
		properties, message, ok := strings.Cut(command, "::")
		level, title, titled := strings.Cut(properties, " title=")
		if !ok || !titled || level != "error" || strings.ContainsAny(title, ":,") {
			t.Errorf("not a command with one property: %q", line)
		}
		unescaped := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n").Replace(message)
		if strings.ContainsAny(unescaped, "\r\n") || !strings.Contains(unescaped, "pid ") {
			t.Errorf("message %q", unescaped)
		}
		if strings.Contains(message, "owned") && !strings.Contains(message, "100%25") {
			t.Errorf("a percent sign is not escaped: %q", message)
		}
		annotations++
	}
	if want := report.Count(Crossed) + report.Count(NotKnown); annotations != want {
		t.Errorf("%d annotations, want %d", annotations, want)
	}
	if got := escapeProperty("a:b,c%d\r\n"); got != "a%3Ab%2Cc%25d%0D%0A" {
		t.Error(got)
	}
}

func TestJUnitIsWellFormedAndItsCountsAreTrue(t *testing.T) {
	for _, report := range []Report{example(t), nobody(t)} {
		var suites junitSuites
		if err := xml.Unmarshal([]byte(written(t, "junit", report)), &suites); err != nil {
			t.Fatal(err)
		}
		cases := 0
		for _, suite := range suites.Suites {
			cases += len(suite.Cases)
		}
		unknown := suites.Errors + suites.Skipped
		if suites.Failures != report.Count(Crossed) || unknown != report.Count(NotKnown) || suites.Tests != cases || (suites.Skipped > 0) != report.AllowUnknown {
			t.Errorf("%+v", suites)
		}
	}
}

func TestJSONReportsFitTheirSchema(t *testing.T) {
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("check.json", source); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("check.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, report := range []Report{example(t), nobody(t)} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, "json", report)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(document); err != nil {
			t.Error(err)
		}
		delete(document.(map[string]any), "verdict")
		if compiled.Validate(document) == nil {
			t.Error("the schema accepts a document without a verdict")
		}
	}
}

func TestJSONSizesAreIntegers(t *testing.T) {
	var document struct {
		Processes []struct {
			Limits []struct {
				Limit string
				Value json.Number
			}
		}
	}
	decoder := json.NewDecoder(strings.NewReader(written(t, "json", example(t))))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	if slack := document.Processes[0].Limits[1]; slack.Limit != MaxSlack || slack.Value != "4294967298" {
		t.Errorf("%+v", slack)
	}
}

func TestValuesThatLookLikeTheirBoundAreWrittenExactly(t *testing.T) {
	if got := written(t, "text", example(t)); !strings.Contains(got, "4294967298 B, limit 4294967296 B") {
		t.Error(got)
	}
}
