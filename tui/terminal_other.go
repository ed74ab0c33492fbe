//go:build !linux

package tui

import "os"

func discardOutput(*os.File) {}

func writeWithoutWaiting(*os.File, string) {}

func canSuspend() bool { return true }
