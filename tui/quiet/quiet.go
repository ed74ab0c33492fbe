// Package quiet keeps Bubble Tea v1 from asking the terminal for its
// background colour before main runs: its package init waits up to 5 s for a
// terminal that does not answer, also in --json and in every verb. It does not
// ask when CI is set, so this package sets CI while packages initialise.
// It imports nothing but os, and so is initialised first: Go initialises a
// package as soon as its imports are, in the order of import paths.
package quiet

import "os"

var before, had = func() (string, bool) {
	value, ok := os.LookupEnv("CI")
	os.Setenv("CI", "1")
	return value, ok
}()

// Restore puts the environment back as it was. main calls it first, before it
// reads the environment or starts a child.
func Restore() {
	if had {
		os.Setenv("CI", before)
		return
	}
	os.Unsetenv("CI")
}
