//go:build !linux

package terminal

import (
	"os"
	"syscall"
)

func discardOutput(*os.File) {}

func openWithoutWaiting(*os.File) int { return -1 }

func stopGroup() {
	_ = syscall.Kill(0, syscall.SIGTSTP)
}

// CanSuspend tells whether somebody is there who can continue a stopped process.
func CanSuspend() bool { return true }
