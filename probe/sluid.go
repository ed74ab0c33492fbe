package probe

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// learnJobs gives Slurm's jobs the numbers by which people know them. From
// 26.05 on control groups have ids of another kind; the number is in the
// environment only, which not every process of a job lets us read.
func (j *join) learnJobs() {
	numbers := map[string]string{}
	for i := range j.rows {
		w := &j.rows[i].Where
		if w.SlurmJob == "" {
			continue
		}
		if id := j.fact(j.rows[i].PID).Place.SlurmJob; id != "" && w.SlurmJob != id {
			numbers[id] = w.SlurmJob
		}
	}
	if len(numbers) == 0 {
		return
	}
	for i := range j.rows {
		p := &j.rows[i]
		id := p.Where.SlurmJob
		number, known := numbers[id]
		if id == "" || !known {
			continue
		}
		p.Where.SlurmJob = number
		if p.Where.Kind == "slurm" {
			p.Where.ID = fragcalc.SlurmID(number, p.Where.SlurmStep)
		}
		if rest, ok := strings.CutPrefix(p.Task.JobID, id); ok && p.Task.JobKind == "slurm" {
			p.Task.JobID = number + rest
		}
	}
}
