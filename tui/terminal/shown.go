package terminal

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// frameGap is the least time between two frames: keys that are held down, and a
// window that is dragged, need no more of them.
const frameGap = 33 * time.Millisecond

// Control is bytes for the terminal itself, such as an OSC sequence. A model's
// command returns it as its message; it is sent whole, between two frames. One
// that moves the cursor or writes on the screen has no place here.
type Control string

// drawMsg says that a frame that was put off is due.
type drawMsg struct{}

// shown is a model whose frames go to the terminal. A panic is told after the
// terminal was left, so that it can be read.
type shown struct {
	model    tea.Model
	terminal *terminal
	drawn    time.Time // when the last frame was taken
	due      bool      // one was put off
	begun    time.Time // when the newest message was taken in hand
}

// Init implements tea.Model.
func (s *shown) Init() (command tea.Cmd) {
	s.terminal.leaveOnPanic(func() { command = s.model.Init() })
	return s.terminal.guarded(command)
}

// Update implements tea.Model.
func (s *shown) Update(message tea.Msg) (_ tea.Model, command tea.Cmd) {
	s.begun = time.Now()
	switch message := message.(type) {
	case drawMsg:
		s.due = false
		return s, nil
	case Control:
		s.terminal.screen.control(string(message))
		return s, nil
	case tea.WindowSizeMsg:
		s.terminal.screen.resize(message.Width, message.Height)
	default:
		if message == tea.ClearScreen() {
			s.terminal.screen.forget()
		}
	}
	s.terminal.leaveOnPanic(func() { s.model, command = s.model.Update(message) })
	return s, s.terminal.guarded(command)
}

// View implements tea.Model. Bubble Tea asks for it after every message, and
// shows nothing by itself here.
func (s *shown) View() string {
	defer func() { s.terminal.pace.worked(time.Since(s.begun)) }()
	if s.due {
		return ""
	}
	now := time.Now()
	if gap := now.Sub(s.drawn); gap < frameGap {
		s.due = true
		time.AfterFunc(frameGap-gap, func() { s.terminal.program.Send(drawMsg{}) })
		return ""
	}
	s.drawn = now
	s.terminal.leaveOnPanic(func() { s.terminal.screen.show(s.model.View()) })
	return ""
}

// leaveOnPanic does work, and leaves the terminal if that panics.
func (t *terminal) leaveOnPanic(work func()) {
	done := false
	defer func() {
		if !done {
			t.leave()
		}
	}()
	work()
	done = true
}

// guarded is a command that leaves the terminal if it panics.
func (t *terminal) guarded(command tea.Cmd) tea.Cmd {
	if command == nil {
		return nil
	}
	return func() (message tea.Msg) {
		t.leaveOnPanic(func() { message = command() })
		if batch, ok := message.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = t.guarded(batch[i])
			}
		}
		return message
	}
}
