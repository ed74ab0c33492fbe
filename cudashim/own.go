package cudashim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// OwnVariable names a shim that is to be used instead of the embedded one.
const OwnVariable = "GPUFRAGTOP_SHIM"

// shimFor is the shim to preload: the user's own, or the embedded one, which it
// unpacks. note is what the user must know about it; empty if nothing.
func shimFor(env []string) (path, note string, err error) {
	if own := getenv(env, OwnVariable); own != "" {
		return ownShim(own)
	}
	cache, err := cacheDir(func(name string) string { return getenv(env, name) })
	if err != nil {
		return "", "", err
	}
	path, err = unpackTo(cache, library)
	return path, "", err
}

// ownShim checks a shim that the user names, as a file that nobody else can
// change, and says how it differs from the embedded one.
func ownShim(name string) (path, note string, err error) {
	path, content, err := readTrusted(name)
	if err != nil {
		return "", "", failf(codeFailed, "%s: %v", OwnVariable, err)
	}
	if err := loadable(path); err != nil {
		return "", "", failf(codeFailed, "%s: %v", OwnVariable, err)
	}
	b, err := inspect(content)
	if err != nil {
		return "", "", failf(codeFailed, "%s: %s: %v", OwnVariable, path, err)
	}
	if faults := b.faults(); len(faults) > 0 {
		return "", "", failf(codeFailed, "%s: %s is not used: %s", OwnVariable, path, faults[0])
	}
	differs := mismatches(path, b)
	if len(differs) == 0 && !bytes.Equal(content, library) {
		differs = append(differs, fmt.Sprintf("%s (sha256 %.12s) names the sources of this gpufragtop's shim and is not the same file: another compiler may have built it, or somebody has changed it (gpufragtop shim verify %s)", path, b.SHA256, path))
	}
	return path, strings.Join(differs, "; "), nil
}

// mismatches says in what a shim differs from what this monitor carries.
func mismatches(name string, b Built) []string {
	var out []string
	if b.SourceHash != SourceHash() {
		out = append(out, fmt.Sprintf("%s is built from other sources than this gpufragtop's (%.12s, not %.12s)", name, b.SourceHash, SourceHash()))
	}
	if own := ABI(); b.ABI != "" && b.ABI != own {
		major, _, _ := strings.Cut(b.ABI, ".")
		if major != strconv.Itoa(page.ABIMajor) {
			return append(out, fmt.Sprintf("its pages have layout %s, which this gpufragtop (%s) cannot read: use the gpufragtop that it came with", b.ABI, own))
		}
		out = append(out, fmt.Sprintf("its pages have layout %s, this gpufragtop reads %s: what only one of them knows is not shown", b.ABI, own))
	}
	return out
}

// ABI is the layout of the pages that this monitor knows, as "1.1".
func ABI() string { return fmt.Sprintf("%d.%d", page.ABIMajor, page.ABIMinor) }

// readTrusted reads a library, if it and every directory above it can be
// changed by the user and root only. path is free of symbolic links.
func readTrusted(name string) (path string, content []byte, err error) {
	if path, err = filepath.Abs(name); err != nil {
		return "", nil, err
	}
	if err := safeLinks(path); err != nil {
		return "", nil, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", nil, plain(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", nil, plain(err)
	}
	const most = 64 << 20
	switch reason := unsafeReason(info); {
	case !info.Mode().IsRegular():
		return "", nil, fmt.Errorf("%s is no file", path)
	case info.Size() > most:
		return "", nil, fmt.Errorf("%s has %d bytes: it is no shim", path, info.Size())
	case reason != "":
		return "", nil, fmt.Errorf("%s %s, who could then run code in your programs", path, reason)
	}
	if at, reason, err := untrusted(filepath.Dir(path)); err != nil {
		return "", nil, plain(err)
	} else if reason != "" {
		return "", nil, fmt.Errorf("%s is not trusted: %s %s, who could then run code in your programs", path, at, reason)
	}
	if noExec(filepath.Dir(path)) {
		return "", nil, fmt.Errorf("%s lies on a file system mounted noexec, from which nothing can be preloaded", path)
	}
	if content, err = os.ReadFile(path); err != nil {
		return "", nil, plain(err)
	}
	return path, content, nil
}

// plain is an error of a file without the name of the system call.
func plain(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", text.Clean(at.Path, 4096), at.Err)
	}
	return err
}
