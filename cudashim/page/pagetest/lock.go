package pagetest

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Who shares the machine while a package's tests run.
const (
	Alone        = unix.LOCK_EX // no monitor of another package: they would wake the agents under test
	AmongOthers  = unix.LOCK_SH // with others that watch
	lockFilePart = "gpufragtop-tests-%d.lock"
)

// Lock waits until the tests of a package may run, for go test runs packages
// side by side and a monitor watches every instrumented process of the
// machine. It is for TestMain and holds until the process ends.
func Lock(how int) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf(lockFilePart, os.Getuid()))
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err == nil {
		err = unix.Flock(fd, how)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, path+":", err)
		os.Exit(1)
	}
}
