package tui

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// WriteFit prints the answers to a fit question as plain text.
func WriteFit(w io.Writer, s *fragcalc.Snapshot, size int64, answers []fragcalc.FitAnswer) error {
	l := &draw.Look{Glyphs: paint.Unicode()}
	out := bufio.NewWriter(w)
	for i := range answers {
		if i > 0 {
			out.WriteByte('\n') // bufio keeps the first error
		}
		out.WriteString(fitTitle(l, s, size, answers[i].Process) + "\n")
		for _, line := range fitLines(l, &answers[i], unlimited) {
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return out.Flush()
}

// fitTitle names the question, the process and its GPU.
func fitTitle(l *draw.Look, s *fragcalc.Snapshot, size int64, p *fragcalc.Process) string {
	var parts []string
	if p.GPUUUID != "" {
		parts = append(parts, gpuLabel(s, p.GPUUUID))
	}
	if who := strings.TrimSpace(strconv.Itoa(p.PID) + " " + p.User); p.PID != 0 {
		parts = append(parts, who)
	}
	if p.Command != "" {
		parts = append(parts, p.Command)
	}
	if len(parts) == 0 {
		parts = append(parts, s.From)
	}
	return units.Bytes(size) + " in " + strings.Join(parts, l.Glyphs.Dot)
}

// fitLines are the verdicts of one process: a line a stream, what stands in the
// way below it, then the largest allocations that fit.
func fitLines(l *draw.Look, answer *fragcalc.FitAnswer, width int) []string {
	const largest, answerWidth = "largest that fits", len("unknown") + 1
	column := len(largest) + 1
	for i := range answer.Verdicts {
		column = max(column, len(answer.Verdicts[i].Where())+1)
	}
	above := column > max(width/3, 1) // names stand above their answers
	if above {
		column = 0
	}
	var lines []string
	say := func(name string, role paint.Role, word, text string) {
		if above && name != "" {
			lines = append(lines, l.Text(paint.Text, "  "+name, width))
			name = ""
		}
		for i, part := range draw.Wrap(text, max(width-2-column-answerWidth, 8)) {
			line := l.Line(width).PadTo(2)
			if i > 0 {
				name, word = "", ""
			}
			l.Fit(line, paint.Text, name, column, false)
			l.Fit(line, role, word, answerWidth, false)
			lines = append(lines, line.Text(paint.Text, part).String())
		}
	}
	for i := range answer.Verdicts {
		v := &answer.Verdicts[i]
		say(v.Where(), answerRole(v), v.Answer(), v.How(l.Prose))
		for _, o := range v.Obstacles {
			say("", paint.Text, "", "- "+o.Words(l.Prose))
		}
	}
	say(largest, paint.Text, "", largestWords(l, &answer.Process.Figures))
	return lines
}

func answerRole(v *fragcalc.Verdict) paint.Role {
	switch {
	case v.Answer() == "no":
		return paint.Crit
	case v.Answer() == "yes" && v.Kind != fragcalc.FitRelease:
		return paint.OK
	}
	return paint.Warn
}

// largestWords is the reverse question.
func largestWords(l *draw.Look, f *fragcalc.Figures) string {
	now, known := f.FitsNow.Get()
	if !known {
		return "unknown: " + f.FitsNow.Reason()
	}
	text := l.Prose(now) + " now"
	if after, known := f.FitsAfterRelease.Get(); known {
		text += ", " + l.Prose(after) + " after a release"
	}
	return text
}
