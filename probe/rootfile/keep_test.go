package rootfile

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestKeepNeverOverwrites(t *testing.T) {
	folder := t.TempDir()
	elsewhere := filepath.Join(folder, "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(folder, "a-2.json")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a.json", "a-3.json", "a-4.json"} {
		content := string(rune('x' + i))
		path, err := Keep(folder, "a", ".json", []byte(content))
		if err != nil || path != filepath.Join(folder, want) {
			t.Fatalf("%s, %v, want %s", path, err, want)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("%s: %q", path, got)
		}
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a link was followed")
	}
	if _, err := Keep(filepath.Join(folder, "nowhere"), "a", ".json", nil); err == nil {
		t.Error("no folder, no error")
	}
}

func TestKeepHasAnEnd(t *testing.T) {
	folder := t.TempDir()
	for i := range mostKept {
		name := "b"
		if i > 0 {
			name = "b-" + strconv.Itoa(i+1)
		}
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := Keep(folder, "b", "", []byte("x")); err == nil {
		t.Errorf("%s is the one too many", path)
	}
}
