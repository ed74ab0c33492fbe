package tui

import (
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// whatIfWaitPane is shown until the answers to a what-if are there.
type whatIfWaitPane struct {
	recording bool          // else they are computed
	elapsed   time.Duration // of the recording
	events    int           // that they are computed from
	begun     time.Time     // when computing began
}

func (p *whatIfWaitPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	if message.String() == "esc" || key.Matches(message, a.keys.Quit) {
		a.cancelWhatIf()
	}
	return nil
}

func (p *whatIfWaitPane) content(a *app, width, _ int) (string, []string) {
	l := a.world.look
	var text, more string
	switch {
	case !p.recording:
		text = "replaying " + draw.Plural(p.events, "event") + " under other settings " + l.Glyphs.Ellipsis + a.elapsed(p.begun) + ", Esc closes"
	case p.elapsed < recordFor:
		text = "recording " + strconv.Itoa(int(p.elapsed.Seconds())) + " of " + strconv.Itoa(int(recordFor.Seconds())) + " s, Esc cancels"
	default:
		text = "waiting for the history " + l.Glyphs.Ellipsis + " " + strconv.Itoa(int(p.elapsed.Seconds())) + " s, Esc cancels"
	}
	lines := []string{l.Text(paint.Text, text, width)}
	if p.recording {
		more = "Its own agent ends the recording, also when this monitor is gone."
	}
	for _, line := range draw.Wrap(more, width) {
		lines = append(lines, l.Text(paint.Muted, line, width))
	}
	return "What if" + l.Glyphs.Dot + rowName(a.whatIfs.row), lines
}
