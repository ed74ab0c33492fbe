//go:build e2e

package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The program's output and exit code are those of a run without us, also
// while it is being watched.
func TestOutputIsUnchanged(t *testing.T) {
	b := newBench(t)
	commands := "step 200\nmempool 10\nstep 100\nstats\nempty\nstats\nquit 7\n"
	watcher := exec.Command(binary, "--json", "--watch", "-d", "0.1")
	watcher.Env = b.env
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait()
	}()
	bare, bareCode, bareWords := b.play(commands, b.py, "torch/program.py", "5")
	ours, oursCode, oursWords := b.play(commands, binary, "run", "--", b.py, "torch/program.py", "5")
	if bareCode != 7 || oursCode != bareCode {
		t.Errorf("exit codes: bare %d, with us %d", bareCode, oursCode)
	}
	if bareWords != oursWords {
		t.Errorf("standard error: bare %q, with us %q", bareWords, oursWords)
	}
	if bare, ours := withoutStreams(bare), withoutStreams(ours); bare != ours {
		t.Errorf("standard output differs: %d and %d bytes", len(bare), len(ours))
	}
}

// withoutStreams drops stream handles: they are addresses on the heap, which
// the kernel lays somewhere else in every run.
func withoutStreams(text string) string {
	return regexp.MustCompile(`"stream": [1-9]\d*`).ReplaceAllString(text, `"stream": x`)
}

// play gives a program its commands at once and returns what it printed after
// its first line, which names its pid.
func (b *bench) play(commands, name string, args ...string) (out string, code int, words string) {
	b.t.Helper()
	command := exec.Command(name, args...)
	command.Env = b.env
	command.Stdin = strings.NewReader(commands)
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	timer := time.AfterFunc(2*hang, func() { _ = command.Process.Kill() })
	_ = command.Wait()
	if !timer.Stop() {
		b.t.Fatalf("%s did not end", name)
	}
	_, rest, _ := strings.Cut(stdout.String(), "\n")
	return rest, command.ProcessState.ExitCode(), stderr.String()
}

// The child's environment differs in LD_PRELOAD and GPUFRAGTOP_* only, and
// what was preloaded before stays first.
// Case 25.
func TestEnvironmentOfTheChild(t *testing.T) {
	env := append(cleanEnv(), "LD_PRELOAD=libc.so.6", "CI=true", "ODD=a=b c")
	bare := exec.Command("env")
	bare.Env = env
	want, err := bare.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := exec.Command(binary, "run", "--", "env")
	ours.Env = env
	got, err := ours.Output()
	if err != nil {
		t.Fatal(err)
	}
	keep := func(out []byte) (kept []string, preload string) {
		for line := range strings.Lines(string(out)) {
			switch {
			case strings.HasPrefix(line, "LD_PRELOAD="):
				preload = strings.TrimSpace(line)
			case !strings.HasPrefix(line, "GPUFRAGTOP_") && !strings.HasPrefix(line, "_="):
				kept = append(kept, line)
			}
		}
		return kept, preload
	}
	wantLines, _ := keep(want)
	gotLines, preload := keep(got)
	if strings.Join(wantLines, "") != strings.Join(gotLines, "") {
		t.Errorf("bare:\n%s\nwith us:\n%s", want, got)
	}
	if !strings.HasPrefix(preload, "LD_PRELOAD=libc.so.6:") || !strings.Contains(preload, "gpufragtop") {
		t.Errorf("%q", preload)
	}
}

// A process that is not instrumented says what it is, seen from outside.
func TestSeenFromOutside(t *testing.T) {
	b := newBench(t, "PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:64", "RANK=3", "WORLD_SIZE=8")
	p := b.startCommand(b.py, "torch/program.py", "1")
	p.tell("step 50")
	row := b.rows(p)[0]
	if row["instrumented"] != false || row["framework"] != "pytorch" || row["framework_source"] != "outside" {
		t.Errorf("instrumented %v, framework %v, source %v", row["instrumented"], row["framework"], row["framework_source"])
	}
	if row["settings"] != "max_split_size_mb:64" || row["settings_source"] != "outside" {
		t.Errorf("settings %v from %v", row["settings"], row["settings_source"])
	}
	if !strings.Contains(format(row["job"]), "3") || row["reserved_bytes"] != nil {
		t.Errorf("job %v, reserved %v", row["job"], row["reserved_bytes"])
	}
	if memory, ok := row["gpu_memory_bytes"].(float64); !ok || memory < 300<<20 {
		t.Errorf("gpu_memory_bytes %v", row["gpu_memory_bytes"])
	}
}
