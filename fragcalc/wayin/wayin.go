// Package wayin says what stands between a monitor and the inside of a
// program, and the way there, in words that the screen, the verb doctor and
// JSON share.
package wayin

import (
	"slices"
	"strconv"
	"strings"
)

// Level is how much a finding matters.
type Level string

// Levels of findings.
const (
	OK      Level = "ok"      // as it should be
	Hint    Level = "hint"    // something is less than it could be
	Problem Level = "problem" // it stands in the way
)

// Finding is one thing that was looked at.
type Finding struct {
	Level Level
	Topic string // a word for scripts: "nvml", "rights", "program" …
	What  string // what was found, a sentence without its end
	Why   string // what that means; empty where What says all
	Do    string // the way out: one command that can be pasted as it is; empty for none
}

// Report is what a look at the node, or at one process of it, has found.
type Report struct {
	Version  string // of the monitor
	Host     string
	PID      int    // 0 = the node
	Command  string // of the process
	Findings []Finding
	Line     string // the one line to copy for what was looked at; empty for none
}

// Blocked tells whether a problem stands in the way.
func (r Report) Blocked() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Problem })
}

// Worst are the findings that are not in order, problems first.
func (r Report) Worst() []Finding {
	var out []Finding
	for _, level := range []Level{Problem, Hint} {
		for _, f := range r.Findings {
			if f.Level == level {
				out = append(out, f)
			}
		}
	}
	return out
}

// RunLine is the command that starts a program so that it can be seen into;
// command is its command line, empty when it is not known.
func RunLine(command string) string {
	if command == "" {
		command = "<its command>"
	}
	return "gpufragtop run -- " + command
}

// AttachLine is the command that gets into a program as it runs.
func AttachLine(pid int) string { return "gpufragtop attach " + strconv.Itoa(pid) }

// WatchLine is the command that watches one process.
func WatchLine(pid string) string { return "gpufragtop -p " + pid }

// DemoLine shows the tool without a GPU.
const DemoLine = "gpufragtop --demo"

// Supported tells whether the shim can ask a framework, by its name in
// fragcalc.Framework; one that is not known may be.
func Supported(framework string) bool {
	return framework == "" || framework == "pytorch" || framework == "cuda"
}

// Unsupported says that of a framework no more is known than NVML tells.
func Unsupported(framework string) string {
	return "gpufragtop sees inside PyTorch's allocator. Of " + framework + " it can tell no more than the driver does."
}

// Lines are the report as text: a line each, continued by indented ones.
func (r Report) Lines() []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, pad(string(f.Level), 9)+f.What)
		if f.Why != "" {
			out = append(out, pad("", 9)+f.Why)
		}
		if f.Do != "" {
			out = append(out, pad("", 9)+"> "+f.Do)
		}
	}
	if r.Line != "" {
		out = append(out, "", r.Line)
	}
	return out
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-len(s))) }
