package cudashim

import (
	"debug/elf"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// WouldUse is the shim that run would preload, as Prepare chooses it, without
// writing anything: the error says why run would refuse. Its errors are *Error.
func WouldUse() (path string, err error) {
	if own := os.Getenv(OwnVariable); own != "" {
		path, _, err := ownShim(own)
		return path, err
	}
	if len(library) == 0 {
		return "", noShim()
	}
	cache, err := cacheDir(os.Getenv)
	if err != nil {
		return "", err
	}
	path = cachedAt(cache, library)
	if err := mayMake(filepath.Dir(path)); err != nil {
		return "", err
	}
	there := existing(filepath.Dir(path))
	if info, err := os.Stat(there); err != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of yours", plain(err))
	} else if !info.IsDir() {
		return "", failf(codeFailed, "the shim cannot be unpacked: %s is not a directory; set GPUFRAGTOP_CACHE_DIR to a directory of yours", there)
	}
	if err := loadable(path); err != nil {
		return "", err
	}
	there, err = filepath.EvalSymlinks(there)
	if err != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of yours", plain(err))
	}
	if err := trusted(there); err != nil {
		return "", err
	}
	if !same(path, library) && unix.Access(there, unix.W_OK) != nil {
		return "", failf(codeFailed, "the shim cannot be unpacked: %s is not writable; set GPUFRAGTOP_CACHE_DIR to a directory of yours", there)
	}
	return path, nil
}

// CheckProgram says why nothing can be preloaded into the program in the file
// at path, which messages call name; nil when something can, or when the file
// cannot be read.
func CheckProgram(path, name string) error {
	file, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	return checkELF(name, file)
}
