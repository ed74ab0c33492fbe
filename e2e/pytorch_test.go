//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// pytorch is the environment that real PyTorch runs in, on the stand-ins:
// made once by torch/install.
var pytorch = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("torch/install").Output()
	if err != nil {
		return nil, fmt.Errorf("torch/install: %w", err)
	}
	script, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		return nil, err
	}
	env := map[string]string{}
	for line := range strings.Lines(string(script)) {
		if name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok {
			env[name] = strings.Trim(value, "'")
		}
	}
	return env, nil
})

// bench is a node of stand-in GPUs.
type bench struct {
	t   *testing.T
	env []string // of programs and monitors on it
	py  string   // the python that PyTorch was installed for
}

func newBench(t *testing.T, env ...string) *bench {
	t.Helper()
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "GFT_FAKE_DIR="+t.TempDir(), "PYTHONPATH="+torch["PYTHONPATH"], "LD_LIBRARY_PATH="+torch["LD_LIBRARY_PATH"])
	return &bench{t: t, env: append(cleanEnv(), env...), py: torch["GPUFRAGTOP_E2E_PYTHON"]}
}

// program is torch/program.py: it does what it is told and holds still.
type program struct {
	t       *testing.T
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	stderr  *os.File
}

// start runs program.py under "gpufragtop run" with its flags.
func (b *bench) start(seed int, runFlags ...string) *program {
	b.t.Helper()
	args := append(append([]string{"run"}, runFlags...), "--", b.py, "torch/program.py", fmt.Sprint(seed))
	return b.startCommand(binary, args...)
}

func (b *bench) startCommand(name string, args ...string) *program {
	b.t.Helper()
	command := exec.Command(name, args...)
	command.Env = b.env
	in, err := command.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	stderr, err := os.Create(filepath.Join(b.t.TempDir(), "stderr"))
	if err != nil {
		b.t.Fatal(err)
	}
	command.Stderr = stderr
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	p := &program{t: b.t, command: command, in: in, out: bufio.NewScanner(out), stderr: stderr}
	p.out.Buffer(nil, 64<<20)
	b.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	p.answer() // its pid
	return p
}

func (p *program) pid() int { return p.command.Process.Pid }

// tell gives a command and returns its answer.
func (p *program) tell(command string) map[string]any {
	p.t.Helper()
	p.send(command)
	answer := p.answer()
	if answer["error"] != nil {
		p.t.Fatalf("%s: %v: %v", command, answer["error"], answer["message"])
	}
	return answer
}

func (p *program) send(command string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, command+"\n"); err != nil {
		p.t.Fatalf("%s: %v", command, err)
	}
}

func (p *program) answer() map[string]any {
	p.t.Helper()
	if !p.out.Scan() {
		words, _ := os.ReadFile(p.stderr.Name())
		p.t.Fatalf("the program has ended: %v: %s", p.out.Err(), words)
	}
	var answer map[string]any
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil {
		p.t.Fatalf("%v: %q", err, p.out.Text())
	}
	return answer
}

// quit ends the program and returns its exit code and standard error.
func (p *program) quit(code int) (int, string) {
	p.t.Helper()
	p.send(fmt.Sprint("quit ", code))
	done := make(chan error, 1)
	go func() { done <- p.command.Wait() }()
	select {
	case <-done:
	case <-time.After(hang):
		p.t.Fatal("the program did not end")
	}
	words, err := os.ReadFile(p.stderr.Name())
	if err != nil {
		p.t.Fatal(err)
	}
	return p.command.ProcessState.ExitCode(), string(words)
}

// monitor runs gpufragtop on the node.
func (b *bench) monitor(args ...string) result {
	b.t.Helper()
	return invokeCommand(b.t, b.env, binary, args...)
}

// rows are the rows of --json for one process.
func (b *bench) rows(p *program, args ...string) []map[string]any {
	b.t.Helper()
	got := b.monitor(append([]string{"--json", "-p", fmt.Sprint(p.pid())}, args...)...)
	if got.code != 0 {
		b.t.Fatalf("--json: exit code %d: %s", got.code, got.stderr)
	}
	var document struct{ Processes []map[string]any }
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		b.t.Fatalf("--json: %v", err)
	}
	if len(document.Processes) == 0 {
		b.t.Fatalf("--json has no row for process %d", p.pid())
	}
	return document.Processes
}

// released is the outcome of gpufragtop release --json.
type released struct {
	Status, Reason string
	GPUs           []struct {
		UUID     string `json:"gpu_uuid"`
		Estimate *int64 `json:"estimate_bytes"`
		Before   *int64 `json:"before_bytes"`
		After    *int64 `json:"after_bytes"`
	}
}

func (b *bench) release(p *program, args ...string) (released, result) {
	b.t.Helper()
	got := b.monitor(append([]string{"release", fmt.Sprint(p.pid()), "--yes", "--json", "--no-wait"}, args...)...)
	var outcome released
	if err := json.Unmarshal([]byte(got.stdout), &outcome); err != nil {
		b.t.Fatalf("release --json: %v: %q %q", err, got.stdout, got.stderr)
	}
	return outcome, got
}
