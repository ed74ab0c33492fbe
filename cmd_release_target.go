package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// releaseTargets are whom gpufragtop release is meant for.
type releaseTargets struct {
	pids  []int
	gpus  []string // index or UUID
	ranks int      // pid of one rank
	job   string

	groups [][]fragcalc.ProcessID // the rank groups that choose has found: each is one target
}

func (t *releaseTargets) parse(args []string) error {
	for _, arg := range args {
		pid, err := strconv.Atoi(arg)
		if err != nil || pid <= 0 {
			return failf(exitUsage, "release: %q is not a process id", arg)
		}
		t.pids = append(t.pids, pid)
	}
	for _, name := range t.gpus {
		if index, err := strconv.Atoi(name); (err != nil || index < 0) && !isUUID(name) {
			return failf(exitUsage, "release: --gpu %s: give an index, such as 0, or a UUID (gpufragtop --once lists them)", text.Clean(name, 100))
		}
	}
	if t.ranks < 0 {
		return failf(exitUsage, "release: --ranks %d is not a process id", t.ranks)
	}
	if len(t.pids) == 0 && len(t.gpus) == 0 && t.ranks == 0 && t.job == "" {
		return failf(exitUsage, "release: name a process: gpufragtop release PID…, or --gpu N, --ranks PID, --job ID")
	}
	return nil
}

// choose finds the processes, each once.
func (t *releaseTargets) choose(s *fragcalc.Snapshot) (fanout.Choice, error) {
	var all fanout.Choice
	add := func(c fanout.Choice) {
		for _, id := range c.Targets {
			if !slices.Contains(all.Targets, id) {
				all.Targets = append(all.Targets, id)
			}
		}
		all.Left = append(all.Left, c.Left...)
		for _, absent := range c.Absent {
			if !slices.ContainsFunc(all.Absent, func(o fragcalc.ReleaseOutcome) bool { return o.Target == absent.Target }) {
				all.Absent = append(all.Absent, absent)
			}
		}
	}
	group := func(c fanout.Choice) {
		t.groups = append(t.groups, c.Targets)
		add(c)
	}
	for _, pid := range t.pids {
		add(fanout.Choice{Targets: []fragcalc.ProcessID{identify(s, pid)}})
	}
	for _, name := range t.gpus {
		gpu, ok := findGPU(s, name)
		if !ok {
			return all, failf(exitFailed, "release: no GPU %s on this node (gpufragtop --once lists them)", name)
		}
		add(fanout.OnGPU(s, gpu))
	}
	if t.ranks != 0 {
		c, ok := fanout.Ranks(s, identify(s, t.ranks))
		if !ok {
			return all, failf(exitFailed, "release: %d is no rank of a job as far as is known: name the processes", t.ranks)
		}
		group(c)
	}
	if t.job != "" {
		c, ok := fanout.Job(s, t.job)
		if !ok {
			return all, failf(exitFailed, "release: no job %q uses a GPU of this node", t.job)
		}
		group(c)
	}
	if len(all.Targets) == 0 {
		return all, failf(exitFailed, "release: no instrumented process there: see gpufragtop run, or gpufragtop attach PID")
	}
	return all, nil
}

// obstacle is the error that keeps a rank group from being released in part.
func (t *releaseTargets) obstacle(refusals []fragcalc.ReleaseOutcome) error {
	for _, group := range t.groups {
		if why := fanout.Obstacle(group, refusals); why != "" {
			return failf(exitFailed, "release: nothing was asked: %s; the ranks of a job are one target: --force asks the others all the same", why)
		}
	}
	return nil
}

// isUUID tells whether a word is the UUID of a GPU or MIG instance, or its
// beginning.
func isUUID(name string) bool {
	return strings.HasPrefix(name, "GPU-") || strings.HasPrefix(name, "MIG-")
}

// identify is the process of a row; of one that has none only the pid is known.
func identify(s *fragcalc.Snapshot, pid int) fragcalc.ProcessID {
	for _, p := range s.Processes {
		if p.PID == pid {
			return p.ProcessID
		}
	}
	return fragcalc.ProcessID{PID: pid}
}

func findGPU(s *fragcalc.Snapshot, name string) (fragcalc.GPU, bool) {
	for _, gpu := range s.GPUs {
		if strconv.Itoa(gpu.Index) == name || gpu.UUID == name || len(name) > len("GPU-") && strings.HasPrefix(gpu.UUID, name) {
			return gpu, true
		}
	}
	return fragcalc.GPU{}, false
}
