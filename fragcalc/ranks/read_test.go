package ranks

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestWhatAJobIs(t *testing.T) {
	inStep := fragcalc.Where{Kind: "slurm", SlurmJob: "s5K1KKYAYG5D00", SlurmStep: "0"}
	for _, test := range []struct {
		env      string
		where    fragcalc.Where
		launcher int
		want     string // kind id rank/world
	}{
		{"SLURM_JOB_ID=4711 SLURM_STEP_ID=0 SLURM_PROCID=3 SLURM_NTASKS=8", fragcalc.Where{}, 0, "slurm 4711.0 3/8"},
		{"SLURM_JOB_ID=4711 SLURM_STEP_ID=0 SLURM_PROCID=3 SLURM_STEP_NUM_TASKS=4 SLURM_NTASKS=8", fragcalc.Where{}, 0, "slurm 4711.0 3/4"},
		{"SLURM_JOBID=4711 SLURM_STEP_ID=4294967291 SLURM_PROCID=0 SLURM_NTASKS=8", fragcalc.Where{}, 0, "slurm 4711.batch"},
		{"SLURM_JOB_ID=4711 SLURM_PROCID=0 SLURM_NTASKS=8", fragcalc.Where{SlurmStep: "batch"}, 0, "slurm 4711.batch"},
		{"SLURM_JOB_ID=4711 RANK=1 WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=29500", fragcalc.Where{SlurmStep: "batch"}, 0, "slurm 4711.batch/localhost:29500 1/2"},
		{"RANK=1 WORLD_SIZE=2 SLURM_PROCID=7", inStep, 0, "slurm s5K1KKYAYG5D00.0 1/2"},
		{"RANK=1 WORLD_SIZE=2 TORCHELASTIC_RUN_ID=abc MASTER_ADDR=h MASTER_PORT=1", fragcalc.Where{}, 50, "torchrun abc 1/2"},
		{"RANK=1 WORLD_SIZE=2 TORCHELASTIC_RUN_ID=none MASTER_ADDR=h MASTER_PORT=1", fragcalc.Where{}, 50, "torchrun h:1 1/2"},
		{"RANK=1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=1", fragcalc.Where{Container: "c0"}, 50, "rendezvous 127.0.0.1:1/c0 1/2"},
		{"MASTER_ADDR=h MASTER_PORT=1", fragcalc.Where{}, 50, ""},
		{"RANK=1 WORLD_SIZE=2", fragcalc.Where{}, 50, "launcher 50 1/2"},
		{"RANK=1 WORLD_SIZE=2", fragcalc.Where{}, 1, " 1/2"},
		{"RANK=0 WORLD_SIZE=1", fragcalc.Where{}, 50, " 0/1"},
		{"OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 PBS_JOBID=7.server", fragcalc.Where{}, 50, "pbs 7.server 2/4"},
		{"PMI_RANK=2 PMI_SIZE=4 LSB_JOBID=8", fragcalc.Where{}, 50, "lsf 8 2/4"},
		{"JOB_ID=8", fragcalc.Where{}, 50, ""},
		{"JOB_ID=8 SGE_TASK_ID=undefined", fragcalc.Where{}, 50, "sge 8"},
		{"FLUX_JOB_ID=f1", fragcalc.Where{}, 50, "flux f1"},
		{"RAY_JOB_ID=01000000 RANK=0 WORLD_SIZE=2 MASTER_ADDR=h MASTER_PORT=9", fragcalc.Where{}, 50, "ray 01000000/h:9 0/2"},
	} {
		env := map[string]string{}
		for variable := range strings.FieldsSeq(test.env) {
			name, value, _ := strings.Cut(variable, "=")
			env[name] = value
		}
		task := Read(env, test.where, test.launcher)
		got := strings.TrimSpace(task.JobKind+" "+task.JobID) + ranked(task)
		if strings.TrimSpace(got) != strings.TrimSpace(test.want) {
			t.Errorf("%s:\n got  %s\n want %s", test.env, got, test.want)
		}
	}
	if task := Read(nil, inStep, 50); task.JobID != "s5K1KKYAYG5D00.0" || task.Rank.Reason() != "its environment is not known" {
		t.Errorf("%+v", task)
	}
}

func ranked(task fragcalc.Task) string {
	rank, ok := task.Rank.Get()
	if !ok {
		return ""
	}
	digits := func(n int) string { return string(rune('0' + n)) }
	return " " + digits(rank) + "/" + digits(task.World.Or(0))
}
