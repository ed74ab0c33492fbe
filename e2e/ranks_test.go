//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// Eight ranks of real PyTorch, one of them started without us: which one that
// is stands in --json and --once, by number.
func TestEightRanks(t *testing.T) {
	b := newBench(t, "GFT_FAKE_DEVICES=8")
	var ranks []*program
	for rank := range 8 {
		args := []string{fmt.Sprint("RANK=", rank), "WORLD_SIZE=8", fmt.Sprint("LOCAL_RANK=", rank), "LOCAL_WORLD_SIZE=8", fmt.Sprint("CUDA_VISIBLE_DEVICES=", rank)}
		if rank != 5 {
			args = append(args, binary, "run", "--")
		}
		p := b.startCommand("env", append(args, b.py, "torch/program.py", fmt.Sprint(rank))...)
		p.tell("step 20")
		ranks = append(ranks, p)
	}
	const words = "7 of 8 ranks instrumented: rank 5 is not: started without gpufragtop run"
	var document struct {
		Processes []struct {
			PID          int
			Instrumented bool
			Rank, World  *int `json:"-"`
		}
		Jobs []struct {
			Kind, ID, Instrumented string
			GPUs                   int
			Reserved               int64 `json:"reserved_bytes"`
			Untold                 int   `json:"rows_untold"`
			Members                []struct {
				PID          int
				Rank         *int
				Instrumented bool
				Reason       *string
			}
		}
	}
	got := b.monitor("--json", "--filter", "rank==5")
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		t.Fatalf("%v: %s", err, got.stderr)
	}
	if len(document.Processes) != 1 || document.Processes[0].PID != ranks[5].pid() || document.Processes[0].Instrumented {
		t.Errorf("rank 5 is %+v", document.Processes)
	}
	if len(document.Jobs) != 1 {
		t.Fatalf("jobs %+v", document.Jobs)
	}
	job := document.Jobs[0]
	if job.Kind != "launcher" || job.ID != fmt.Sprint(os.Getpid()) || job.Instrumented != words || job.GPUs != 8 || job.Untold != 1 || len(job.Members) != 8 {
		t.Errorf("job %+v", job)
	}
	reserved := int64(0)
	for rank, m := range job.Members {
		if m.Rank == nil || *m.Rank != rank || m.PID != ranks[rank].pid() || m.Instrumented != (rank != 5) || (m.Reason == nil) != (rank != 5) {
			t.Errorf("member %d is %+v", rank, m)
		}
		if rank != 5 {
			reserved += ranks[rank].truth(0).reserved
		}
	}
	if job.Reserved != reserved || reserved == 0 {
		t.Errorf("reserved %d in all, PyTorch says %d", job.Reserved, reserved)
	}
	if once := b.monitor("--once").stdout; !strings.Contains(once, fmt.Sprintf("started by %d: 8 ranks on 8 GPUs, %s", os.Getpid(), words)) {
		t.Error(once)
	}
	t.Log(job.Instrumented)
	for _, p := range ranks {
		if code, said := p.quit(0); code != 0 || said != "" {
			t.Errorf("exit code %d, standard error %q", code, said)
		}
	}
}
