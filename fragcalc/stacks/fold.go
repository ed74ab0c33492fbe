package stacks

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Run is a stretch of a stack, innermost frame first.
type Run struct {
	Frames fragcalc.Stack
	// Libraries are those that the frames belong to, in the order in which they
	// come; none for a stretch of the program's own.
	Libraries []string
}

// Own tells whether the frames are the program's own.
func (r *Run) Own() bool { return len(r.Libraries) == 0 }

// Fold cuts a stack into stretches of the program's own frames and of others,
// in turn. Together they are the stack.
func Fold(stack fragcalc.Stack) []Run {
	var runs []Run
	start := 0
	for i := range stack {
		library := Library(stack[i])
		if i == 0 || (library == "") != runs[len(runs)-1].Own() {
			runs = append(runs, Run{})
			start = i
		}
		last := &runs[len(runs)-1]
		last.Frames = stack[start : i+1]
		if library != "" && !slices.Contains(last.Libraries, library) {
			last.Libraries = append(last.Libraries, library)
		}
	}
	return runs
}

// origin is how far a frame is from the program: the lower, the better it names
// a stack.
func origin(library string) int {
	switch library {
	case "":
		return 0
	case Python, Torch, Generated:
		return 2
	case Native:
		return 3
	}
	return 1
}

// Origin is the frame that a stack is called by: the innermost of the program's
// own; where there is none, as in a program that is installed as a package, the
// innermost that is neither PyTorch's nor Python's; else the innermost of
// Python code; else the innermost that has a name. It is false for an empty
// stack.
func Origin(stack fragcalc.Stack) (fragcalc.Frame, bool) {
	best, at := 4, 0
	for i := range stack {
		library := Library(stack[i])
		if rank := origin(library); rank < best && (rank < 3 || stack[i].Function != "" && stack[i].Function != "??") {
			best, at = rank, i
		}
		if best == 0 {
			break
		}
	}
	if len(stack) == 0 {
		return fragcalc.Frame{}, false
	}
	return stack[at], true
}

// None is the name of an empty stack.
const None = "no stack recorded"

// Name names a stack by its origin: "train.py:212 forward".
func Name(stack fragcalc.Stack) string {
	f, ok := Origin(stack)
	if !ok {
		return None
	}
	return Call(f)
}

// Call is a frame in words: "train.py:212 forward", for a library's
// "torch/nn/modules/linear.py:125 forward", without a file its function.
func Call(f fragcalc.Frame) string {
	place := Place(f)
	switch {
	case place == "":
		return orElse(f.Function, "?")
	case f.Function == "":
		return place
	}
	return place + " " + f.Function
}

// Place is where a frame is: "train.py:212", for a library's
// "torch/nn/modules/linear.py:125"; empty where no file is known.
func Place(f fragcalc.Frame) string {
	file := strings.ReplaceAll(f.File, `\`, "/")
	switch library := Library(f); {
	case file == "" || file == "??" || file == "?":
		return ""
	case strings.HasPrefix(file, "<"):
	case library == "" || library == Native:
		file = file[strings.LastIndexByte(file, '/')+1:]
	default:
		if at := strings.LastIndex(file, "/"+library+"/"); at >= 0 {
			file = file[at+1:]
		} else {
			file = file[strings.LastIndexByte(file, '/')+1:]
		}
	}
	if f.Line > 0 {
		file += ":" + strconv.Itoa(f.Line)
	}
	return file
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
