package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// question is a question with two buttons. The answer is no unless the user
// says yes.
type question struct{ yes bool } // which button is chosen

// asks tells whether the question stands: one key answers it.
func (q *question) asks() bool { return true }

// Asking implements terminal.Asker.
func (a *app) Asking() bool {
	asker, ok := a.dialog.(interface{ asks() bool })
	return ok && asker.asks()
}

// answer is what a key answers, if it answers.
type answer uint8

const (
	noAnswer answer = iota
	answerNo
	answerYes
)

func (q *question) key(k *keyMap, message tea.KeyMsg) answer {
	switch name := message.String(); {
	case name == "y", name == "Y", name == "enter" && q.yes:
		return answerYes
	case name == "enter", name == "n", name == "N", name == "esc", key.Matches(message, k.Quit):
		return answerNo
	case name == "left", name == "right", name == "tab", name == "shift+tab", name == "h", name == "l":
		q.yes = !q.yes
	}
	return noAnswer
}

// buttons draws the question, such as "Release?".
func (q *question) buttons(l *draw.Look, text string, width int) string {
	no, yes := paint.Selection, paint.Text
	if q.yes {
		no, yes = yes, no
	}
	return l.Line(width).Text(paint.Text, text+"  ").Text(no, "[ No ]").Text(paint.Text, "  ").Text(yes, "[ Yes ]").
		Text(paint.Muted, "   n"+l.Glyphs.Dot+"y").String()
}
