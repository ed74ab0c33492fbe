package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/gate"
	"github.com/gpufragtop/gpufragtop/probe/rootfile"
)

// exitCrossed is the exit code of a check that found a limit crossed.
const exitCrossed = 3

// reportFormats are the values of --output.
var reportFormats = []string{"text", "json", "junit", "github"}

// checkReport is where a check's report goes.
type checkReport struct {
	format string
	file   *os.File // of --report; nil = none
}

// openReport opens the file of --report, so that it cannot fail after hours.
func openReport(format, path string) (checkReport, error) {
	r := checkReport{format: format}
	if !slices.Contains(reportFormats, format) {
		return r, failf(exitUsage, "check: --output %q: choose one of %s", format, strings.Join(reportFormats, ", "))
	}
	if path == "" {
		return r, nil
	}
	var err error
	if r.file, err = rootfile.Open(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
		return r, failf(exitFailed, "check: --report: %v", err)
	}
	return r, nil
}

func (r checkReport) close() {
	if r.file != nil {
		r.file.Close()
	}
}

// write writes the report: to the file of --report, and a text to words; or in
// its format to words alone.
func (r checkReport) write(report gate.Report, words io.Writer) error {
	out := words
	if r.file != nil {
		out = r.file
		if err := report.Text(words); err != nil {
			return failf(exitFailed, "check: %v", err)
		}
	}
	if err := r.encode(report, out); err != nil {
		return failf(exitFailed, "check: the report could not be written: %v", err)
	}
	if r.file != nil {
		if err := r.file.Close(); err != nil {
			return failf(exitFailed, "check: --report: %v", err)
		}
	}
	return nil
}

func (r checkReport) encode(report gate.Report, out io.Writer) error {
	switch r.format {
	case "json":
		return report.JSON(out)
	case "junit":
		return report.JUnit(out)
	case "github":
		return errors.Join(report.GitHub(out), summarize(report))
	default:
		return report.Text(out)
	}
}

// summarize appends the report to the summary of a GitHub job.
func summarize(report gate.Report) error {
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	const mode fs.FileMode = 0o644
	file, err := rootfile.Open(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, mode)
	if err != nil {
		return err
	}
	return errors.Join(report.Summary(file), file.Close())
}

// verdict is the error and with it the exit code of a report.
func verdict(report gate.Report) error {
	switch report.Verdict() {
	case gate.Crossed:
		return failf(exitCrossed, "check: %s", report.Sentence())
	case gate.NotKnown:
		return failf(exitFailed, "check: %s", report.Sentence())
	}
	return nil
}
