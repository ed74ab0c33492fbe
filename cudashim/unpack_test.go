package cudashim

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused checks an error's exit code and that its message names what it should.
func refused(t *testing.T, err error, code int, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an *Error", err)
	}
	if e.ExitCode() != code {
		t.Errorf("exit code %d, want %d: %v", e.ExitCode(), code, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q is more than one line", err)
	}
}

func TestUnpack(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "new", "cache")
	path, err := unpackTo(cache, []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "content" || filepath.Base(path) != libraryName {
		t.Errorf("%s holds %q", path, got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := unpackTo(cache, []byte("content"))
	later, _ := os.Stat(again)
	if err != nil || again != path || !os.SameFile(info, later) {
		t.Errorf("the second time: %s, %v", again, err)
	}
	other, err := unpackTo(cache, []byte("another build"))
	if err != nil || other == path {
		t.Errorf("another build: %s, %v", other, err)
	}
	if left, _ := filepath.Glob(filepath.Dir(path) + "/*"); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestUnpackMendsWhatIsThere(t *testing.T) {
	cases := map[string]func(path string) error{
		"one flipped byte": func(path string) error { return os.WriteFile(path, []byte("contenT"), 0o755) },
		"cut off":          func(path string) error { return os.WriteFile(path, []byte("c"), 0o755) },
		"writable for others": func(path string) error {
			return os.Chmod(path, 0o777)
		},
		"a link to another file": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink("/etc/passwd", path)
		},
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			path, err := unpackTo(cache, []byte("content"))
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if _, err := unpackTo(cache, []byte("content")); err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(path)
			if got, _ := os.ReadFile(path); string(got) != "content" || err != nil || info.Mode() != 0o755 {
				t.Errorf("it holds %q with mode %v, %v", got, info.Mode(), err)
			}
		})
	}
}

func TestUnpackRefuses(t *testing.T) {
	dir := t.TempDir()
	shared := filepath.Join(dir, "shared")
	if err := errors.Join(os.Mkdir(shared, 0o700), os.Chmod(shared, 0o777)); err != nil {
		t.Fatal(err)
	}
	_, err := unpackTo(filepath.Join(shared, "cache"), []byte("content"))
	refused(t, err, 1, shared, "writable for other users", "GPUFRAGTOP_CACHE_DIR")

	link := filepath.Join(dir, "link")
	if err := os.Symlink(shared, link); err != nil {
		t.Fatal(err)
	}
	_, err = unpackTo(filepath.Join(link, "cache"), []byte("content"))
	refused(t, err, 1, shared, "writable for other users")

	for _, name := range []string{"with space", "with:colon", "with$LIB"} {
		_, err = unpackTo(filepath.Join(dir, name), []byte("content"))
		refused(t, err, 1, name, "LD_PRELOAD", "GPUFRAGTOP_CACHE_DIR")
	}

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = unpackTo(filepath.Join(file, "cache"), []byte("content"))
	refused(t, err, 1, "not a directory", "GPUFRAGTOP_CACHE_DIR")

	_, err = unpackTo(dir, nil)
	refused(t, err, 1, "no shim for")
}

func TestCacheDir(t *testing.T) {
	cases := []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"GPUFRAGTOP_CACHE_DIR": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/u"}, "/own"},
		{map[string]string{"XDG_CACHE_HOME": "/xdg", "HOME": "/home/u"}, "/xdg/gpufragtop"},
		{map[string]string{"XDG_CACHE_HOME": "relative", "HOME": "/home/u"}, "/home/u/.cache/gpufragtop"},
		{map[string]string{"HOME": "/home/u"}, "/home/u/.cache/gpufragtop"},
	}
	for _, c := range cases {
		got, err := cacheDir(func(name string) string { return c.env[name] })
		if err != nil || got != c.want {
			t.Errorf("%v: %s, %v; want %s", c.env, got, err, c.want)
		}
	}
	_, err := cacheDir(func(string) string { return "" })
	refused(t, err, 1, "HOME", "GPUFRAGTOP_CACHE_DIR")
}
