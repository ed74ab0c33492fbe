package tui

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// seeInside says what is not known of a process that is not instrumented, why,
// and the line that would change it.
func seeInside(w *world, p *fragcalc.Process, width, height int) []string {
	const roomy = 14 // lines from which there is room for blank ones
	l := w.look
	lines := []string{l.Line(width).PadTo(1).Text(paint.Title, strconv.Itoa(p.PID)+" is not instrumented").String()}
	blank := func() {
		if height >= roomy {
			lines = append(lines, "")
		}
	}
	say := func(text string) {
		for _, line := range draw.Wrap(text, width-2) {
			lines = append(lines, l.Text(paint.Text, " "+line, width))
		}
		blank()
	}
	blank()
	if p.OutOfReach {
		say("This monitor may not look into it: " + p.Hook.Reason + ".")
	}
	if other := otherFramework(p); other != "" {
		say(wayin.Unsupported(other))
	} else {
		say("To see inside, start it like this the next time:")
		for _, line := range commandLines(wayin.RunLine(p.Command), width-2) {
			lines = append(lines, l.Text(paint.Accent, line, width)) // from the edge, so that it copies clean
		}
		blank()
		if w.attach {
			say("Or now: a brings gpufragtop into the running process, if it is Python, after asking.")
		}
	}
	say("Known from outside: " + knownOutside(w, p))
	say("Unknown: how much of it is live, cached, stranded in holes, and whether the next allocation fits. " +
		"That is inside the program's own allocator; the driver sees only the total.")
	if otherFramework(p) == "" {
		say("The program runs as before, and costs nothing more while nobody watches.")
	}
	return lines[:min(len(lines), max(height, 0))]
}

// otherFramework names what the process computes with when that is known, and
// is nothing that the shim can ask.
func otherFramework(p *fragcalc.Process) string {
	if p.Framework.Name != "cuda" && wayin.Supported(p.Framework.Name) {
		return ""
	}
	return frameworkName(p.Framework)
}

// knownOutside is what can be told of a process without its help.
func knownOutside(w *world, p *fragcalc.Process) string {
	memory := "its GPU memory is not told (" + p.GPUMemory.Reason() + ")"
	if n, ok := p.GPUMemory.Get(); ok {
		memory = w.look.Prose(n) + " of GPU memory"
	}
	parts := []string{memory, "user " + orDash(w.look, p.User)}
	if name := frameworkName(p.Framework); name != "" {
		parts = append(parts, "framework "+name)
	}
	if p.Settings.Text != "" {
		parts = append(parts, "allocator settings "+p.Settings.Text)
	}
	if rank, ok := p.Task.Rank.Get(); ok {
		parts = append(parts, "rank "+strconv.Itoa(rank))
	}
	if p.Where.Kind != "" {
		parts = append(parts, "in "+p.Where.Full())
	}
	text := strings.Join(parts, ", ") + "."
	if job := w.jobLine(p); job != "" {
		text += " " + job + "."
	}
	return text
}

func orDash(l *draw.Look, s string) string {
	if s == "" {
		return l.Glyphs.Dash
	}
	return s
}

// commandLines breaks a command where it must, with the backslash that a shell
// needs to join the lines again when they are copied.
func commandLines(command string, width int) []string {
	lines := draw.Pieces(command, max(width-1, 1))
	for i := range lines[:len(lines)-1] {
		lines[i] += "\\"
	}
	return lines
}
