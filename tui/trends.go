package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// trends are what the screen remembers of the node: the last hour.
type trends struct {
	*history.Node
}

func newTrends() *trends { return &trends{history.New()} }

// trendWindow is how far back the trend columns look: in eight cells, each
// begins 37.5 s after the one before.
const trendWindow = history.DefaultWindow

// of is the trend of a row's stranded bytes as it is now, nil when there is
// none.
func (t *trends) of(id fragcalc.RowID) []float64 { return trendOf(t.Row(id)) }

// ofGPU is the trend of what is stranded on a device, as far as its processes
// tell; nil when there is none.
func (t *trends) ofGPU(uuid string) []float64 { return trendOf(t.GPU(uuid)) }

func trendOf(s *history.Series) []float64 {
	if s == nil {
		return nil
	}
	return s.Cells(history.Stranded, trendWindow.Frame(trendCells, s.At()))
}

// trendText is a table cell for a trend.
func trendText(l *draw.Look, values []float64) (string, paint.Role) {
	if values == nil {
		return l.Glyphs.Dash, paint.Muted
	}
	return l.Glyphs.SparkLine(values), paint.Accent
}
