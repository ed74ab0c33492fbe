package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

// Whose memory it is, from control groups and environments of a node's /proc:
// in --json, in --once, and for filters.
func TestWhereFromControlGroups(t *testing.T) {
	const id, uid = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9", "1f0c2b9e-7a53-4d1e-9c4b-3f5e6d7c8b9a"
	processes := []struct {
		group, environ    string
		kind, where       string // where as --once has it
		key, value, asked string // of "where", and a filter that finds this process alone
	}{
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + strings.ReplaceAll(uid, "-", "_") + ".slice/cri-containerd-" + id + ".scope",
			"POD_NAME=trainer-0 POD_NAMESPACE=ml", "kubernetes", "pod trainer-0", "pod", "ml/trainer-0", "pod==ml/trainer-0"},
		{"/system.slice/docker-" + id[1:] + "0.scope", "", "docker", "docker a1b2c3d4e5f6", "container", id[1:] + "0", "container~a1b2c3d4e5f607 & where~docker"},
		{"/system.slice/slurmstepd.scope/job_4711/step_0/user/task_0", "SLURM_JOB_ID=4711 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_STEP_NUM_NODES=1",
			"slurm", "slurm 4711.0", "slurm_job", "4711", "job==4711 & rank==0"},
		{"/system.slice/slurmstepd.scope/job_4711/step_0/user/task_1", "SLURM_JOB_ID=4711 SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_STEP_NUM_NODES=1",
			"slurm", "slurm 4711.0", "slurm_step", "0", "job==4711 & rank==1"},
		{`/system.slice/my\x2dserver.service`, "", "systemd", "my-server.service", "unit", "my-server.service", "unit==my-server.service"},
	}
	n := newNVML(t)
	proc := proctest.New(t, true)
	var listed []string
	for i, p := range processes {
		pid := 4001 + i
		listed = append(listed, fmt.Sprintf("%d:%d:1000", pid, i%2))
		proc.Add(pid, 7, "python", "train.py")
		proc.Write(pid, "cgroup", "0::"+p.group+"\n")
		proc.Write(pid, "environ", strings.ReplaceAll(p.environ, " ", "\x00")+"\x00")
	}
	n.env = append(n.env, "HOST_PROC="+proc.Root, "GFT_FAKE_PROCS="+strings.Join(listed, ","))

	once := invoke(t, n.env, "--once")
	for i, p := range processes {
		got := invoke(t, n.env, "--json", "--filter", p.asked)
		var document struct {
			Processes []struct {
				PID   int
				Where map[string]any
			}
			Jobs []struct{ ID, Instrumented string }
		}
		if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
			t.Fatalf("%v: %q %q", err, got.stdout, got.stderr)
		}
		if len(document.Processes) != 1 || document.Processes[0].PID != 4001+i {
			t.Errorf("--filter %q found %+v", p.asked, document.Processes)
			continue
		}
		if where := document.Processes[0].Where; where["kind"] != p.kind || where[p.key] != p.value {
			t.Errorf("%s: %v", p.group, where)
		}
		if !strings.Contains(once.stdout, p.where) {
			t.Errorf("--once does not show %q:\n%s", p.where, once.stdout)
		}
		const words = "0 of 2 ranks instrumented: ranks 0-1 are not: started without gpufragtop run"
		switch {
		case p.kind != "slurm" && len(document.Jobs) != 0, p.kind == "slurm" && (len(document.Jobs) != 1 || document.Jobs[0].ID != "4711.0" || document.Jobs[0].Instrumented != words):
			t.Errorf("jobs %+v", document.Jobs)
		case !strings.Contains(once.stdout, "slurm 4711.0: 2 ranks on 2 GPUs, "+words):
			t.Errorf("--once does not tell of the job:\n%s", once.stdout)
		}
	}
}
