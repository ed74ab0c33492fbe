package tui

import (
	"encoding/base64"
	"strings"
)

// mostClipboard is the longest text, in bytes, that is sent to a terminal's
// clipboard: xterm and others take no sequence beyond 100,000 bytes.
const mostClipboard = 74_000

// clipboardSequence is what has a terminal put a text into its clipboard (OSC
// 52), empty where that cannot be: the text is too long, or the terminal is the
// kernel's. No terminal tells whether it has done so. A multiplexer is asked
// itself, and to hand it on: tmux does the one with set-clipboard on, the other
// with allow-passthrough on.
func clipboardSequence(getenv func(string) string, text []byte) string {
	term := getenv("TERM")
	if len(text) > mostClipboard || term == "linux" || term == "dumb" {
		return ""
	}
	plain := "\x1b]52;c;" + base64.StdEncoding.EncodeToString(text) + "\a"
	switch {
	case getenv("TMUX") != "":
		return plain + "\x1bPtmux;" + strings.ReplaceAll(plain, "\x1b", "\x1b\x1b") + "\x1b\\"
	case getenv("STY") != "" || strings.HasPrefix(term, "screen"):
		return throughScreen(plain)
	}
	return plain
}

// throughScreen hands a sequence to the terminal that screen runs on, in parts
// as long as screen takes.
func throughScreen(sequence string) string {
	const longest = 700 // of screen's 768
	var b strings.Builder
	for sequence != "" {
		n := min(len(sequence), longest)
		b.WriteString("\x1bP" + sequence[:n] + "\x1b\\")
		sequence = sequence[n:]
	}
	return b.String()
}
