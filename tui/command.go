package tui

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// commandLine is a process's command line, with the program by its name alone, and
// the script that Python runs: their paths would often be all there is room for.
func commandLine(l *draw.Look, p *fragcalc.Process) string {
	if l.Paths || strings.HasPrefix(p.Command, "[") { // a kernel's name for it
		return p.Command
	}
	program, rest, more := strings.Cut(p.Command, " ")
	name := base(program)
	switch {
	case name == "":
		return p.Command
	case !strings.Contains(rest, "/"): // as most are: it costs no memory
		return p.Command[len(program)-len(name):]
	}
	if script, others, _ := strings.Cut(rest, " "); strings.HasPrefix(name, "python") && strings.HasSuffix(script, ".py") {
		rest = strings.TrimSuffix(base(script)+" "+others, " ")
	}
	if !more {
		return name
	}
	return name + " " + rest
}

// base is what follows the last slash.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
