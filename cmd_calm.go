package main

import (
	"os"
	"runtime"
)

// calm has a program that mostly waits wake one processor instead of many: of
// what a poll costs on a small node, a quarter is goroutines that move between
// threads. Calls that block, into the kernel or a driver, hand the processor on,
// and long computations are interrupted every 10 ms, so that neither holds up the
// keys. Who sets GOMAXPROCS has the last word.
func calm() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}
