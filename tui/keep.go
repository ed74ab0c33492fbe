package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/tui/terminal"
)

// Keeper keeps what the user wants kept, each time in a new file that only the
// user can read, and tells its path. An error is one line that names the file.
type Keeper interface {
	Keep(stem, extension string, content []byte) (path string, err error)
}

// Ways to copy.
const (
	CopyBoth      = "both"
	CopyClipboard = "clipboard"
	CopyFile      = "file"
)

// CopyWays are the values of Options.Copy.
func CopyWays() []string { return []string{CopyBoth, CopyClipboard, CopyFile} }

// keptMsg says what became of something that was to be kept.
type keptMsg struct {
	what string
	sent bool // to the clipboard
	path string
	err  error
}

// copyPart copies the object of the document under the cursor, as JSON.
func (a *app) copyPart() tea.Cmd {
	part, ok := a.selection()
	if !ok {
		a.status.warn("nothing is selected here")
		return nil
	}
	content, err := part.json(a)
	if err != nil {
		a.status.warn("not copied: " + err.Error())
		return nil
	}
	sequence := ""
	if a.options.Copy != CopyFile {
		sequence = clipboardSequence(a.options.Getenv, content)
	}
	keeper := a.options.Keeper
	if a.options.Copy == CopyClipboard && sequence != "" {
		keeper = nil
	}
	if keeper == nil && sequence == "" {
		a.status.warn("not copied: there is neither a clipboard nor a folder to write to")
		return nil
	}
	m := keptMsg{what: part.what, sent: sequence != ""}
	if keeper == nil {
		a.kept(m)
		return a.toTerminal(sequence)
	}
	return tea.Batch(a.toTerminal(sequence), keepCmd(keeper, m, part.stem, ".json", content))
}

// toTerminal sends a sequence to the terminal, in one piece, as frames are, so
// that neither tears the other.
func (a *app) toTerminal(sequence string) tea.Cmd {
	if sequence == "" {
		return nil
	}
	return func() tea.Msg { return terminal.Control(sequence) }
}

// saveScreen saves the screen as it was last seen, as plain text.
func (a *app) saveScreen() tea.Cmd {
	if a.options.Keeper == nil {
		a.status.warn("not saved: there is no folder to write to")
		return nil
	}
	lines := strings.Split(ansi.Strip(a.seen), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	text := strings.Join(lines, "\n") + "\n"
	return keepCmd(a.options.Keeper, keptMsg{what: "the screen"}, "gpufragtop-screen", ".txt", []byte(text))
}

// keepCmd writes a content into a new file.
func keepCmd(keeper Keeper, m keptMsg, stem, extension string, content []byte) tea.Cmd {
	return func() tea.Msg {
		m.path, m.err = keeper.Keep(stem, extension, content)
		return m
	}
}

// kept tells where something is that was to be kept.
func (a *app) kept(m keptMsg) {
	sent := "sent to the terminal's clipboard, if it takes it"
	switch {
	case m.err != nil && m.sent:
		a.status.failed(m.what + ": " + sent + "; no file: " + m.err.Error())
	case m.err != nil:
		a.status.failed(m.what + " is not kept: " + m.err.Error())
	case m.path != "" && m.sent:
		a.status.done(m.what + ": in " + m.path + ", and " + sent)
	case m.path != "":
		a.status.done(m.what + ": in " + m.path)
	default:
		a.status.done(m.what + ": " + sent)
	}
}
