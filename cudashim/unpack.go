package cudashim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const libraryName = "libgpufragtop.so"

// Unpack puts the embedded shim into the user's cache, unless the very same
// file is there, and returns its path. Its errors are *Error.
//
// Whoever can change that file, or a directory on the way to it, can run code
// in the user's programs; so each must belong to the user or root, and be
// writable for nobody else.
func Unpack() (string, error) {
	cache, err := cacheDir(os.Getenv)
	if err != nil {
		return "", err
	}
	return unpackTo(cache, library)
}

func cacheDir(getenv func(string) string) (string, error) {
	if dir := getenv("GPUFRAGTOP_CACHE_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gpufragtop"), nil
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "gpufragtop"), nil
	}
	return "", failf(codeFailed, "no place for the shim: HOME is not set; set GPUFRAGTOP_CACHE_DIR to a directory of yours")
}

func unpackTo(cache string, content []byte) (string, error) {
	if len(content) == 0 {
		return "", noShim()
	}
	dir := filepath.Dir(cachedAt(cache, content))
	if err := mayMake(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of yours", err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of yours", err)
	}
	path := filepath.Join(dir, libraryName)
	if err := loadable(path); err != nil {
		return "", err
	}
	if err := trusted(dir); err != nil {
		return "", err
	}
	if same(path, content) {
		return path, nil
	}
	if err := write(path, content); err != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of yours", err)
	}
	return path, nil
}

// cachedAt is where in the cache a build of the shim lies.
func cachedAt(cache string, content []byte) string {
	sum := sha256.Sum256(content)
	return filepath.Join(cache, hex.EncodeToString(sum[:])[:16], libraryName)
}

// loadable checks that LD_PRELOAD can carry the path: it separates entries by
// spaces and colons, expands $, and knows no quoting.
func loadable(path string) error {
	if i := strings.IndexAny(path, " :$\t\n"); i >= 0 {
		return failf(codeFailed, "LD_PRELOAD cannot carry %q in the path %q; set GPUFRAGTOP_CACHE_DIR to a directory without it", path[i], path)
	}
	return nil
}

// same tells whether path is the file that write would make, and only we or
// root could have made it.
func same(path string, content []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || unsafeReason(info) != "" || info.Mode().Perm()&0o500 != 0o500 {
		return false
	}
	found, err := os.ReadFile(path)
	return err == nil && bytes.Equal(found, content)
}

// write puts the file in place in one step: a program that starts meanwhile
// sees the old one or the new one, whole.
func write(path string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), libraryName+".*") // O_EXCL
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	_, writing := file.Write(content)
	if err := errors.Join(writing, file.Chmod(0o755), file.Close()); err != nil {
		return err
	}
	err = os.Rename(file.Name(), path)
	if errors.Is(err, fs.ErrExist) { // a directory stands there
		return failf(codeFailed, "%s is in the way", path)
	}
	return err
}
