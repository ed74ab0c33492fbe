package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestThemes(t *testing.T) {
	home := t.TempDir()
	folder := filepath.Join(home, "gpufragtop", "themes")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"XDG_CONFIG_HOME=" + home}
	write("mine.toml", "description = \"Mine\"\ninherits = \"nord\"\n[screen]\nmuted = \"#4c566a\"\n")
	write("nord.toml", "description = \"My nord\"\ninherits = \"nord\"\n")

	got := invoke(t, env, "themes")
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if got.code != 0 || len(lines) != 11 || strings.Contains(got.stdout, "\x1b") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{"catppuccin-latte ", "mine               Mine (\"" + folder, "nord               My nord (\"" + folder} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
	if got := invoke(t, env, "--demo", "--once", "--theme", "mine"); got.code != 0 {
		t.Errorf("a theme of one's own: exit code %d: %s", got.code, got.stderr)
	}
	if got := invoke(t, env, "__complete", "--theme", ""); !strings.Contains(got.stdout, "mine\n") || !strings.Contains(got.stdout, "tokyo-night\n") {
		t.Errorf("completion: %s", got.stdout)
	}

	screen := onTerminal(t, append(env, "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"), "themes", "mine", "mono")
	for _, want := range []string{"\x1b[0;1;38;2;236;239;244;48;2;46;52;64m", "stranded", "1 cell = ", "mine.toml", " ! screen.muted has a contrast of 1.7:1 on #2e3440", "No colours"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q on the terminal:\n%q", want, screen)
		}
	}
	if strings.Contains(screen, "Tokyo") {
		t.Error("a theme that was not asked for")
	}
	if screen := onTerminal(t, append(env, "TERM=xterm-256color", "NO_COLOR=1"), "themes", "mine"); strings.Contains(screen, "\x1b") || !strings.HasPrefix(screen, "mine ") {
		t.Errorf("without colours: %q", screen)
	}

	write("mine.toml", "inherits = \"nord\"\n\n[screen]\nok = \"mauve\"\n")
	for _, args := range [][]string{{"--demo", "--once", "--theme", "mine"}, {"themes"}} {
		got := invoke(t, env, args...)
		if got.code == 0 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, filepath.Join(folder, "mine.toml")+`: line 4: screen.ok: no colour or attribute "mauve": write `) {
			t.Errorf("%v: exit code %d: %s", args, got.code, got.stderr)
		}
		if args[0] == "themes" && (got.code != 1 || !strings.Contains(got.stdout, "tokyo-night")) {
			t.Errorf("a broken theme hides the others: exit code %d: %s", got.code, got.stdout)
		}
	}
}

// onTerminal is what the program writes to a terminal, 100 cells wide.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	command := exec.Command(binary, args...)
	command.Env = append(cleanEnv(), env...)
	terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var out bytes.Buffer
	_, _ = io.Copy(&out, terminal) // ends with EIO when the program does
	if err := command.Wait(); err != nil {
		t.Fatalf("%v: %v: %q", args, err, out.String())
	}
	return out.String()
}
