//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// window is a tmux window with a shell in it: a real terminal with job
// control, whose screen can be read.
type window struct {
	t    *testing.T
	name string // of the tmux server, ours alone
}

func openWindow(t *testing.T, columns, rows int) *window {
	t.Helper()
	w := &window{t: t, name: fmt.Sprintf("gpufragtop-e2e-%d-%d", time.Now().UnixNano(), columns)}
	w.tmux("-f", "/dev/null", "new-session", "-d", "-c", t.TempDir(), "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), "env", "-u", "CI", "PS1=ready> ", "XDG_CONFIG_HOME="+t.TempDir(), "bash", "--norc", "--noprofile")
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", w.name, "kill-server").Run() })
	w.await("ready>")
	return w
}

func (w *window) tmux(args ...string) string {
	w.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", w.name}, args...)...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// keys presses keys, by tmux's names for them.
func (w *window) keys(names ...string) { w.tmux(append([]string{"send-keys"}, names...)...) }

func (w *window) screen() string { return w.tmux("capture-pane", "-p") }

func (w *window) awaitThat(what string, holds func(screen string) bool) string {
	w.t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if screen := w.screen(); holds(screen) {
			return screen
		}
	}
	w.t.Fatalf("%s: never; the screen shows\n%s", what, w.screen())
	return ""
}

func (w *window) await(text string) string {
	w.t.Helper()
	return w.awaitThat(text, func(screen string) bool { return strings.Contains(screen, text) })
}

func (w *window) start(args string) {
	w.t.Helper()
	w.keys(binary+" "+args, "Enter")
	w.await("DEMO")
}

func TestSuspendAndResume(t *testing.T) {
	w := openWindow(t, 120, 40)
	w.start("--demo")
	w.keys("C-z")
	w.await("Stopped")
	w.keys("echo shell is $((40+2))", "Enter")
	w.await("shell is 42")
	w.keys("fg", "Enter")
	w.await("DEMO")
	w.keys("q")
	w.awaitThat("the shell is back", func(s string) bool { return strings.Contains(s, "shell is 42") && !strings.Contains(s, "DEMO") })
}

func TestDrillDownToABlockAndBack(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			w := openWindow(t, size[0], size[1])
			w.start("--demo")
			w.await("48121")
			w.keys("Enter")
			w.await("large")
			for range 3 {
				before := w.screen()
				w.keys("Enter")
				w.awaitThat("one level down", func(s string) bool { return titleOf(s) != titleOf(before) })
			}
			w.await("0x")
			for range 4 {
				before := w.screen()
				w.keys("Escape")
				w.awaitThat("one level up", func(s string) bool { return titleOf(s) != titleOf(before) })
			}
			w.keys("Escape") // never quits
			w.await("DEMO")
		})
	}
}

// titleOf is the screen's first line without what moves in it.
func titleOf(screen string) string {
	first, _, _ := strings.Cut(screen, "\n")
	title, _, _ := strings.Cut(first, "DEMO")
	return strings.TrimSpace(title)
}

func TestReleaseOnTheScreen(t *testing.T) {
	w := openWindow(t, 120, 40)
	w.start("--demo")
	w.await("48121")
	w.keys("r")
	w.await("[ No ]")
	w.settled()     // a key that comes as fast as no hand types does not answer
	w.keys("Enter") // the default is no
	w.awaitThat("nothing released", func(s string) bool { return !strings.Contains(s, "[ No ]") && !strings.Contains(s, "released ") })
	w.keys("r")
	w.await("[ No ]")
	w.settled()
	w.keys("y")
	w.await("released ")
}

func TestPasteFiresNoKeys(t *testing.T) {
	w := openWindow(t, 120, 40)
	w.start("--demo")
	w.await("48121")
	w.tmux("set-buffer", "qqryqq")
	w.tmux("paste-buffer", "-p")
	time.Sleep(time.Second)
	if screen := w.await("DEMO"); strings.Contains(screen, "released") {
		t.Errorf("a paste released:\n%s", screen)
	}
}

// Sizes that follow each other faster than frames, down to one cell, leave the
// screen as it was.
func TestResizeStorm(t *testing.T) {
	w := openWindow(t, 120, 40)
	w.start(still)
	for _, walk := range [][]string{{}, {"Enter"}, {"Enter", "r"}} {
		w.keys(append([]string{"Escape"}, walk...)...)
		fresh := w.settled()
		for i := range 120 {
			w.tmux("resize-window", "-x", fmt.Sprint(1+i*37%200), "-y", fmt.Sprint(1+i*13%60))
		}
		w.tmux("resize-window", "-x", "1", "-y", "1")
		w.tmux("resize-window", "-x", "120", "-y", "40")
		w.awaitThat("the screen of before", func(s string) bool { return s == fresh })
		if after := w.settled(); after != fresh {
			t.Errorf("after the storm\n%s\nbefore it\n%s", after, fresh)
		}
	}
}

// A program that was stopped by others comes back whole with fg.
func TestStoppedFromOutside(t *testing.T) {
	w := openWindow(t, 120, 40)
	w.start("--demo -d 0.2")
	shell := strings.TrimSpace(w.tmux("display-message", "-p", "#{pane_pid}"))
	children, err := os.ReadFile("/proc/" + shell + "/task/" + shell + "/children")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGSTOP} {
		_ = syscall.Kill(pid, stop)
		w.await("Stopped")
		w.keys("clear; echo shell is $((40+2))", "Enter")
		w.await("shell is 42")
		w.keys("fg", "Enter")
		screen := w.awaitThat("all of the screen", func(s string) bool {
			return strings.Contains(s, "DEMO") && strings.Contains(s, "RESERVED") && strings.Contains(s, "quit") && !strings.Contains(s, "shell is")
		})
		w.awaitThat("it goes on", func(s string) bool { return s != screen })
	}
	w.keys("q")
	w.await("ready>")
}

// Text that is pasted into a terminal that does not mark it presses keys, but
// never answers the question that one of them opens.
func TestAnUnmarkedPasteAnswersNoQuestion(t *testing.T) {
	for _, text := range []string{"ry", "jjr y", "r\ty", "ryyyyyyyyyyyy"} {
		w := openWindow(t, 120, 40)
		w.start("--demo")
		w.await("48121")
		w.tmux("set-buffer", text)
		w.tmux("paste-buffer") // without -p: as keys
		w.await("[ No ]")
		time.Sleep(500 * time.Millisecond)
		if screen := w.screen(); strings.Contains(screen, ": released ") || !strings.Contains(screen, "[ No ]") {
			t.Errorf("a paste of %q answered:\n%s", text, screen)
		}
	}
}
