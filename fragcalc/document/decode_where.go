package document

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

type readWhere struct {
	Kind      string  `json:"kind"`
	ID        *string `json:"id"`
	Name      *string `json:"name"`
	Container *string `json:"container"`
	Pod       *string `json:"pod"`
	PodUID    *string `json:"pod_uid"`
	SlurmJob  *string `json:"slurm_job"`
	SlurmStep *string `json:"slurm_step"`
	Unit      *string `json:"unit"`
	Outer     *string `json:"outer"`
}

type readTask struct {
	Rank       *int    `json:"rank"`
	World      *int    `json:"world_size"`
	LocalRank  *int    `json:"local_rank"`
	LocalWorld *int    `json:"local_world_size"`
	JobKind    *string `json:"job_kind"`
	JobID      *string `json:"job_id"`
}

func (d *decoder) where(in *readWhere) fragcalc.Where {
	if in == nil || in.Kind == "" {
		return fragcalc.Where{Reason: d.null("where")}
	}
	return fragcalc.Where{
		Kind: clean(in.Kind), ID: orEmpty(in.ID), Name: orEmpty(in.Name), Container: orEmpty(in.Container),
		Pod: orEmpty(in.Pod), PodUID: orEmpty(in.PodUID), SlurmJob: orEmpty(in.SlurmJob), SlurmStep: orEmpty(in.SlurmStep),
		Unit: orEmpty(in.Unit), Outer: orEmpty(in.Outer),
	}
}

func (d *decoder) task(in *readTask) fragcalc.Task {
	return fragcalc.Task{
		Rank: d.rank("rank", in.Rank, 0), World: d.rank("world_size", in.World, 1),
		LocalRank: d.rank("local_rank", in.LocalRank, 0), LocalWorld: d.rank("local_world_size", in.LocalWorld, 1),
		JobKind: d.text("job_kind", in.JobKind), JobID: d.text("job_id", in.JobID),
	}
}

// rank is a rank or a number of ranks.
func (d *decoder) rank(name string, value *int, least int) fragcalc.Known[int] {
	n := d.number(name, value)
	if n, ok := n.Get(); ok && (n < least || n > ranks.MostRanks) {
		return fragcalc.Unknown[int]("the file says a rank that cannot be")
	}
	return n
}
