package gate

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// GitHub writes the report for people and, for each limit that was crossed or
// could not be measured, a workflow command that becomes an annotation.
func (r Report) GitHub(out io.Writer) error {
	var words strings.Builder
	if err := r.Text(&words); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	w.WriteString(noCommand(words.String()))
	for _, row := range r.Rows {
		for _, result := range row.Results {
			command := "error"
			switch {
			case result.Verdict == Passed:
				continue
			case result.Verdict == NotKnown && r.AllowUnknown:
				command = "warning"
			}
			title := "gpufragtop check: " + result.Limit + " " + string(result.Verdict)
			message := row.title(r.Target) + ": " + row.words(result)
			fmt.Fprintf(w, "::%s title=%s::%s\n", command, escapeProperty(title), escapeData(noCommand(message)))
		}
	}
	return w.Flush()
}

// Summary writes the report as a Markdown table, for a job's summary.
func (r Report) Summary(out io.Writer) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "### gpufragtop check: %s\n\nChecked: %s\n\n", r.Verdict(), cell(r.Target))
	w.WriteString("| process | limit | verdict | measured |\n|---|---|---|---|\n")
	for _, row := range r.Rows {
		for _, result := range row.Results {
			verdict := string(result.Verdict)
			if result.Verdict != Passed {
				verdict = "**" + verdict + "**"
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", cell(row.title(r.Target)), result.Limit, verdict, cell(row.words(result)))
		}
		for _, line := range r.costs(row) {
			fmt.Fprintf(w, "| %s | %s | | %s |\n", cell(row.Name()), "cost", cell(strings.Join(strings.Fields(line), " ")))
		}
	}
	w.WriteString("\n")
	return w.Flush()
}

// escapeData makes a text the message of a workflow command.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty makes a text a property of a workflow command.
func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// noCommand breaks the older form of workflow commands, "##[name]", which the
// runner obeys in the middle of a line too: command lines come from strangers.
func noCommand(s string) string { return strings.ReplaceAll(s, "##[", "# #[") }

// cell makes a text one cell of a Markdown table, without links, markup or HTML.
func cell(s string) string {
	s = text.Clean(s, mostCommand)
	var out strings.Builder
	for _, c := range s {
		switch {
		case c == '<':
			out.WriteString("&lt;")
			continue
		case strings.ContainsRune("\\`*_{}[]()#!|>&@~", c):
			out.WriteByte('\\')
		}
		out.WriteRune(c)
	}
	return out.String()
}
