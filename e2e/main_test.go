// Package e2e tests the built program. Tests that need more than Go and a C
// compiler (python3, tmux, PyTorch) carry the build tag e2e.
package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
)

// binary is the path of the built gpufragtop; stateHome is where programs leave
// their reports, unless a test says otherwise.
var binary, stateHome string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "gpufragtop-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary, stateHome = filepath.Join(folder, "gpufragtop"), filepath.Join(folder, "state")
	build := exec.Command("go", "build", "-o", binary, "..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "go build:", err)
		return 1
	}
	pagetest.Lock(pagetest.AmongOthers)
	return m.Run()
}

// hang bounds what must end by itself; nothing here is a measurement.
const hang = 30 * time.Second

// result is how a command ended.
type result struct {
	stdout, stderr string
	code           int
}

// invoke runs the built program with extra environment variables (KEY=VALUE)
// and no terminal.
func invoke(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return invokeCommand(t, env, binary, args...)
}

func invokeCommand(t *testing.T, env []string, name string, args ...string) result {
	t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(cleanEnv(), env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	timer := time.AfterFunc(hang, func() { _ = command.Process.Kill() })
	err := command.Wait()
	if !timer.Stop() {
		t.Fatalf("%s %s did not end", name, strings.Join(args, " "))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// cleanEnv is the environment without what would change the program's mind.
func cleanEnv() []string {
	var kept []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "CI", "NO_COLOR", "TERM", "COLORTERM", "LD_PRELOAD", "LC_ALL", "LANG":
			continue
		}
		if strings.HasPrefix(name, "GPUFRAGTOP_") || strings.HasPrefix(name, "GFT_") {
			continue
		}
		kept = append(kept, entry)
	}
	return append(kept, "LANG=C.UTF-8", "TERM=xterm-256color", "XDG_CONFIG_HOME=/nonexistent", "XDG_STATE_HOME="+stateHome) // no settings of whoever tests
}

// piped starts a program that the test talks with; it is ended with the test.
func piped(t *testing.T, command *exec.Cmd) (in io.WriteCloser, out io.ReadCloser) {
	t.Helper()
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if out, err = command.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return in, out
}
