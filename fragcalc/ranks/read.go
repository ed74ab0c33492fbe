package ranks

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// MostRanks bounds ranks and world sizes that are believed.
const MostRanks = 1 << 20

// Names are the variables that Read looks at.
func Names() []string {
	names := []string{
		"SLURM_JOB_ID", "SLURM_JOBID", "SLURM_STEP_ID", "SLURM_STEP_NUM_NODES", "SLURM_STEP_TASKS_PER_NODE", "SLURM_DISTRIBUTION",
		"TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT", "SGE_TASK_ID",
	}
	for _, s := range rankSources {
		names = append(names, s.rank, s.world, s.otherWorld, s.localRank, s.localWorld)
	}
	for _, q := range queues {
		names = append(names, q.name)
	}
	kept := names[:0]
	for _, name := range names {
		if name != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

// rankSources are the launchers' variables, the most telling first: a
// launcher below another one has the last word.
var rankSources = []struct{ rank, world, otherWorld, localRank, localWorld string }{
	{"RANK", "WORLD_SIZE", "", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
	{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
	{"PMI_RANK", "PMI_SIZE", "", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
	{slurmRank, "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_LOCALID", ""},
}

const slurmRank = "SLURM_PROCID"

// queues are batch systems other than Slurm.
var queues = []struct{ kind, name string }{
	{"pbs", "PBS_JOBID"}, {"lsf", "LSB_JOBID"}, {"sge", "JOB_ID"}, {"flux", "FLUX_JOB_ID"}, {"ray", "RAY_JOB_ID"},
}

// QueueOf is the batch system that started a process with these variables and
// the id of its job; both are empty when there is none. Slurm is not among
// them: Slurm's steps are known from elsewhere, too.
func QueueOf(env map[string]string) (kind, id string) {
	for _, q := range queues {
		id := env[q.name]
		if id == "" || q.kind == "sge" && env["SGE_TASK_ID"] == "" {
			continue // JOB_ID alone may be anybody's
		}
		return q.kind, id
	}
	return "", ""
}

// Read says which part of which job a process is: env are its variables as far
// as they are known, nil when they are not; where is where it lives; launcher is
// the PID of the process that started it, 0 when that is not known or is no
// launcher.
func Read(env map[string]string, where fragcalc.Where, launcher int) fragcalc.Task {
	why := "no variable of a launcher tells one"
	if env == nil {
		why = "its environment is not known"
	}
	task := fragcalc.UnknownTask(why)
	step := SlurmStep(cmp.Or(where.SlurmStep, env["SLURM_STEP_ID"]))
	for _, s := range rankSources {
		rank, ok := number(env[s.rank], 0)
		if !ok || s.rank == slurmRank && !isNumber(step) {
			continue // a batch script has the rank 0 of nothing
		}
		task.Rank = fragcalc.Of(rank)
		for _, name := range []string{s.world, s.otherWorld} {
			if world, ok := number(env[name], rank+1); ok && name != "" {
				task.World = fragcalc.Of(world)
				break
			}
		}
		if local, ok := number(env[s.localRank], 0); ok && local <= rank {
			task.LocalRank = fragcalc.Of(local)
		}
		if world, ok := number(env[s.localWorld], 1); ok {
			task.LocalWorld = fragcalc.Of(world)
		}
		if s.rank == slurmRank {
			task.LocalWorld = slurmLocalWorld(env, task.World)
		}
		break
	}
	task.JobKind, task.JobID = identity(env, where, step, launcher, task)
	return task
}

// identity is what all ranks of the job have in common, and no other job has.
func identity(env map[string]string, where fragcalc.Where, step string, launcher int, task fragcalc.Task) (kind, id string) {
	run := env["TORCHELASTIC_RUN_ID"]
	if run == "none" { // torchrun's default
		run = ""
	}
	meet := env["MASTER_ADDR"]
	if port := env["MASTER_PORT"]; meet != "" && port != "" {
		meet += ":" + port
	} else {
		meet = ""
	}
	if job := cmp.Or(where.SlurmJob, env["SLURM_JOB_ID"], env["SLURM_JOBID"]); job != "" {
		if isNumber(step) {
			return "slurm", fragcalc.SlurmID(job, step)
		}
		// A batch script may start several of them.
		return "slurm", joined(fragcalc.SlurmID(job, step), cmp.Or(run, meet))
	}
	if kind, id := QueueOf(env); kind != "" {
		return kind, joined(id, cmp.Or(run, meet))
	}
	kind = "rendezvous"
	if env["TORCHELASTIC_RUN_ID"] != "" {
		kind = "torchrun"
	}
	if run != "" {
		return kind, run
	}
	if !task.Rank.Known() {
		return "", ""
	}
	switch {
	case meet != "" && isLocal(env["MASTER_ADDR"]): // in its own container's network
		return kind, joined(meet, where.Container)
	case meet != "":
		return kind, meet
	case launcher > 1 && task.World.Or(1) > 1:
		return "launcher", strconv.Itoa(launcher)
	}
	return "", ""
}

// slurmLocalWorld is how many ranks of a step there are on each of its nodes, if
// they are as many on all, and those of a node follow one another.
func slurmLocalWorld(env map[string]string, world fragcalc.Known[int]) fragcalc.Known[int] {
	if env["SLURM_STEP_NUM_NODES"] == "1" {
		return world
	}
	tasks, times, several := strings.Cut(env["SLURM_STEP_TASKS_PER_NODE"], "(x") // 4(x2)
	each, ok := number(tasks, 1)
	distribution := env["SLURM_DISTRIBUTION"]
	if !ok || several && !strings.HasSuffix(times, ")") || strings.Contains(times, ",") || distribution != "" && !strings.HasPrefix(distribution, "block") {
		return fragcalc.Unknown[int]("Slurm does not tell how many there are on this node")
	}
	return fragcalc.Of(each)
}

// SlurmStep is a step as people write it: Slurm numbers its own ones from the
// end of the range.
func SlurmStep(step string) string {
	switch step {
	case "4294967291":
		return "batch"
	case "4294967292":
		return "extern"
	case "4294967290":
		return "interactive"
	}
	return step
}

func isLocal(address string) bool {
	return address == "localhost" || address == "::1" || strings.HasPrefix(address, "127.")
}

func joined(id, more string) string {
	if more == "" {
		return id
	}
	return id + "/" + more
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

// number reads a rank or a count that is at least least.
func number(s string, least int) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n > MostRanks || int(n) < least {
		return 0, false
	}
	return int(n), true
}
