package advice

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	mib = 1 << 20
	gib = 1 << 30
	// least is what advice is given about, in bytes: less is not worth a
	// sentence on a GPU with tens of GiB.
	least = 64 * mib
)

// matters tells whether a part is worth a sentence: not little by itself, and
// at least some share of a whole.
func matters(part, whole int64, share float64) bool {
	return part >= least && float64(part) >= share*float64(whole)
}

// subject is a process with all that rules look at.
type subject struct {
	*fragcalc.Process
	Inputs
	gpu     *fragcalc.GPU // nil when the snapshot does not list it
	others  int           // other processes of the snapshot on this GPU
	file    bool          // a file was read: nobody is there to be asked
	options options
	walk    walk
	trace   trace

	reserved, used, stranded int64 // 0 where unknown
}

func newSubject(p *fragcalc.Process, s *fragcalc.Snapshot, in Inputs) *subject {
	c := &subject{Process: p, Inputs: in, file: s.From != "", options: parseOptions(p.Settings.Text),
		reserved: p.Reserved.Or(0), used: p.Used.Or(0), stranded: p.Stranded.Or(0)}
	for i := range s.GPUs {
		if s.GPUs[i].UUID == p.GPUUUID {
			c.gpu = &s.GPUs[i]
		}
	}
	for i := range s.Processes {
		if q := &s.Processes[i]; q.GPUUUID == p.GPUUUID && q.RowID != p.RowID {
			c.others++
		}
	}
	c.walk = look(p.Pools)
	if p.Trace != nil {
		c.trace = read(p.Trace, c.walk.pins)
	}
	return c
}

// pytorch tells whether PyTorch's own allocator is at work.
func (c *subject) pytorch() bool {
	if c.Framework.Name != "pytorch" || c.Settings.Backend != "" && c.Settings.Backend != "native" {
		return false
	}
	backend, set := c.options["backend"]
	return (!set || backend == "native") && !strings.Contains(c.Settings.Text, "PYTORCH_NO_CUDA_MEMORY_CACHING")
}

// expandableOn tells whether expandable segments are in use: as set, or as the
// walk shows.
func (c *subject) expandableOn() bool {
	return c.walk.expandable || c.options.on("expandable_segments")
}

// since tells whether PyTorch is known to be of a version or a newer one.
func (c *subject) since(major, minor int) bool {
	a, b, ok := version(c.Framework.Version)
	return ok && (a > major || a == major && b >= minor)
}

// before tells whether PyTorch is known to be older than a version.
func (c *subject) before(major, minor int) bool {
	_, _, ok := version(c.Framework.Version)
	return ok && !c.since(major, minor)
}

// held is how much of the GPU other processes hold, as NVML tells.
func (c *subject) held() fragcalc.Bytes {
	if c.gpu == nil {
		return fragcalc.Unknown[int64]("the GPU is unknown")
	}
	used, known := c.gpu.MemoryUsed.Get()
	mine, charged := c.GPUMemory.Get()
	switch {
	case !known:
		return c.gpu.MemoryUsed
	case !charged:
		return c.GPUMemory
	}
	return fragcalc.Of(max(used-mine, 0))
}

// freeShare is the free share of the GPU's memory.
func (c *subject) freeShare() fragcalc.Ratio {
	if c.gpu == nil {
		return fragcalc.Unknown[float64]("the GPU is unknown")
	}
	free, known := c.gpu.MemoryFree.Get()
	total, known2 := c.gpu.MemoryTotal.Get()
	if !known || !known2 || total <= 0 {
		return fragcalc.Unknown[float64]("the GPU's memory is unknown")
	}
	return fragcalc.Of(float64(free) / float64(total))
}

// runs tells whether the command line names a program.
func (c *subject) runs(name string) bool {
	return strings.Contains(strings.ToLower(c.Command), name)
}
