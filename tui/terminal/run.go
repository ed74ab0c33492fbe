// Package terminal shows a tea.Model on a terminal and takes keys from it.
//
// Bubble Tea is the loop of messages and the parser of keys; the terminal is
// this package's. It draws the cells that changed, in one write a frame, and
// nothing where nothing changed; no write ever keeps the model waiting, so that
// a terminal that takes nothing delays no key and grows no memory. It puts the
// terminal back as it was, whatever ends the program.
package terminal

import (
	"context"
	"fmt"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"
)

// Run shows a model until it quits, ctx ends or the terminal is gone. A nil
// input or output is the standard one; where input is no terminal, keys come
// from the controlling one.
//
// A model may return tea.Quit, tea.Suspend and tea.ClearScreen as commands, and
// a Control as a message. It gets a tea.ResumeMsg whenever the process was
// stopped, by itself or by others, and goes on. One that asks dangerous
// questions says so as an Asker.
//
// The terminal is left as it was found, also on SIGINT, SIGTERM, SIGHUP and
// SIGQUIT, and after a panic. A process that cannot end by itself is ended
// with the code of the signal.
func Run(ctx context.Context, model tea.Model, input, output *os.File) error {
	if input == nil {
		input = os.Stdin
	}
	if output == nil {
		output = os.Stdout
	}
	keyboard, err := openKeyboard(input)
	if err != nil {
		return err
	}
	if keyboard != input {
		defer keyboard.Close()
	}
	t := &terminal{input: keyboard, screen: newScreen(output), continued: make(chan struct{}, 1)}
	defer t.screen.release()
	keys := newKeys(keyboard)
	defer keys.close()
	t.guard = newGuard(t.abandon)
	defer t.guard.release()

	t.program = tea.NewProgram(&shown{model: model, terminal: t},
		tea.WithInput(keys), tea.WithOutput(io.Discard), tea.WithoutRenderer(),
		tea.WithoutSignalHandler(), tea.WithFilter(t.filter))
	keys.ended = t.program.Quit
	if err := t.enter(); err != nil {
		return err
	}
	defer t.leave()
	t.guard.watch(t.program.Quit)
	defer t.watch()()
	defer context.AfterFunc(ctx, t.program.Quit)()
	if _, err := t.program.Run(); err != nil {
		return fmt.Errorf("the screen failed: %w", err)
	}
	return nil
}
