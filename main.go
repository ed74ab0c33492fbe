// Command gpufragtop is top for GPU memory fragmentation: it shows, for each
// GPU process, what its allocator reserves, uses and strands, and the largest
// free block, and releases the cache of an instrumented process on a key.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/gpufragtop/gpufragtop/tui/quiet"
)

// Exit codes. The verb run passes its child's code on instead.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNoPermission = 4 // no NVML, or no permission for anything
)

// exitError is an error that knows its exit code. An empty message means that
// everything has been said already.
type exitError struct {
	code    int
	message string
}

func (e exitError) Error() string { return e.message }

// failf makes an exitError of one line for people.
func failf(code int, format string, args ...any) error {
	return exitError{code: code, message: fmt.Sprintf(format, args...)}
}

func main() {
	quiet.Restore()
	os.Exit(execute(os.Args[1:]))
}

// execute runs one command line and returns the exit code.
func execute(args []string) int {
	root := rootCommand()
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return exitOK
	}
	code := exitUsage // cobra's own errors are about usage
	var exit exitError
	if errors.As(err, &exit) {
		code = exit.code
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "gpufragtop: "+text)
	}
	return code
}
