package procs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/probe/procs/cgroup"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

const (
	container = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	podUID    = "1f0c2b9e-7a53-4d1e-9c4b-3f5e6d7c8b9a"
	pod       = "/kubepods/pod" + podUID + "/" + container
	step      = "/system.slice/slurmstepd.scope/job_4711/step_0/user/task_3"
	sluid     = "/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/user/task_3"
	login     = "/user.slice/user-1000.slice/session-3.scope"
)

func TestWhere(t *testing.T) {
	for _, test := range []struct {
		path, env  string // environ, its variables separated by spaces
		narrow     bool
		text, full string
	}{
		{"/docker/" + container, "", false, "docker 0a1b2c3d4e5f", "docker 0a1b2c3d4e5f, container " + container},
		{pod, "", false, "pod " + podUID, "pod " + podUID + ", container " + container},
		{pod, "POD_NAME=trainer-0 POD_NAMESPACE=ml", false, "pod trainer-0", "pod trainer-0, pod ml/trainer-0, uid " + podUID + ", container " + container},
		{pod, "KUBERNETES_SERVICE_HOST=10.0.0.1 HOSTNAME=trainer-0", false, "pod trainer-0", "pod trainer-0, uid " + podUID + ", container " + container},
		{pod, "HOSTNAME=node17", false, "pod " + podUID, "pod " + podUID + ", container " + container},
		{"/", "POD_NAME=trainer-0", true, "pod trainer-0", "pod trainer-0"},
		{login, "POD_NAME=trainer-0", false, "session", "session, unit session-3.scope"},
		{step, "", false, "slurm 4711.0", "slurm 4711.0"},
		{sluid, "", false, "slurm s5K1KKYAYG5D00.0", "slurm s5K1KKYAYG5D00.0"},
		{sluid, "SLURM_JOB_ID=4711", false, "slurm 4711.0", "slurm 4711.0"},
		{login, "SLURM_JOBID=4711 SLURM_STEP_ID=2", false, "slurm 4711.2", "slurm 4711.2, unit session-3.scope"},
		{step, "APPTAINER_NAME=torch.sif", false, "slurm 4711.0", "slurm 4711.0, container torch.sif"},
		{login, "SINGULARITY_NAME=torch.sif", false, "apptainer torch.sif", "apptainer torch.sif, unit session-3.scope"},
		{login, "PBS_JOBID=12.server", false, "pbs 12.server", "pbs 12.server, unit session-3.scope"},
		{step + "/libpod-" + container, "", false, "podman 0a1b2c3d4e5f", "podman 0a1b2c3d4e5f, container " + container + ", slurm 4711.0"},
		{"/docker/" + container + "/docker/" + container, "", false, "docker 0a1b2c3d4e5f", "docker 0a1b2c3d4e5f, container " + container + ", inside docker"},
		{"/system.slice/vllm@0.service", "", false, "vllm@0.service", "vllm@0.service"},
		{"/user.slice/user-1.slice/user@1.service/app.slice/jupyter.service", "", false, "jupyter.service", "jupyter.service"},
		{"/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope", "", false, "session", "session, unit app-x.scope"},
		{"/lxc/web1", "", false, "lxc web1", "lxc web1"},
		{"/", "", false, "host", "host"},
		{"/", "", true, "", "unknown: this monitor runs in a container and sees no control groups outside of it"},
		{"", "", false, "", "unknown: its control groups cannot be read"},
	} {
		p := proctest.New(t, true)
		p.Add(50, 777, "python3")
		if test.path != "" {
			p.Write(50, "cgroup", "0::"+test.path+"\n")
		}
		p.Write(50, "environ", strings.ReplaceAll(test.env, " ", "\x00")+"\x00")
		r := reader(t, p)
		r.narrow = test.narrow
		f := one(t, r, 50)
		w, _ := f.Where(nil)
		if w.Text() != test.text || w.Full() != test.full {
			t.Errorf("%s with %q:\n got  %q, %q\n want %q, %q", test.path, test.env, w.Text(), w.Full(), test.text, test.full)
		}
		if (w.Kind == "") == (w.Reason == "") {
			t.Errorf("%s: %+v", test.path, w)
		}
	}
}

// What a page tells takes the place of the environment.
func TestWhereOfAPage(t *testing.T) {
	f := Facts{Place: cgroup.Parse("0::" + pod), Env: map[string]string{"POD_NAME": "old", "RANK": "1"}}
	w, task := f.Where(map[string]string{"HOSTNAME": "trainer-1", "RANK": "2", "WORLD_SIZE": "4", "MASTER_ADDR": "trainer-0", "MASTER_PORT": "29500"})
	if w.Name != "trainer-1" || task.Rank.Or(-1) != 2 || task.JobKind != "rendezvous" || task.JobID != "trainer-0:29500" {
		t.Errorf("%+v, %+v", w, task)
	}
}

// Who started a process is known after that one has ended, too.
func TestLauncher(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "python3")
	p.Write(50, "environ", "RANK=0\x00WORLD_SIZE=2\x00")
	stat := func(parent int) {
		p.Write(50, "stat", strings.Replace(proctest.Stat(50, "python", 'S', 777), "S 1 ", "S "+strconv.Itoa(parent)+" ", 1))
	}
	stat(40)
	r := reader(t, p)
	one(t, r, 50)
	stat(1)
	f := one(t, r, 50)
	if _, task := f.Where(nil); task.JobKind != "launcher" || task.JobID != "40" {
		t.Errorf("%+v", task)
	}
}
