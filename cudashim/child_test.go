package cudashim

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childVariable makes the test binary start the program that it names as a
// child, and exit with its code.
const childVariable = "GPUFRAGTOP_TEST_CHILD"

func runChild(command string) int {
	launch, err := Prepare([]string{"sh", "-c", command}, os.Environ(), RunOptions{})
	if err != nil {
		return 99
	}
	child, err := Start(launch)
	if err != nil {
		return 98
	}
	return child.ExitCode()
}

func childOf(t *testing.T, command string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+command, "GPUFRAGTOP_CACHE_DIR="+t.TempDir(), "LD_PRELOAD=")
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true} // no terminal, as in CI
	return cmd
}

func TestAChildHasOurStreamsAndItsExitCode(t *testing.T) {
	for command, code := range map[string]int{
		"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -SEGV $$": 139,
		`read a; echo "$a"; echo words >&2; case "$LD_PRELOAD" in *libgpufragtop*) exit 5;; esac`: 5,
	} {
		cmd := childOf(t, command)
		var out, words bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("line\n"), &out, &words
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d, want %d: %s", command, got, code, words.String())
		}
		if strings.HasPrefix(command, "read") && (out.String() != "line\n" || words.String() != "words\n") {
			t.Errorf("%s: %q, %q", command, out.String(), words.String())
		}
	}
}

func TestAChildGetsOurSignals(t *testing.T) {
	for name, signal := range map[string]unix.Signal{
		"INT": unix.SIGINT, "TERM": unix.SIGTERM, "HUP": unix.SIGHUP, "QUIT": unix.SIGQUIT, "USR1": unix.SIGUSR1, "USR2": unix.SIGUSR2,
	} {
		cmd := childOf(t, "trap 'echo got "+name+"; exit 6' "+name+"; echo ready; while :; do sleep 0.01; done")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		var said []byte
		for b := make([]byte, 64); !bytes.Contains(said, []byte("ready\n")); {
			n, err := out.Read(b)
			if said = append(said, b[:n]...); err != nil {
				t.Fatalf("%s: %v after %q", name, err, said)
			}
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		var rest bytes.Buffer
		_, _ = rest.ReadFrom(out)
		_ = cmd.Wait()
		stuck.Stop()
		if rest.String() != "got "+name+"\n" || cmd.ProcessState.ExitCode() != 6 {
			t.Errorf("%s: exit code %d, and it said %q", name, cmd.ProcessState.ExitCode(), rest.String())
		}
	}
}

func TestWhatTheKernelDoesNotExecuteIsSaidAsShellsDo(t *testing.T) {
	s := newShop(t)
	for content, code := range map[string]int{"#!/no/such/interpreter\n": 127, "\x7fELF": 126} {
		path := s.file(t, "broken", content, 0o755)
		_, err := Start(Launch{Path: path, Argv: []string{"broken"}, Env: s.env})
		var refused *Error
		if !errors.As(err, &refused) || refused.ExitCode() != code || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%q: %v, want code %d", content, err, code)
		}
	}
}
