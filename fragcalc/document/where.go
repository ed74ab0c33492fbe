package document

import (
	"cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

// where writes where a process lives. A null inside is a thing that the process
// is not in, or whose name is not known.
func (w *writer) where(at *fragcalc.Where) {
	if at.Kind == "" {
		w.null("where", cmp.Or(at.Reason, w.untold))
		return
	}
	w.key("where")
	w.open('{')
	w.text("kind", at.Kind)
	w.word("id", at.ID)
	w.word("name", at.Name)
	w.word("container", at.Container)
	w.word("pod", at.Pod)
	w.word("pod_uid", at.PodUID)
	w.word("slurm_job", at.SlurmJob)
	w.word("slurm_step", at.SlurmStep)
	w.word("unit", at.Unit)
	w.word("outer", at.Outer)
	w.close('}')
}

// task writes which part of which job a process is.
func (w *writer) task(t *fragcalc.Task) {
	w.number("rank", t.Rank)
	w.number("world_size", t.World)
	w.number("local_rank", t.LocalRank)
	w.number("local_world_size", t.LocalWorld)
	w.textOrNull("job_kind", t.JobKind, "no job is known")
	w.textOrNull("job_id", t.JobID, "no job is known")
}

// word writes a text, or null without a fault.
func (w *writer) word(name, value string) {
	if value == "" {
		w.plainNull(name)
		return
	}
	w.text(name, value)
}

// jobs writes the jobs of several ranks that a document's processes are of.
// rows are all there are: a job is told as a whole where the document has some
// of its processes only.
func (w *writer) jobs(s *fragcalc.Snapshot, rows []fragcalc.Process) {
	if rows == nil {
		rows = s.Processes
	}
	shown := map[ranks.ID]bool{}
	for i := range s.Processes {
		if id, ok := ranks.Of(&s.Processes[i]); ok {
			shown[id] = true
		}
	}
	var groups []ranks.Group
	for _, g := range ranks.Groups(rows) {
		if shown[g.ID] && g.Many() {
			groups = append(groups, g)
		}
	}
	w.array("jobs", len(groups), func(i int) { w.job(&groups[i]) })
}

func (w *writer) job(g *ranks.Group) {
	w.text("kind", g.Kind)
	w.text("id", g.Job)
	w.numberOrNull("world_size", g.World)
	w.integer("gpus", int64(g.GPUs))
	w.text("instrumented", g.Inside())
	w.sum("gpu_memory_bytes", g.GPUMemory)
	w.sum("reserved_bytes", g.Reserved)
	w.sum("used_bytes", g.Used)
	w.sum("stranded_bytes", g.Stranded)
	w.integer("rows_untold", int64(g.Reserved.Unknown))
	w.absent(g)
	w.array("members", len(g.Members), func(i int) {
		m := &g.Members[i]
		w.integer("pid", int64(m.PID))
		w.integer("start_ticks", int64(m.StartTicks))
		w.numberOrNull("rank", m.Rank)
		w.boolean("instrumented", m.Instrumented)
		w.word("reason", m.Why)
	})
}

func (w *writer) numberOrNull(name string, n fragcalc.Known[int]) {
	if n, ok := n.Get(); ok {
		w.integer(name, int64(n))
		return
	}
	w.plainNull(name)
}

func (w *writer) sum(name string, s ranks.Sum) { w.integerOrNull(name, s.Bytes) }

// absent writes the ranks of which there is no process, as runs.
func (w *writer) absent(g *ranks.Group) {
	type run struct {
		ranks.Range
		node string
	}
	var runs []run
	for _, part := range []struct {
		ranges []ranks.Range
		node   string
	}{{g.Unseen, "this"}, {g.Elsewhere, "other"}, {g.Unplaced, "unknown"}} {
		for _, r := range part.ranges {
			runs = append(runs, run{r, part.node})
		}
	}
	w.array("ranks_absent", len(runs), func(i int) {
		w.integer("first", int64(runs[i].First))
		w.integer("last", int64(runs[i].Last))
		w.text("node", runs[i].node)
	})
}
