//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// checked is what the tests read of a JSON report.
type checked struct {
	Verdict   string
	ExitCode  *int `json:"program_exit_code"`
	Processes []struct {
		PID     int
		Samples int
		Limits  []struct {
			Limit, Verdict string
			Value          *float64
		}
	}
}

func (c checked) value(t *testing.T, limit string) float64 {
	t.Helper()
	if len(c.Processes) != 1 {
		t.Fatalf("%d processes, want one: %+v", len(c.Processes), c)
	}
	for _, one := range c.Processes[0].Limits {
		if one.Limit == limit && one.Value != nil {
			return *one.Value
		}
	}
	t.Fatalf("no value of %s: %+v", limit, c)
	return 0
}

// stranding is a program that strands half of its memory, and with "oom" meets
// an out-of-memory error and goes on. It stands still until told to end.
const stranding = `
import os, sys, torch
kept = [torch.empty(3 << 20, dtype=torch.uint8, device="cuda") for _ in range(60)]
del kept[::2]
if "oom" in sys.argv:
    try:
        torch.empty(1 << 50, dtype=torch.uint8, device="cuda")
    except torch.cuda.OutOfMemoryError:
        pass
print(os.getpid(), flush=True)
sys.exit(int(sys.stdin.readline()))
`

// check runs a program under check, as a child of a shell, and ends it with an
// exit code when its figures have been seen.
func (b *bench) check(limits string, code int, argument ...string) (checked, result) {
	b.t.Helper()
	folder := b.t.TempDir()
	source, report := filepath.Join(folder, "program.py"), filepath.Join(folder, "report.json")
	if err := os.WriteFile(source, []byte(stranding), 0o644); err != nil {
		b.t.Fatal(err)
	}
	args := append([]string{"check", "--interval", "100ms", "--output", "json", "--report", report}, strings.Fields(limits)...)
	args = append(append(args, "--", "sh", "-c", `"$0" "$@"; exit $?`, b.py, source), argument...)
	command := exec.Command(binary, args...)
	command.Env = b.env
	var words bytes.Buffer
	command.Stderr = &words
	in, err := command.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	stuck := time.AfterFunc(2*hang, func() { _ = command.Process.Kill() })
	defer stuck.Stop()
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		b.t.Fatalf("the program has ended: %v: %s", err, words.String())
	}
	if pid == command.Process.Pid {
		b.t.Fatal("the program is not a child of check")
	}
	b.awaitWalks(pid, 3)
	fmt.Fprintln(in, code)
	rest, err := io.ReadAll(out)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = command.Wait()
	got := result{stdout: strings.TrimSpace(string(rest)), stderr: words.String(), code: command.ProcessState.ExitCode()}
	var document checked
	if written, err := os.ReadFile(report); err != nil || json.Unmarshal(written, &document) != nil {
		b.t.Fatalf("no report: %v: %+v", err, got)
	}
	if len(document.Processes) == 1 && document.Processes[0].PID != pid {
		b.t.Errorf("the report is of process %d, not of %d", document.Processes[0].PID, pid)
	}
	return document, got
}

// awaitWalks waits until the agent of a process has been asked for so many
// more walks: then the figures of those before the last have been read.
func (b *bench) awaitWalks(pid int, more uint64) {
	b.t.Helper()
	begun := uint64(0)
	for end := time.Now().Add(hang); time.Now().Before(end); time.Sleep(time.Millisecond) {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, link := range links {
			if target, _ := os.Readlink(link); target != "/memfd:"+page.PageName+" (deleted)" {
				continue
			}
			var b [page.HeaderSize]byte
			file, err := os.Open(link)
			if err != nil {
				continue
			}
			_, err = file.ReadAt(b[:], 0)
			file.Close()
			header, decodeErr := page.DecodeHeader(b[:])
			if err != nil || decodeErr != nil {
				continue
			}
			if begun == 0 {
				begun = header.Walks + 1
			}
			if header.Walks+1 >= begun+more {
				return
			}
		}
	}
	b.t.Fatalf("nobody asks process %d for walks", pid)
}

func TestCheckGatesARealProgram(t *testing.T) {
	b := newBench(t)
	held := "--max-fragmentation 0.9 --max-slack 4GiB --min-largest-free 1MiB --max-retries 0 --max-ooms 0"
	document, got := b.check(held, 0)
	if got.code != 0 || got.stdout != "" || document.Verdict != "passed" {
		t.Fatalf("exit code %d, %+v, %q", got.code, document, got.stderr)
	}
	fragmentation := document.value(t, "max-fragmentation")
	if fragmentation < 0.4 || fragmentation > 0.6 {
		t.Errorf("fragmentation %v: half of the memory is stranded", fragmentation)
	}

	document, got = b.check("--max-fragmentation 0.2 --max-ooms 0", 0)
	if got.code != 3 || document.Verdict != "crossed" || !strings.Contains(got.stderr, "limit crossed: max-fragmentation") {
		t.Errorf("exit code %d, %+v, %q", got.code, document, got.stderr)
	}
	if again := document.value(t, "max-fragmentation"); again != fragmentation {
		t.Errorf("fragmentation %v, and %v of the same program", again, fragmentation)
	}

	document, got = b.check("--max-fragmentation 0.2", 9)
	if got.code != 9 || document.Verdict != "crossed" || document.ExitCode == nil || *document.ExitCode != 9 {
		t.Errorf("its own failure does not win: exit code %d, %+v", got.code, document)
	}
}

func TestCheckCountsErrorsThatAProgramCaught(t *testing.T) {
	b := newBench(t)
	document, got := b.check("--max-ooms 0 --max-retries 0", 0, "oom")
	if got.code != 3 || document.value(t, "max-ooms") != 1 {
		t.Errorf("exit code %d, %+v", got.code, document)
	}
	if _, got = b.check("--max-ooms 1 --max-retries 9", 0, "oom"); got.code != 0 {
		t.Errorf("one is allowed: exit code %d, %q", got.code, got.stderr)
	}
}

func TestCheckOfARunningProcess(t *testing.T) {
	b := newBench(t)
	p := b.start(3)
	p.tell("step 400")
	want, _ := b.rows(p)[0]["fragmentation_ratio"].(float64)
	for limit, code := range map[string]int{"1": 0, "0": 3} {
		got := b.monitor("check", "--max-fragmentation", limit, "--output", "json", fmt.Sprint(p.pid()))
		var document checked
		if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		if got.code != code || want == 0 || document.value(t, "max-fragmentation") != want || document.Processes[0].Samples != 1 {
			t.Errorf("limit %s: exit code %d, want %d; %+v, --json says %v", limit, got.code, code, document, want)
		}
	}
	got := b.monitor("check", "--max-growth", "1MiB/min", "--warm-up", "0s", "--duration", "11s", "--interval", "200ms", "--output", "json", fmt.Sprint(p.pid()))
	var document checked
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil || got.code != 0 || document.value(t, "max-growth") != 0 {
		t.Errorf("a process that stands still grows: %v, %+v", err, got)
	}
}
