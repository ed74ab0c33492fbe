package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// secretArgs are arguments that no screen, document or recording may show.
var secretArgs = []string{"--api-key=XYZZYKEY", "--token", "XYZZYTOKEN", "-p", "XYZZYPASS", "https://user:XYZZYURL@host/", "hf_XYZZYXYZZYXYZZYXYZZY"}

const hostileArg = "p\x1b[31m\x1b]52;c;aGFja2Vk\x07\x9b2J\u009b1m\u202eevil\u2066\n9999 root fake line\r\t\xff\xfe"

// hostileCommand is a program of the system under a name (its comm, by which
// zombies go) and a first argument that do their worst to a terminal.
func hostileCommand(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "s\x1b]52;c;\x07\u202ex")
	if err := os.WriteFile(copied, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: copied, Args: append([]string{hostileArg}, args...)}
}

// hostileProcess is such a process that stays. Its command line is more than a
// megabyte long.
func hostileProcess(t *testing.T) int {
	t.Helper()
	command := hostileCommand(t, "sh", "-c", "echo ready; read x; :", "sh")
	command.Args = append(command.Args, secretArgs...)
	for range 12 {
		command.Args = append(command.Args, strings.Repeat("long ", 20_000))
	}
	_, out := piped(t, command)
	if word := make([]byte, len("ready\n")); !fill(out.Read, word) {
		t.Fatalf("the process said %q", word)
	}
	return command.Process.Pid
}

func fill(read func([]byte) (int, error), into []byte) bool {
	for at := 0; at < len(into); {
		n, err := read(into[at:])
		if at += n; err != nil {
			return at == len(into)
		}
	}
	return true
}

// ownSequences are all that the screen may send; what is left after them must
// be text.
var ownSequences = regexp.MustCompile(`\x1b\[[0-9;]*[mHJKABCDG]|\x1b\[\?(?:1049|25|2004|2026|7)[hl]|\x1b\[2K|\x1b\]2;\x07`)

func hostileNode(t *testing.T) (*nvml, int) {
	t.Helper()
	pid := hostileProcess(t)
	n := newNVML(t)
	for i, entry := range n.env {
		if strings.HasPrefix(entry, "HOST_PROC=") {
			n.env[i] = "HOST_PROC=/proc"
		}
	}
	n.env = append(n.env, fmt.Sprintf("GFT_FAKE_PROCS=%d:0:1000", pid))
	return n, pid
}

// Names and arguments of strangers reach neither the terminal as sequences nor
// a log as lines, and secrets in them reach nothing at all.
func TestHostileNamesAndSecrets(t *testing.T) {
	n, pid := hostileNode(t)
	outputs := map[string]string{}

	term := startTerminal(t, 400, 30, n.env, "-d", "0.2").drain()
	term.await(fmt.Sprint(pid), 0)
	for _, key := range []string{"\r", "r", "\x1b", "f", "\x1b", "w", "\x1b", "?", "\x1b"} {
		term.press(key)
		time.Sleep(150 * time.Millisecond)
	}
	term.press("q")
	term.wait()
	outputs["the screen"] = ownSequences.ReplaceAllString(strings.NewReplacer("\r\n", "\n", "\r", "").Replace(term.text()), "")
	outputs["--once"] = invoke(t, n.env, "--once").stdout
	outputs["--json"] = invoke(t, n.env, "--json", "-p", fmt.Sprint(pid)).stdout
	outputs["--json --watch"] = invoke(t, n.env, "--json", "--watch", "--count", "1").stdout
	tape := filepath.Join(t.TempDir(), "tape")
	if got := invoke(t, n.env, "record", "--for", "1ms", "-o", tape); got.code != 0 {
		t.Fatal(got.stderr)
	}
	outputs["a recording"] = invoke(t, nil, "replay", "--json", tape).stdout
	refusal := invoke(t, n.env, "release", fmt.Sprint(pid), "--yes")
	outputs["an error"] = refusal.stderr + refusal.stdout

	for where, text := range outputs {
		if text == "" || where != "an error" && !strings.Contains(text, "evil") {
			t.Errorf("%s does not show the process: this test has shown nothing: %q", where, tail(text, 300))
		}
		if secret := strings.Index(text, "XYZZY"); secret >= 0 {
			t.Errorf("%s shows a secret: %q", where, text[secret-40:secret+20])
		}
		for i, r := range text {
			bad := r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r <= 0x9f ||
				r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0x200b && r <= 0x200f || r == 0x2028 || r == 0x2029
			if bad {
				t.Errorf("%s holds %U: %q", where, r, text[max(0, i-60):min(len(text), i+60)])
				break
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "9999 root fake") {
				t.Errorf("%s has a line of the process's making: %q", where, line)
			}
		}
	}
	var document struct{ Processes []struct{ Command string } }
	if err := json.Unmarshal([]byte(outputs["--json"]), &document); err != nil || len(document.Processes) != 1 || len(document.Processes[0].Command) > 4096 {
		t.Errorf("%v: a command of %d bytes", err, len(document.Processes[0].Command))
	}
}

// A zombie goes by its name, which is as hostile.
func TestAHostileZombie(t *testing.T) {
	command := hostileCommand(t, "true")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() })
	pid := command.Process.Pid
	for end := time.Now().Add(hang); ; time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || time.Now().After(end) {
			t.Fatalf("no zombie: %v", err)
		}
		if _, rest, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(rest, "Z") {
			break
		}
	}
	n := newNVML(t)
	n.env = append(n.env, "HOST_PROC=/proc", fmt.Sprintf("GFT_FAKE_PROCS=%d:0:1000", pid))
	for _, args := range [][]string{{"--once"}, {"--json"}} {
		got := invoke(t, n.env, args...)
		if got.code != 0 || !strings.Contains(got.stdout, fmt.Sprint(pid)) || strings.ContainsAny(got.stdout, "\x1b\x07\u202e\u009d") {
			t.Errorf("%v: %d %q", args, got.code, got.stdout)
		}
	}
}

// There is no exporter: the monitor listens on nothing and opens no socket,
// whatever it does.
func TestNoSocketIsEverOpened(t *testing.T) {
	n := newNVML(t)
	sockets := func(term *terminal) {
		t.Helper()
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", term.command.Process.Pid))
		if err != nil || len(fds) < 3 {
			t.Fatalf("%v: %d descriptors", err, len(fds))
		}
		for _, fd := range fds {
			if to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", term.command.Process.Pid, fd.Name())); strings.HasPrefix(to, "socket:") {
				t.Errorf("%v: descriptor %s is %s", term.command.Args, fd.Name(), to)
			}
		}
	}
	for _, args := range [][]string{{"-d", "0.1"}, {"--demo", "-d", "0.1"}, {"--json", "--watch", "-d", "0.1"}, {"record", "--force", "-o", filepath.Join(t.TempDir(), "tape"), "-d", "0.1"}} {
		term := startTerminal(t, 100, 30, n.env, args...).drain()
		for range 10 {
			time.Sleep(50 * time.Millisecond)
			sockets(term)
		}
		_ = term.command.Process.Kill()
		term.wait()
	}
}
