package tui

import (
	"bufio"
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// PreviewOptions say how a sample of a theme is drawn.
type PreviewOptions struct {
	Width int  // cells a line
	ASCII bool // also without it when the locale is not UTF-8
	// Getenv reads the environment, for the terminal's abilities.
	Getenv func(string) string
}

// ShowsColours tells whether themes can be told apart on a terminal at all.
func ShowsColours(getenv func(string) string) bool {
	return paint.DetectProfile(getenv) != paint.NoColor
}

// mapHeight is the lines of the memory map in a preview: header, cells.
const mapHeight = 3

// WritePreview draws a sample of the screen in a theme's styles on a terminal:
// the bar of the snapshot's first GPU, the memory map of its process with the
// most stranded memory, every state and every kind of word.
func WritePreview(w io.Writer, s *fragcalc.Snapshot, theme themes.Theme, o PreviewOptions) error {
	l, err := draw.NewLook(theme, false, o.ASCII, o.Getenv)
	if err != nil {
		return err
	}
	head := l.Line(o.Width).Text(paint.Text, " ").Text(paint.Title, theme.Name).Text(paint.Text, "  ")
	head.Text(paint.Muted, paint.Truncate(theme.Description, head.Room(), l.Glyphs.Ellipsis))
	lines := []string{"", head.String()}
	if len(s.GPUs) > 0 {
		gpu := &s.GPUs[0]
		row := gpuRow{GPU: *gpu, memory: memoryOf(gpu, s.Processes, true)}
		line := l.Line(o.Width).Text(paint.Text, " ")
		drawGPUBar(l, line, &row, max(o.Width-2, 0))
		lines = append(lines, line.String())
	}
	lines = append(lines, previewStates(l, o.Width)...)
	if p := worstProcess(s); p != nil {
		lines = append(lines, previewMap(l, p, o.Width)...)
	}
	lines = append(lines, previewWords(l, o.Width), "")
	out := bufio.NewWriter(w)
	for _, line := range l.Palette.Ground(lines, o.Width) {
		out.WriteString(line) // bufio keeps the first error
		out.WriteByte('\n')
	}
	return out.Flush()
}

// previewMap is the map of a process's first pool.
func previewMap(l *draw.Look, p *fragcalc.Process, width int) []string {
	var m blockmap.Map
	m.Show(blockmap.NewIndex(p, blockmap.Scope{Pool: &p.Pools[0].PoolID}), nil)
	look := mapLook(l, nil)
	look.Static = true
	look.Head = func(line *paint.Line, g *blockmap.Group, _ bool) {
		line.Text(paint.Text, " "+poolName(g.Pool.PoolID, l)).Text(paint.Muted, l.Glyphs.Dot+l.Prose(g.Bytes)+l.Glyphs.Dot+"1 cell = "+draw.PowerOfTwo(m.Scale()))
	}
	return m.Render(look, width, mapHeight)
}

// previewStates names every state, on as many lines as they need.
func previewStates(l *draw.Look, width int) []string {
	var lines []string
	line := l.Line(width)
	for state := paint.Used; state <= paint.Free; state++ {
		name := stateName(state)
		if line.Width() > 0 && line.Room() < len(name)+3 {
			lines = append(lines, line.String())
			line = l.Line(width)
		}
		line.Text(paint.Text, " ").Repeat(state, l.Glyphs.Of(state), 2).Text(paint.Muted, " "+name)
	}
	return append(lines, line.String())
}

// previewWords is a line with the words of a screen: a selected row, a key, and
// the three kinds of news.
func previewWords(l *draw.Look, width int) string {
	return l.Line(width).Text(paint.Text, " ").Text(paint.Selection, " selected ").Text(paint.Text, "  ").
		Text(paint.Accent, "r").Text(paint.Muted, " release  ").Text(paint.Border, string(l.Glyphs.Box.Vertical)).
		Text(paint.OK, " fits ").Text(paint.Warn, " stranded ").Text(paint.Crit, " out of memory ").Text(paint.Text, " 8.57G").String()
}

// worstProcess is the process with the most stranded memory whose pools are
// known, nil where there is none.
func worstProcess(s *fragcalc.Snapshot) *fragcalc.Process {
	var worst *fragcalc.Process
	for i := range s.Processes {
		p := &s.Processes[i]
		if len(p.Pools) > 0 && (worst == nil || p.Stranded.Or(0) > worst.Stranded.Or(0)) {
			worst = p
		}
	}
	return worst
}
