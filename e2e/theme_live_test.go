//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// A theme is seen while the cursor is on it, kept by Enter and taken back by
// Esc; saved, it is there the next time.
func TestThemesAreSwitchedLive(t *testing.T) {
	t.Parallel()
	w := openWindow(t, 100, 30)
	config := t.TempDir()
	const nordGround = "48;2;46;52;64" // its published background, #2e3440
	painted := func() bool { return strings.Contains(w.tmux("capture-pane", "-p", "-e"), nordGround) }
	awaitGround := func(what string, want bool) {
		t.Helper()
		w.awaitThat(what, func(string) bool { return painted() == want })
	}
	start := func() {
		w.keys("COLORTERM=truecolor LANG=C.UTF-8 XDG_CONFIG_HOME="+config+" "+binary+" --demo", "Enter")
		w.await("DEMO")
	}
	toNord := func() {
		w.keys("t")
		w.await("nord")
		w.keys("g")
		for range 20 {
			if painted() {
				return
			}
			w.keys("j")
			w.settled()
		}
		t.Fatalf("nord is never shown:\n%s", w.screen())
	}
	start()
	awaitGround("no ground in the default theme", false)
	toNord()
	w.keys("Escape")
	awaitGround("Esc goes back to the default theme", false)
	toNord()
	w.keys("Enter")
	awaitGround("Enter keeps it", true)
	w.keys("W")
	w.await("saved")
	w.keys("q")
	w.await("ready>")
	start()
	awaitGround("it is there the next time", true)
	w.keys("q")
	w.await("ready>")
}
