package rootfile

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func holds(t *testing.T, path, want string, mode os.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v, want %q", path, got, err, want)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm() != mode {
		t.Errorf("%s: %v, want %v", path, info.Mode(), mode)
	}
}

// alone tells whether a folder holds nothing but the named files.
func alone(t *testing.T, folder string, count int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != count {
		t.Errorf("%s: %v, %v", folder, entries, err)
	}
}

func TestReplace(t *testing.T) {
	users := []int{1000}
	if os.Geteuid() == 0 {
		users = append(users, 0) // whose own links lead somewhere
	}
	for _, euid := range users {
		folder := t.TempDir()
		file := filepath.Join(folder, "config.toml")
		must(t, replaceAs(euid, file, []byte("new")))
		holds(t, file, "new", 0o600)
		must(t, os.Chmod(file, 0o640))
		open, err := os.Open(file)
		must(t, err)
		must(t, replaceAs(euid, file, []byte("newer")))
		holds(t, file, "newer", 0o640)
		old := make([]byte, 9)
		if n, _ := open.Read(old); string(old[:n]) != "new" {
			t.Errorf("who had it open reads %q", old[:n])
		}
		open.Close()

		linked := filepath.Join(folder, "link.toml")
		must(t, os.Symlink("config.toml", linked))
		must(t, replaceAs(euid, linked, []byte("through a link")))
		holds(t, file, "through a link", 0o640)
		if info, err := os.Lstat(linked); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is %v, %v", info.Mode(), err)
		}
		alone(t, folder, 2)

		dangling := filepath.Join(folder, "dangling.toml")
		must(t, os.Symlink("nothing", dangling))
		for _, path := range []string{dangling, folder, filepath.Join(folder, "none", "config.toml")} {
			if err := replaceAs(euid, path, []byte("x")); err == nil {
				t.Errorf("%s is written", path)
			}
		}
		must(t, syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
		if err := replaceAs(euid, filepath.Join(folder, "pipe"), []byte("x")); err == nil {
			t.Error("a pipe is written")
		}
		alone(t, folder, 4)
	}
}

// Settings that root writes into another user's home, as under sudo, are that
// user's; nothing that user laid there leads root elsewhere.
func TestReplaceInAnothersHome(t *testing.T) {
	home := t.TempDir()
	theirs(t, home)
	config := filepath.Join(home, ".config", "gpufragtop")
	must(t, folderAs(0, config))
	must(t, folderAs(0, config))
	file := filepath.Join(config, "config.toml")
	must(t, replaceAs(0, file, []byte("new")))
	for _, path := range []string{filepath.Dir(config), config, file} {
		info, err := os.Stat(path)
		must(t, err)
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner == 0 {
			t.Errorf("%s is root's", path)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("root's"), 0o600))
	trap := filepath.Join(config, "trap.toml")
	must(t, os.Symlink(secret, trap))
	theirs(t, trap)
	if err := replaceAs(0, trap, []byte("x")); !errors.Is(err, ErrTrap) {
		t.Errorf("a trap: %v", err)
	}
	holds(t, secret, "root's", 0o600)
	elsewhere := filepath.Join(home, "elsewhere")
	must(t, os.Symlink(filepath.Dir(secret), elsewhere))
	theirs(t, elsewhere)
	if err := replaceAs(0, filepath.Join(elsewhere, "config.toml"), []byte("x")); !errors.Is(err, ErrTrap) {
		t.Errorf("a trap in the path: %v", err)
	}
	if err := folderAs(0, filepath.Join(elsewhere, "gpufragtop")); !errors.Is(err, ErrTrap) {
		t.Errorf("a folder in a trap: %v", err)
	}
	alone(t, filepath.Dir(secret), 1)
}

// A file that another save has left behind stands in nobody's way.
func TestReplaceBesideLeftovers(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.toml")
	if err := os.WriteFile(filepath.Join(folder, ".config.toml."+strconv.Itoa(os.Getpid())+".new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("a = 1\n")); err != nil {
		t.Fatal(err)
	}
}

// Another user's file would change hands: it is left as it is.
func TestReplaceOfAnothersFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("as anybody but root there is no file of another user that can be written here")
		return
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "config.toml")
	if err := os.WriteFile(path, []byte("old\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := replaceAs(1000, path, []byte("new\n")); err == nil || !strings.Contains(err.Error(), "another user's") {
		t.Errorf("%v", err)
	}
	if content, _ := os.ReadFile(path); string(content) != "old\n" {
		t.Errorf("it became %q", content)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
