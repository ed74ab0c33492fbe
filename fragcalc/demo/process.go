package demo

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// process is one program on the node, with a rank on each GPU that it uses.
type process struct {
	facts    fragcalc.Process // what does not change; the row's GPU and figures are empty
	unseen   string           // why its allocator cannot be seen; empty when it can
	ranks    []*rank
	released time.Time // when its cache was last released on request
	most     int64     // blocks in use at once, ever
	recorded bool      // its history is being recorded
	stopped  bool      // by a signal
}

// rank is a process's share of one GPU.
type rank struct {
	gpu       int
	context   int64 // GPU memory outside of the allocator: CUDA context, libraries
	allocator *whatif.Allocator
	workload  workload
	ooms      int64 // that events tell of
}

// workload is what a program does in one tick.
type workload interface {
	tick(now int64)
}

func (p *process) step(now int64) {
	if p.stopped {
		return
	}
	blocks := int64(0)
	for _, r := range p.ranks {
		r.workload.tick(now)
		if r.allocator != nil {
			blocks += r.allocator.Stats().ActiveBlocks.Current
		}
	}
	p.most = max(p.most, blocks)
}

// rows returns the process as the table shows it: one row for each GPU.
func (p *process) rows(gpus []*gpu, now int64) []fragcalc.Process {
	var rows []fragcalc.Process
	blocks := 0
	for _, r := range p.ranks {
		row := p.facts
		row.GPUUUID = gpus[r.gpu].uuid
		if p.unseen != "" {
			row.GPUMemory = fragcalc.Of(r.context)
			hide(&row, p.unseen)
		} else {
			blocks += r.measure(&row, gpus[r.gpu].memory)
		}
		rows = append(rows, row)
	}
	if p.unseen != "" {
		return rows
	}
	for i := range rows {
		rows[i].SnapshotAge = fragcalc.Of(age(now, p.facts.PID))
		rows[i].Watching = watching(blocks, int(p.most))
	}
	return rows
}

// hide marks everything unknown that only the inside of a process could tell.
func hide(row *fragcalc.Process, reason string) {
	row.Figures = fragcalc.UnknownFigures(reason)
	row.SnapshotAge = fragcalc.Unknown[time.Duration](reason)
	row.ActivePeak = fragcalc.Unknown[int64](reason)
	row.ReservedPeak = fragcalc.Unknown[int64](reason)
	row.AllocRetries = fragcalc.Unknown[int64](reason)
	row.OOMs = fragcalc.Unknown[int64](reason)
	row.Watching = fragcalc.Watching{
		Share:     fragcalc.Unknown[float64](reason),
		WorstHold: fragcalc.Unknown[time.Duration](reason),
		NextHold:  fragcalc.Unknown[time.Duration](reason),
	}
	row.Hook = fragcalc.ReleaseHook{Reason: reason}
}

// measure fills a row from a walk over the rank's allocator and returns how many
// blocks it has.
func (r *rank) measure(row *fragcalc.Process, memory *whatif.Memory) (blocks int) {
	stats := r.allocator.Stats()
	row.Instrumented = true
	row.Hook = fragcalc.ReleaseHook{Available: true}
	row.GPUMemory = fragcalc.Of(r.context + stats.Reserved.Current)
	row.ActivePeak = fragcalc.Of(stats.Active.Peak)
	row.ReservedPeak = fragcalc.Of(stats.Reserved.Peak)
	row.AllocRetries = fragcalc.Of(stats.Retries)
	row.OOMs = fragcalc.Of(stats.OOMs)

	row.Pools = fragcalc.GroupPools(r.allocator.Segments())
	row.Figures = fragcalc.Measure(row.Pools, row.Settings)
	row.Room = fragcalc.Room{
		DeviceFree:  fragcalc.Of(memory.Available()),
		Allowed:     r.allocator.Allowed(),
		DeviceFrees: fragcalc.Of(stats.DeviceFrees),
	}
	row.Fit(row.Pools, row.Settings, row.Room)
	row.Against(row.GPUMemory, row.ActivePeak)
	for _, pool := range row.Pools {
		for _, segment := range pool.Segments {
			blocks += len(segment.Blocks)
		}
	}
	return blocks
}

// age is how old the figures of a process are: the walks of a live process are
// not in step with the monitor.
func age(now int64, pid int) time.Duration {
	return time.Duration(15+(now*131+int64(pid)*17)%480) * time.Millisecond
}

// watching is what one walk a second costs a process. PyTorch 2.6 takes about
// 1 µs a block.
func watching(blocks, most int) fragcalc.Watching {
	hold := func(blocks int) time.Duration {
		return 180*time.Microsecond + time.Duration(blocks)*1100*time.Nanosecond
	}
	return fragcalc.Watching{
		Share:     fragcalc.Of(hold(blocks).Seconds()),
		WorstHold: fragcalc.Of(hold(max(blocks, most))),
		NextHold:  fragcalc.Of(hold(blocks)),
	}
}
