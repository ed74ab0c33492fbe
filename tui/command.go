package tui

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// command is a process's command line, with the program by its name alone: its
// path would often be all there is room for.
func (l *look) command(p *fragcalc.Process) string {
	if l.paths || strings.HasPrefix(p.Command, "[") { // a kernel's name for it
		return p.Command
	}
	program, rest, more := strings.Cut(p.Command, " ")
	name := program[strings.LastIndexByte(program, '/')+1:]
	switch {
	case name == "":
		return p.Command
	case more:
		return name + " " + rest
	}
	return name
}
