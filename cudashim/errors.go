package cudashim

import "fmt"

// Exit codes of `gpufragtop run`, as shells use them.
const (
	codeFailed        = 1   // the program cannot be instrumented
	codeUsage         = 2   // run stands in the wrong place
	codeNotExecutable = 126 // found, and cannot be executed
	codeNotFound      = 127 // no such command
)

// Error says in one line why a program cannot be run instrumented, and the way
// out.
type Error struct {
	code    int
	message string
}

func (e *Error) Error() string { return e.message }

// ExitCode is the exit code that fits: 127 command not found, 126 not
// executable, 2 run is in the wrong place, 1 everything else.
func (e *Error) ExitCode() int { return e.code }

func failf(code int, format string, args ...any) error {
	return &Error{code: code, message: fmt.Sprintf(format, args...)}
}
