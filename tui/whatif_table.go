package tui

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// whatIfColumn is one figure of the answers to a what-if.
type whatIfColumn struct {
	title string
	cell  func(l *draw.Look, recorded, answer *whatif.Answer) (string, paint.Role)
}

// whatIfColumns are those that stay where there is little room first.
func whatIfColumns() []whatIfColumn {
	size := func(of func(*whatif.Answer) int64) func(*draw.Look, *whatif.Answer, *whatif.Answer) (string, paint.Role) {
		return func(l *draw.Look, _, answer *whatif.Answer) (string, paint.Role) {
			return l.Bytes(of(answer)), paint.Text
		}
	}
	return []whatIfColumn{
		{"PEAK", size(func(a *whatif.Answer) int64 { return a.Reserved.Peak })},
		{"SAVES", savesCell},
		{"OOM", oomCell},
		{"STRANDED", size(func(a *whatif.Answer) int64 { return a.Stranded })},
		{"LARGEST", size(func(a *whatif.Answer) int64 { return a.LargestFree })},
		{"RETRIES", func(_ *draw.Look, _, a *whatif.Answer) (string, paint.Role) {
			return strconv.FormatInt(a.Retries, 10), paint.Text
		}},
	}
}

// savesCell is how much less is reserved at the peak. An answer that runs out of
// memory saves nothing.
func savesCell(l *draw.Look, recorded, answer *whatif.Answer) (string, paint.Role) {
	switch saves := recorded.Reserved.Peak - answer.Reserved.Peak; {
	case answer.Settings == recorded.Settings:
		return "", paint.Text
	case answer.OOM != nil:
		return l.Glyphs.Dash, paint.Muted
	case saves < 0:
		return "-" + l.Bytes(-saves), paint.Warn
	case saves > 0:
		return l.Bytes(saves), paint.OK
	default:
		return "0", paint.Text
	}
}

func oomCell(_ *draw.Look, _, answer *whatif.Answer) (string, paint.Role) {
	if answer.OOM == nil {
		return "no", paint.Text
	}
	return "yes", paint.Crit
}

// whatIfTable draws the answers. Long settings go on in a second line; columns
// for which there is no room are left out.
func whatIfTable(l *draw.Look, c *whatif.Comparison, ranked []whatif.Answer, width int) []string {
	const leastName, mostNameLines = 20, 3
	recorded := &c.Answers[0]
	longest := len("SETTINGS")
	for i := range ranked {
		longest = max(longest, paint.Width(c.Label(&ranked[i])))
	}
	var columns []whatIfColumn
	var widths []int
	left := width
	for _, column := range whatIfColumns() {
		wide := len(column.title)
		for i := range ranked {
			text, _ := column.cell(l, recorded, &ranked[i])
			wide = max(wide, paint.Width(text))
		}
		if left-wide-1 < min(leastName, longest) {
			break
		}
		left -= wide + 1
		columns, widths = append(columns, column), append(widths, wide)
	}
	name := min(left, longest)
	line := l.Line(width)
	l.Fit(line, paint.Muted, "SETTINGS", name, false)
	for i, column := range columns {
		line.Text(paint.Text, " ")
		l.Fit(line, paint.Muted, column.title, widths[i], true)
	}
	lines := []string{line.String()}
	for i := range ranked {
		answer := &ranked[i]
		role := paint.Text
		if answer.Settings == recorded.Settings {
			role = paint.Title
		}
		parts := []string{c.Label(answer)}
		if paint.Width(parts[0]) > name {
			parts = draw.Wrap(strings.ReplaceAll(parts[0], ",", ", "), name)
		}
		for at, part := range parts[:min(len(parts), mostNameLines)] {
			line := l.Line(width)
			l.Fit(line, role, part, name, false)
			for j, column := range columns {
				if at == 0 {
					text, role := column.cell(l, recorded, answer)
					line.Text(paint.Text, " ")
					l.Fit(line, role, text, widths[j], true)
				}
			}
			lines = append(lines, line.String())
		}
	}
	return lines
}
