package cudashim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// trusted checks dir and every directory above it; dir has no symbolic links
// in it.
func trusted(dir string) error {
	at, reason, err := untrusted(dir)
	switch {
	case err != nil:
		return failf(codeFailed, "the shim cannot be unpacked: %v", err)
	case reason != "":
		return failf(codeFailed, "the shim is not unpacked into %s: %s %s, who could then run code in your programs; mend that or set GPUFRAGTOP_CACHE_DIR to a directory of yours", dir, at, reason)
	case noExec(dir):
		return failf(codeFailed, "%s lies on a file system mounted noexec, from which nothing can be preloaded; set GPUFRAGTOP_CACHE_DIR to a directory elsewhere", dir)
	}
	return nil
}

// untrusted finds what others could change among dir and the directories above
// it, and says why; both are empty if they can change none. A sticky directory
// (as /tmp) is fine on the way: others cannot replace what is ours in it.
func untrusted(dir string) (at, reason string, err error) {
	for at, first := dir, true; ; at, first = filepath.Dir(at), false {
		info, err := os.Lstat(at)
		if err != nil {
			return at, "", err
		}
		reason := unsafeReason(info)
		if !first && info.Mode()&fs.ModeSticky != 0 && ownerIsSafe(info) {
			reason = ""
		}
		if reason != "" {
			return at, reason, nil
		}
		if at == filepath.Dir(at) {
			return "", "", nil
		}
	}
}

// safeLinks refuses an absolute path that leads through somebody else's
// symbolic link: they could turn it elsewhere. What does not exist is fine.
func safeLinks(path string) error {
	for at := path; at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 && !ownerIsSafe(info) {
			return fmt.Errorf("%s is a symbolic link of another user's, who could turn it elsewhere", at)
		}
	}
	return nil
}

// noExec tells whether nothing can be mapped from dir as code.
func noExec(dir string) bool {
	var mount unix.Statfs_t
	return unix.Statfs(dir, &mount) == nil && mount.Flags&unix.ST_NOEXEC != 0
}

// unsafeReason says why others could change the file; empty if they cannot.
func unsafeReason(info fs.FileInfo) string {
	switch {
	case !ownerIsSafe(info):
		return "belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		return "is writable for other users"
	}
	return ""
}

func ownerIsSafe(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
}

// mayMake checks what there is of dir already, before anything is made in it:
// root must make nothing in a home of another user, as under sudo, nor where a
// link of that user leads.
func mayMake(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	there := dir
	for {
		if _, err := os.Lstat(there); !errors.Is(err, fs.ErrNotExist) || there == filepath.Dir(there) {
			break
		}
		there = filepath.Dir(there)
	}
	resolved, err := filepath.EvalSymlinks(there)
	for _, end := range []string{there, resolved} {
		for at := end; err == nil; at = filepath.Dir(at) {
			var info fs.FileInfo
			if info, err = os.Lstat(at); err == nil && !ownerIsSafe(info) {
				return failf(codeFailed, "the shim is not unpacked into %s: %s belongs to another user, and root makes nothing there; set GPUFRAGTOP_CACHE_DIR to a directory of root's", dir, at)
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	if err != nil {
		return failf(codeFailed, "the shim cannot be unpacked: %v; set GPUFRAGTOP_CACHE_DIR to a directory of root's", err)
	}
	return nil
}
