package cudashim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// RunOptions are the choices of `gpufragtop run`.
type RunOptions struct {
	WatchOnly bool // the program's cache cannot be released from outside
	Inject    bool // the driver loads the shim (CUDA_INJECTION64_PATH), not the dynamic loader
}

// Launch is what to execute: execve(Path, Argv, Env).
type Launch struct {
	Path string
	Argv []string
	Env  []string // differs from the given one in LD_PRELOAD or CUDA_INJECTION64_PATH, and GPUFRAGTOP_*, only
	Note string   // what the user must know, in one line; empty if there is nothing to say
}

// Prepare finds the program that argv names, checks that a preloaded shim can
// work in it, unpacks the shim and says what to execute. Its errors are *Error.
func Prepare(argv []string, env []string, o RunOptions) (Launch, error) {
	if len(argv) == 0 || argv[0] == "" {
		return Launch{}, failf(codeUsage, "no command is named")
	}
	launch := Launch{Argv: slices.Clone(argv), Env: slices.Clone(env)}
	var err error
	if launch.Path, err = findCommand(argv[0], getenv(env, "PATH")); err != nil {
		return Launch{}, err
	}
	if err := checkClient(argv, launch.Path); err != nil {
		return Launch{}, err
	}
	target, plain, err := program(launch.Path, getenv(env, "PATH"))
	if err != nil {
		return Launch{}, err
	}
	if plain { // a script without #! is the shell's, as for execvp
		launch.Argv = append([]string{"sh", launch.Path}, argv[1:]...)
		launch.Path = target
	}
	if err := checkProgram(target); err != nil {
		return Launch{}, err
	}
	shim, note, err := shimFor(env)
	if err != nil {
		return Launch{}, err
	}
	if o.Inject {
		launch.Env, launch.Note = inject(launch.Env, shim)
	} else {
		launch.Env = preload(launch.Env, shim)
	}
	if launch.Note == "" { // else the shim is not used
		launch.Note = note
	}
	if o.WatchOnly {
		launch.Env = setenv(launch.Env, "GPUFRAGTOP_ALLOW_RELEASE", "0")
	}
	return launch, nil
}

// preload appends the shim to LD_PRELOAD, once, behind what is there: another
// shim in front of it goes on working.
func preload(env []string, shim string) []string {
	old := getenv(env, "LD_PRELOAD")
	separated := func(c rune) bool { return c == ' ' || c == ':' }
	if slices.Contains(strings.FieldsFunc(old, separated), shim) {
		return env
	}
	if old != "" {
		shim = old + ":" + shim
	}
	return setenv(env, "LD_PRELOAD", shim)
}

// inject names the shim to the CUDA driver, which loads one library when it
// starts: one that is named already, a profiler's, stays.
func inject(env []string, shim string) (changed []string, note string) {
	switch there := getenv(env, injection); there {
	case shim:
		return env, ""
	case "":
		return setenv(env, injection, shim), ""
	default:
		return env, fmt.Sprintf("%s is set already, to %s, and the driver loads one library only: the program runs without the shim, and gpufragtop cannot see inside it; leave out --inject to preload the shim", injection, text.Clean(there, 200))
	}
}

// injection is the CUDA driver's variable.
const injection = "CUDA_INJECTION64_PATH"

// getenv is the last value of a variable, which is the one that the dynamic
// loader uses.
func getenv(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

func setenv(env []string, name, value string) []string {
	env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
	return append(env, name+"="+value)
}
