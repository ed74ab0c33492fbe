package cudashim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Installed says what Install has written.
type Installed struct {
	Library string // path of the shim
	Header  string // path of the header for programs
	Built   Built
}

// Install writes the embedded shim, and the header for programs that start it
// themselves, into dir, which it makes if need be. Each file takes its place in
// one step. It refuses a folder in which others could replace them, and the way
// there over somebody else's symbolic link. Its errors are *Error.
func Install(dir string) (Installed, error) {
	built, err := Embedded()
	if err != nil {
		return Installed{}, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return Installed{}, failf(codeFailed, "%v", err)
	}
	refuse := func(why any) (Installed, error) {
		return Installed{}, failf(codeFailed, "nothing is installed into %s: %v", dir, why)
	}
	if err := safeLinks(dir); err != nil {
		return refuse(err)
	}
	if err := safePlace(existing(dir)); err != nil { // before anything is made in it
		return refuse(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // as for programs: others run them
		return refuse(plain(err))
	}
	if err := safePlace(dir); err != nil {
		return refuse(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return refuse(plain(err))
	}
	done := Installed{Library: filepath.Join(dir, libraryName), Built: built}
	if err := loadable(done.Library); err != nil {
		return refuse("LD_PRELOAD cannot carry spaces, colons or $ in a path")
	}
	if err := write(done.Library, library); err != nil {
		return refuse(plain(err))
	}
	done.Header = filepath.Join(dir, "gpufragtop.h")
	if err := write(done.Header, Header); err != nil {
		return refuse(plain(err))
	}
	return done, nil
}

// safePlace refuses a folder in which others could replace a file, or from
// which nothing can be preloaded.
func safePlace(dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return plain(err)
	}
	switch at, reason, err := untrusted(dir); {
	case err != nil:
		return plain(err)
	case reason != "":
		return fmt.Errorf("%s %s, who could then run code in whatever preloads it; choose a folder that only you or root can change", at, reason)
	case noExec(dir):
		return errors.New("it lies on a file system mounted noexec, from which nothing can be preloaded")
	}
	return nil
}

// existing is the nearest folder above dir, or dir itself, that exists.
func existing(dir string) string {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return dir
}

// Doors are the ways into a program besides LD_PRELOAD that a shim offers.
type Doors struct {
	Injection bool // CUDA_INJECTION64_PATH: the CUDA driver loads it
	Start     bool // gpufragtop_start(): the program loads it
}

// Doors says which doors the build has.
func (b Built) Doors() Doors {
	return Doors{Injection: slices.Contains(b.Exports, "InitializeInjection"), Start: slices.Contains(b.Exports, "gpufragtop_start")}
}
