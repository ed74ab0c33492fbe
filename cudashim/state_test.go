package cudashim

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What run would use is said without writing anything, and is what run uses.
func TestWouldUse(t *testing.T) {
	dir := t.TempDir()
	cache := filepath.Join(dir, "new", "cache")
	t.Setenv("GPUFRAGTOP_CACHE_DIR", cache)
	said, err := WouldUse()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Dir(cache)); err == nil {
		t.Error("it has written something")
	}
	used, err := Unpack()
	if err != nil || used != said {
		t.Errorf("said %s, used %s, %v", said, used, err)
	}
	if said, err = WouldUse(); err != nil || said != used {
		t.Errorf("once it is there: %s, %v", said, err)
	}
	own := filepath.Join(dir, "own.so")
	if err := os.WriteFile(own, library, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(OwnVariable, own)
	if said, err = WouldUse(); err != nil || said != own {
		t.Errorf("one's own: %s, %v", said, err)
	}
}

// It refuses where Unpack does.
func TestWouldUseRefuses(t *testing.T) {
	dir := t.TempDir()
	shared, file := filepath.Join(dir, "shared"), filepath.Join(dir, "file")
	if err := errors.Join(os.Mkdir(shared, 0o700), os.Chmod(shared, 0o777), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for at, words := range map[string]string{
		filepath.Join(shared, "cache"): "writable for other users", filepath.Join(file, "cache"): "not a directory", filepath.Join(dir, "a b"): "LD_PRELOAD",
	} {
		t.Setenv("GPUFRAGTOP_CACHE_DIR", at)
		_, err := WouldUse()
		refused(t, err, 1, words, "GPUFRAGTOP_CACHE_DIR")
		if _, err := Unpack(); err == nil {
			t.Errorf("%s: run would take it", at)
		}
		_ = os.RemoveAll(filepath.Join(shared, "cache")) // Unpack may have made it before it refused
	}
}

func TestCheckProgram(t *testing.T) {
	s := newShop(t)
	good := s.program(t, "good")
	if err := CheckProgram(good, "x"); err != nil {
		t.Error(err)
	}
	musl := s.program(t, "musl", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
	refused(t, CheckProgram(musl, "/app/server"), 1, "/app/server is linked with musl")
	if err := CheckProgram(filepath.Join(s.dir, "none"), "x"); err != nil {
		t.Errorf("what cannot be read: %v", err)
	}
}
