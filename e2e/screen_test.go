package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

const altScreen = "\x1b[?1049h"

// Bubble Tea v1 asks the terminal for its background before main and waits
// 5 s for an answer; tui/quiet stops it. Without it this test sees an escape.
func TestJSONIsSilentOnMuteTerminal(t *testing.T) {
	for _, args := range [][]string{{"--json", "--demo"}, {"--version"}, {"--help"}} {
		term := startTerminal(t, 120, 40, nil, args...).drain()
		if code := term.wait(); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, term.text())
		}
		time.Sleep(20 * time.Millisecond) // let the reader see the last bytes
		out := term.text()
		if strings.Contains(out, "\x1b") {
			t.Errorf("%v: an escape sequence was written: %q", args, out[:min(len(out), 200)])
		}
		if args[0] == "--json" && !json.Valid([]byte(strings.ReplaceAll(out, "\r\n", "\n"))) {
			t.Errorf("--json did not print a document: %q", tail(out, 200))
		}
	}
}

func TestScreenStartsOnMuteTerminal(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, "--demo").drain()
	term.await(altScreen, 0)
	term.await("DEMO", 0)
	if out := term.text(); strings.Contains(out, "\x1b]11;?") || strings.Contains(out, "\x1b[6n") {
		t.Error("the terminal was asked a question")
	}
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			term := startTerminal(t, 100, 30, nil, "--demo").drain()
			term.await("DEMO", 0)
			if err := term.command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			term.wait()
			time.Sleep(20 * time.Millisecond)
			term.restored()
		})
	}
}

func TestResizeToNothingAndBack(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, "--demo", "-d", "0.1").drain()
	seen := term.await("DEMO", 0)
	for _, size := range [][2]uint16{{1, 1}, {200, 60}, {3, 2}, {40, 10}, {1, 60}, {200, 1}} {
		term.resize(size[0], size[1])
		time.Sleep(50 * time.Millisecond)
	}
	term.resize(120, 40)
	term.await("DEMO", seen)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d: %q", code, tail(term.text(), 500))
	}
	term.restored()
}

// A terminal that is not drained fills after some kilobytes and blocks the
// write; the program must still end.
func TestBlockedTerminalDoesNotKeepTheProgram(t *testing.T) {
	term := startTerminal(t, 200, 60, nil, "--demo", "-d", "0.1")
	time.Sleep(2 * time.Second)
	if err := term.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	term.wait()
}

func TestTheTerminalGoesAway(t *testing.T) {
	term := startTerminal(t, 100, 30, nil, "--demo", "-d", "0.1").drain()
	term.await("DEMO", 0)
	term.slave.Close()
	term.master.Close()
	term.wait()
}

// On a terminal run says first, on standard error, how to watch the program;
// elsewhere it says nothing.
func TestRunSaysHowToWatch(t *testing.T) {
	cache := "XDG_CACHE_HOME=" + t.TempDir()
	term := startTerminal(t, 80, 24, []string{cache}, "run", "--", "echo", "the program").drain()
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.await("the program", 0)
	want := fmt.Sprintf("gpufragtop -p %d", term.command.Process.Pid) // the program has our process id
	if hint, rest, _ := strings.Cut(term.text(), "\n"); !strings.Contains(hint, want) || strings.Contains(rest, "gpufragtop") {
		t.Errorf("%q", term.text())
	}
	if got := invoke(t, []string{cache}, "run", "--", "echo", "the program"); got.stderr != "" || got.stdout != "the program\n" {
		t.Errorf("without a terminal: %q %q", got.stdout, got.stderr)
	}
}
