//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is chosen on the screen and saved is there the next time; the rest of the
// settings file stays as it was written.
func TestViewChoicesAreSaved(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "gpufragtop", "config.toml")
	start := func(w *window, more string) {
		w.keys("XDG_CONFIG_HOME="+home+" LANG=C.UTF-8 "+binary+" --demo "+more, "Enter")
		w.await("DEMO")
		w.await("48121")
	}
	w := openWindow(t, 120, 40)
	start(w, "")
	w.keys("u", "u", "M", "I", "c")
	w.await("Columns of processes")
	w.keys("j", "Space", "Escape") // without USER
	w.awaitThat("USER is gone", func(s string) bool { return !strings.Contains(s, " USER ") })
	w.keys("W")
	w.await(file)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	w.keys("q")
	w.awaitThat("the end", func(s string) bool { return !strings.Contains(s, "DEMO") })

	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mine := "# mine\nreadonly = true # as ever\n\n"
	if err := errors.Join(os.WriteFile(file, append([]byte(mine), written...), 0o640), os.Chmod(file, 0o640)); err != nil {
		t.Fatal(err)
	}
	start(w, "")
	screen := w.await("GPU-MEM▲")
	if strings.Contains(screen, " USER ") || strings.Contains(screen, "r release") {
		t.Errorf("the screen is not as it was left:\n%s", screen)
	}
	w.keys("t")
	w.await("Themes")
	w.keys("j", "Enter")
	w.await("theme ")
	w.keys("W")
	w.await(file)
	w.keys("q")
	w.awaitThat("the end", func(s string) bool { return !strings.Contains(s, "DEMO") })
	again, err := os.ReadFile(file)
	info, _ = os.Stat(file)
	if err != nil || !strings.HasPrefix(string(again), mine) || !strings.Contains(string(again), "theme = ") || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v:\n%s", info.Mode(), err, again)
	}
	start(w, "--sort pid") // a flag goes before the file
	w.await("PID▲")
	broken := append([]byte("colour = 1\n"), again...)
	if err := os.WriteFile(file, broken, 0o640); err != nil {
		t.Fatal(err)
	}
	w.keys("W")
	w.await(`unknown key "colour"`)
	if after, _ := os.ReadFile(file); string(after) != string(broken) {
		t.Errorf("a broken file was written to:\n%s", after)
	}
	got := invoke(t, []string{"XDG_CONFIG_HOME=" + home}, "--demo", "--once")
	if got.code != 2 || !strings.Contains(got.stderr, file+`: line 1: unknown key "colour"`) || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}

// What [view] says and cannot be is one line that names the file.
func TestWrongViewChoices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, []byte("[view.sort]\nblocks = \"beauty\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := openWindow(t, 200, 10)
	w.keys(binary+" --demo --config "+file+"; echo code $?", "Enter")
	screen := w.await("code 2")
	if !strings.Contains(screen, "gpufragtop: "+file+`: settings, [view]: sort: blocks = "beauty": sort by one of address, offset, size`) {
		t.Errorf("it says\n%s", screen)
	}
}

// y reaches the clipboard of a real terminal, here tmux's, and a file; Y saves
// what is seen.
func TestCopyAndSaveOnATerminal(t *testing.T) {
	folder := t.TempDir()
	w := openWindow(t, 100, 30)
	w.tmux("set-option", "-g", "set-clipboard", "on")
	w.keys("cd "+folder+" && clear", "Enter")
	w.start("--demo")
	w.await("48121")
	w.keys("y")
	w.await("gpufragtop-")
	w.await("clipboard, if it takes it")
	w.awaitThat("the clipboard", func(string) bool { return strings.Contains(w.tmux("list-buffers"), "bytes") })
	var process struct {
		PID   int   `json:"pid"`
		Pools []any `json:"pools"`
	}
	clip := w.tmux("show-buffer")
	if err := json.Unmarshal([]byte(clip), &process); err != nil || process.PID == 0 {
		t.Errorf("%v: %s", err, clip)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "gpufragtop-*.json"))
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	if content, err := os.ReadFile(files[0]); err != nil || strings.TrimSpace(string(content)) != strings.TrimSpace(clip) {
		t.Errorf("%v: the file holds\n%s", err, content)
	}
	w.keys("p")
	w.await("PAUSED")
	want := w.screen()
	w.keys("Y")
	w.await("gpufragtop-screen.txt")
	saved, err := os.ReadFile(filepath.Join(folder, "gpufragtop-screen.txt"))
	info, _ := os.Stat(filepath.Join(folder, "gpufragtop-screen.txt"))
	if err != nil || strings.TrimRight(string(saved), "\n") != strings.TrimRight(want, "\n") || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: saved\n%s\nseen\n%s", err, info.Mode(), saved, want)
	}
	w.keys("Y")
	w.await("gpufragtop-screen-2.txt")
}
