package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// pastFigure is a remembered figure as the screen names it.
type pastFigure struct {
	name   string
	figure history.Figure
	role   paint.Role
}

// Figures of a process, of a process that cannot be seen into, and of a device,
// that stand in charts of their own below the main one, or each in a line where
// there is no room for charts.
var (
	insideFigures = []pastFigure{
		{"stranded", history.Stranded, paint.Stranded},
		{"slack", history.Slack, paint.Accent},
		{"largest free", history.LargestFree, paint.Free},
	}
	insideLines = append([]pastFigure{
		{"reserved", history.Reserved, paint.Text},
		{"used", history.Used, paint.Used},
	}, insideFigures...)
	outsideLines = []pastFigure{{"GPU memory", history.Memory, paint.Accent}}
	gpuFigures   = []pastFigure{
		{"stranded", history.Stranded, paint.Stranded},
		{"releasable", history.Releasable, paint.Releasable},
		{"free", history.DeviceFree, paint.Free},
	}
	gpuLines = []pastFigure{
		{"in use", history.Memory, paint.Text},
		{"free", history.DeviceFree, paint.Free},
		{"stranded", history.Stranded, paint.Stranded},
		{"used", history.Used, paint.Used},
		{"releasable", history.Releasable, paint.Releasable},
		{"reserved", history.Reserved, paint.Text},
	}
)

// subject is what a history is of: a process or a device.
type subject struct {
	name   string
	gpu    bool
	series *history.Series
	marks  func(history.Frame) []history.Mark
	now    [history.FigureCount]fragcalc.Bytes // as the snapshot has them; all unknown where it is gone
	lines  []pastFigure
	small  []pastFigure
	whole  history.Figure // what the areas add up to; FigureCount where it is one of them

	free    fragcalc.FreeSizes
	walked  bool   // free is known
	unknown string // why not
}

// pastOfProcess is the subject of a row, also of one that has gone.
func pastOfProcess(w *world, id fragcalc.RowID, p *fragcalc.Process) subject {
	s := subject{
		name: rowName(id), series: w.trends.Row(id),
		marks: func(f history.Frame) []history.Mark { return w.trends.Marks(id, f) },
		lines: insideLines, small: insideFigures, whole: history.Reserved, unknown: "the process is gone",
	}
	if gpu, ok := w.gpu(id.GPUUUID); ok {
		s.name += " on GPU " + strconv.Itoa(gpu.Index)
	}
	if p == nil {
		s.name += ", which no longer uses it"
		return s
	}
	s.now = history.OfProcess(p)
	if !p.Instrumented {
		s.lines, s.small, s.whole = outsideLines, nil, history.FigureCount
	}
	if s.free, s.walked = p.FreeSizes(); !s.walked {
		s.unknown = noWalkReason(p)
	}
	return s
}

// pastOfGPU is the subject of a device.
func pastOfGPU(w *world, gpu *fragcalc.GPU) subject {
	name := "GPU " + strconv.Itoa(gpu.Index)
	if model := gpuName(gpu); model != "" {
		name += " " + model
	}
	return subject{
		name: name, gpu: true, series: w.trends.GPU(gpu.UUID),
		marks: func(f history.Frame) []history.Mark { return w.trends.GPUMarks(gpu.UUID, f) },
		now:   history.OfGPU(gpu, w.snapshot), lines: gpuLines, small: gpuFigures,
		whole: history.Memory,
	}
}

// area is one of the areas of the main chart: what a figure adds to those below.
type area struct {
	name  string
	role  paint.Role
	glyph rune
	top   func(*heights) float64 // its upper edge; less than 0 = unknown
	// figure is the one it shows; FigureCount where it is what others leave.
	figure history.Figure
}

// heights are the figures of a moment; less than 0 is unknown.
type heights [history.FigureCount]float64

// sum is that of what is known of some figures, less than 0 where the first
// is not known.
func (m *heights) sum(figures ...history.Figure) float64 {
	total := m[figures[0]]
	if total < 0 {
		return total
	}
	for _, figure := range figures[1:] {
		total += max(m[figure], 0)
	}
	return total
}

// areas are those of the main chart, the lowest first. Every figure of a cell is
// the highest of its time, and those of different moments can add up to more
// than was ever reserved at once: they are cut there.
func (s *subject) areas(g *paint.Glyphs) []area {
	cut := func(figures ...history.Figure) func(*heights) float64 {
		return func(m *heights) float64 {
			total := m.sum(figures...)
			if reserved := m[history.Reserved]; reserved >= 0 {
				return min(total, reserved)
			}
			return total
		}
	}
	inside := []area{
		{"used", paint.Used, g.Of(paint.Used), cut(history.Used), history.Used},
		{"stranded", paint.Stranded, g.Of(paint.Stranded), cut(history.Used, history.Stranded), history.Stranded},
		{"releasable", paint.Releasable, g.Of(paint.Releasable), cut(history.Used, history.Stranded, history.Releasable), history.Releasable},
		{"rest", paint.Muted, g.MostlyFree, func(m *heights) float64 { return m[history.Reserved] }, history.FigureCount},
	}
	outside := area{"other, unseen", paint.Other, g.Of(paint.Other), func(m *heights) float64 { return m[history.Memory] }, history.FigureCount}
	switch {
	case s.gpu:
		return append(inside, outside)
	case len(s.small) == 0:
		outside.name = "GPU memory"
		return []area{outside}
	}
	return inside
}

// at are the figures of a cell of a frame.
func (s *subject) at(f history.Frame, cell int) heights {
	var m heights
	for figure := range history.FigureCount {
		m[figure] = -1
		if values := s.series.Cells(figure, f); values != nil {
			m[figure] = values[cell]
		}
	}
	return m
}

// present are the figures as the snapshot has them.
func (s *subject) present() heights {
	var m heights
	for figure := range m {
		m[figure] = float64(s.now[figure].Or(-1))
	}
	return m
}
