//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manyOutcomes are the lines of release --json for several processes.
func manyOutcomes(t *testing.T, got result) (byPID map[int]released, total map[string]any) {
	t.Helper()
	byPID = map[int]released{}
	for line := range strings.Lines(got.stdout) {
		var kind struct {
			Schema string
			PID    int
		}
		if err := json.Unmarshal([]byte(line), &kind); err != nil {
			t.Fatalf("%v: %q %q", err, line, got.stderr)
		}
		into := any(&total)
		var one released
		if kind.Schema == "gpufragtop-release/1" {
			into = &one
		}
		if err := json.Unmarshal([]byte(line), into); err != nil {
			t.Fatal(err)
		}
		if kind.PID != 0 {
			byPID[kind.PID] = one
		}
	}
	return byPID, total
}

// Three ranks of one job, a fourth process beside them and one that is only to
// be watched: each way of naming them asks those that are meant.
func TestReleaseOfSeveral(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0", "GFT_FAKE_DEVICES=8", "CUDA_VISIBLE_DEVICES=7") // where no other test has a process
	job := fmt.Sprint(900000000 + os.Getpid())                                                           // of no other test that runs beside this one
	var ranks []*program
	env := b.env
	for rank := range 3 {
		b.env = append(env, fmt.Sprint("RANK=", rank), "WORLD_SIZE=3", "LOCAL_RANK="+fmt.Sprint(rank), "LOCAL_WORLD_SIZE=3", "SLURM_JOB_ID="+job, fmt.Sprint("SLURM_PROCID=", rank))
		ranks = append(ranks, b.start(1+rank))
	}
	b.env = env
	alone := b.start(9)
	watched := b.start(10, "--watch-only")
	all := append(append([]*program(nil), ranks...), alone, watched)
	for _, c := range []struct {
		name string
		args []string
		done []*program
		code int
	}{
		{"pids", []string{fmt.Sprint(ranks[0].pid()), fmt.Sprint(alone.pid())}, []*program{ranks[0], alone}, 0},
		{"ranks", []string{"--ranks", fmt.Sprint(ranks[1].pid())}, ranks, 0},
		{"job", []string{"--job", job}, ranks, 0},
		{"gpu, one refuses", []string{"--gpu", "7"}, append(append([]*program(nil), ranks...), alone), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := map[int]bool{}
			for _, p := range c.done {
				want[p.pid()] = true
			}
			for _, p := range all {
				address := p.tell("alloc 60000000")["address"].(float64)
				p.tell(fmt.Sprintf("free %.0f", address))
			}
			got := b.monitor(append([]string{"release", "--yes", "--json", "--no-wait"}, c.args...)...)
			byPID, total := manyOutcomes(t, got)
			done := 0
			for pid, o := range byPID {
				if (o.Status == "done") != want[pid] {
					t.Errorf("%d: %+v", pid, o)
				}
				if o.Status == "done" {
					done++
				}
			}
			if got.code != c.code || done != len(want) || total["released"] != float64(len(want)) || total["processes"] != float64(len(byPID)) {
				t.Errorf("exit code %d, %d done, total %v: %s", got.code, done, total, got.stderr)
			}
			for _, p := range all {
				if kept := p.truth(0).releaseReturn > 0; kept == want[p.pid()] {
					t.Errorf("%d, released %v, still has a cache: %v", p.pid(), want[p.pid()], kept)
				}
			}
		})
	}
	got := b.monitor("release", "--yes", "--no-wait", fmt.Sprint(alone.pid()), fmt.Sprint(watched.pid()))
	if got.code != 1 || !strings.Contains(got.stdout, fmt.Sprint(alone.pid())+" GPU 7: released") || !strings.Contains(got.stdout, fmt.Sprint(watched.pid())+" not released: its release hook is off") ||
		!strings.Contains(got.stdout, "total: 1 of 2 processes released") || !strings.Contains(got.stderr, "1 of 2 processes were not released") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

// The ranks of a job are one target: one that is stopped keeps the others, unless
// --force is given; one that was started without the shim does not, and counts
// as not released.
func TestReleaseOfARankGroup(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0", "GFT_FAKE_DEVICES=8", "CUDA_VISIBLE_DEVICES=6")
	job := fmt.Sprint(950000000 + os.Getpid())
	env := b.env
	var ranks []*program
	for rank := range 3 {
		b.env = append(env, fmt.Sprint("RANK=", rank), "WORLD_SIZE=3", "SLURM_JOB_ID="+job, fmt.Sprint("SLURM_PROCID=", rank))
		if rank == 2 {
			ranks = append(ranks, b.startCommand(b.py, "torch/program.py", "3"))
			continue
		}
		ranks = append(ranks, b.start(1+rank))
	}
	b.env = env
	for _, p := range ranks {
		address := p.tell("alloc 60000000")["address"].(float64)
		p.tell(fmt.Sprintf("free %.0f", address))
	}
	got := b.monitor("release", "--job", job, "--yes", "--no-wait")
	if got.code != 1 || !strings.Contains(got.stdout, "total: 2 of 3 processes released") || !strings.Contains(got.stderr, fmt.Sprint(ranks[2].pid())+" cannot be asked") ||
		!strings.Contains(got.stderr, "1 of 3 processes were not released") {
		t.Errorf("one not instrumented: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	address := ranks[0].tell("alloc 60000000")["address"].(float64)
	ranks[0].tell(fmt.Sprintf("free %.0f", address))
	stopped := ranks[1].command.Process
	if err := stopped.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stopped.Signal(syscall.SIGCONT) }()
	for !strings.Contains(statOf(t, stopped.Pid), ") T ") {
		time.Sleep(time.Millisecond)
	}
	got = b.monitor("release", "--job", job, "--yes", "--no-wait")
	if got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, fmt.Sprintf("nothing was asked: %d will refuse: the process is stopped", stopped.Pid)) ||
		!strings.Contains(got.stderr, "--force") || ranks[0].truth(0).releaseReturn == 0 {
		t.Errorf("one stopped: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	got = b.monitor("release", "--job", job, "--yes", "--no-wait", "--force")
	if got.code != 1 || !strings.Contains(got.stdout, "total: 1 of 3 processes released") || ranks[0].truth(0).releaseReturn != 0 {
		t.Errorf("one stopped, forced: exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

func statOf(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	return string(stat)
}

// What another process takes while a cache is released is said; and by default
// the retries of the next ten seconds are waited for.
func TestReleaseWaitsForTheRetries(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("step 100")
	begun := time.Now()
	got := b.monitor("release", fmt.Sprint(p.pid()), "--yes")
	if got.code != 0 || !strings.Contains(got.stdout, "nothing of it was taken meanwhile") || !strings.Contains(got.stdout, "GIL held 0 ms") ||
		!strings.Contains(got.stdout, fmt.Sprint(p.pid())+": 0 allocation retries in the 10") || time.Since(begun) < 10*time.Second {
		t.Errorf("exit code %d after %v: %s%s", got.code, time.Since(begun), got.stdout, got.stderr)
	}
	p.tell("step 20")
	got = b.monitor("release", fmt.Sprint(p.pid()), "--yes", "--json", "--no-wait")
	var outcome struct {
		Retries *int `json:"retries_next_10s"`
		Faults  []struct{ Field, Reason string }
	}
	if err := json.Unmarshal([]byte(got.stdout), &outcome); err != nil || outcome.Retries != nil || len(outcome.Faults) == 0 || !strings.Contains(outcome.Faults[0].Reason, "--no-wait") {
		t.Errorf("%v: %s", err, got.stdout)
	}
}
