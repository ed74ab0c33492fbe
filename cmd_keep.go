package main

import (
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/probe/rootfile"
	"github.com/gpufragtop/gpufragtop/tui"
)

// keeper keeps what the user wants kept in the current folder.
type keeper struct{}

// Keep implements tui.Keeper.
func (keeper) Keep(stem, extension string, content []byte) (string, error) {
	return rootfile.Keep("", stem, extension, content)
}

// checkCopy finds a way to copy that there is not.
func (s settings) checkCopy() error {
	if s.copy != "" && !slices.Contains(tui.CopyWays(), s.copy) {
		return failf(exitUsage, "--copy %q: copy to one of %s", s.copy, strings.Join(tui.CopyWays(), ", "))
	}
	return nil
}
