package rootfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// theirs gives a file to another user. Who tests without being root is another
// user already.
func theirs(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() == 0 {
		if err := os.Lchown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const create = os.O_WRONLY | os.O_CREATE | os.O_TRUNC

// Traps are not stepped into, and what they lead to stays as it is.
func TestRootStepsIntoNoTrap(t *testing.T) {
	dir := t.TempDir()
	victim, folder := filepath.Join(dir, "victim"), filepath.Join(dir, "folder")
	must(t, os.WriteFile(victim, []byte("precious"), 0o600))
	must(t, os.Mkdir(folder, 0o700))
	link, hard, fifo, through := filepath.Join(dir, "link"), filepath.Join(dir, "hard"), filepath.Join(dir, "fifo"), filepath.Join(dir, "through")
	must(t, os.Symlink(victim, link))
	must(t, os.Link(victim, hard))
	must(t, unix.Mkfifo(fifo, 0o600))
	must(t, os.Symlink(folder, through))
	theirs(t, link)
	theirs(t, through)
	dangling := filepath.Join(dir, "dangling")
	must(t, os.Symlink(filepath.Join(dir, "new"), dangling))
	theirs(t, dangling)

	for path, flags := range map[string]int{
		link: create, hard: create, fifo: create, dangling: create, filepath.Join(through, "file"): create, filepath.Join(dir, "hard") + "/": create,
	} {
		file, err := openAs(0, path, flags, 0o600)
		if path == fifo && errors.Is(err, unix.ENXIO) {
			continue // nobody reads it, and root does not wait
		}
		if !errors.Is(err, ErrTrap) {
			t.Errorf("writing %s: %v", path, err)
			file.Close()
		}
	}
	for _, path := range []string{link, fifo, through + "/../victim"} {
		if file, err := openAs(0, path, os.O_RDONLY, 0); !errors.Is(err, ErrTrap) {
			t.Errorf("reading %s: %v", path, err)
			file.Close()
		}
	}
	if file, err := openAs(0, link, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link where a new file shall be: %v", err)
		file.Close()
	}
	if text, err := os.ReadFile(victim); string(text) != "precious" {
		t.Errorf("the victim holds %q, %v", text, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("made behind the link: %v", left)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("made where a link leads: %v", err)
	}
}

// What is no trap opens as ever.
func TestPlainFilesOpen(t *testing.T) {
	dir := t.TempDir()
	for _, euid := range []int{0, 1000} {
		path := filepath.Join(dir, ".", "plain")
		file, err := openAs(euid, path, create, 0o640)
		must(t, err)
		_, err = file.WriteString("longer than what comes next")
		must(t, errors.Join(err, file.Close()))
		file, err = openAs(euid, path, create, 0o640)
		must(t, err)
		_, err = file.WriteString("short")
		must(t, errors.Join(err, file.Close()))
		if text, _ := os.ReadFile(path); string(text) != "short" {
			t.Errorf("euid %d: %q", euid, text)
		}
		if _, err := openAs(euid, path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrExist) {
			t.Errorf("euid %d: a new file over an old one: %v", euid, err)
		}
		if _, err := openAs(euid, filepath.Join(dir, "none", "x"), os.O_RDONLY, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("euid %d: %v", euid, err)
		}
	}
	if file, err := openAs(0, "/dev/null", create, 0); err != nil {
		t.Error(err)
	} else {
		file.Close()
	}
	t.Chdir(dir)
	file, err := openAs(0, "../"+filepath.Base(dir)+"/plain", os.O_RDONLY, 0)
	must(t, err)
	file.Close()
}
