package gate

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Host      string      `xml:"hostname,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitNote `xml:"failure"`
	Error   *junitNote `xml:"error"`
	Skipped *junitNote `xml:"skipped"`
	Out     string     `xml:"system-out,omitempty"`
}

type junitNote struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML: one suite for each process and GPU, one
// case for each limit. A crossed limit is a failure; one that could not be
// measured an error, or skipped where that is allowed.
func (r Report) JUnit(out io.Writer) error {
	suites := junitSuites{Name: "gpufragtop check"}
	for _, row := range r.Rows {
		suite := r.junitSuite(row)
		suites.Tests += suite.Tests
		suites.Failures += suite.Failures
		suites.Errors += suite.Errors
		suites.Skipped += suite.Skipped
		suites.Suites = append(suites.Suites, suite)
	}
	written, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, xml.Header+string(written)+"\n")
	return err
}

func (r Report) junitSuite(row Row) junitSuite {
	seconds := strconv.FormatFloat(row.Last.Sub(row.First).Seconds(), 'f', 3, 64)
	suite := junitSuite{Name: row.title(r.Target), Tests: len(row.Results), Time: seconds, Host: text.Clean(r.Host, 255)}
	if !row.First.IsZero() {
		suite.Timestamp = row.First.UTC().Format("2006-01-02T15:04:05")
	}
	for _, result := range row.Results {
		one := junitCase{Class: row.Name(), Name: result.Limit, Time: "0"}
		words := row.words(result)
		note := &junitNote{Message: words, Type: strings.ReplaceAll(string(result.Verdict), " ", "_"), Text: row.details(r.Target, result)}
		switch {
		case result.Verdict == Passed:
			one.Out = words
		case result.Verdict == Crossed:
			suite.Failures++
			one.Failure = note
		case r.AllowUnknown:
			suite.Skipped++
			note.Type = "" // the element has no type
			one.Skipped = note
		default:
			suite.Errors++
			one.Error = note
		}
		suite.Cases = append(suite.Cases, one)
	}
	return suite
}

// details are some lines for those who look closer.
func (row Row) details(target string, r Result) string {
	lines := []string{"checked: " + text.Clean(target, mostTarget), "process: " + row.title(target), r.Limit + " " + string(r.Verdict) + ": " + row.words(r)}
	if !r.At.IsZero() {
		lines = append(lines, "worst at: "+r.At.UTC().Format(time.RFC3339Nano))
	}
	return strings.Join(lines, "\n")
}
