package probe

import (
	"os"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// row adds one process that speaks for itself, on one GPU. device is nil where
// its page does not tell of this GPU.
func (j *join) row(f *procs.Facts, in *agents.Process, device *agents.Device, uuid string, memory, free fragcalc.Bytes) *fragcalc.Process {
	p := j.base(f, uuid, memory, in.Variables)
	p.Instrumented = true
	p.Framework, p.Settings, p.Job = in.Framework, in.Settings, in.Job
	p.Watching, p.Hook, p.Ranks = in.Watching, in.Hook, in.Ranks
	if j.readonly {
		p.Hook = fragcalc.ReleaseHook{Reason: readonly}
	}
	if device == nil {
		unknown(p, pageReason(in))
		return p
	}
	p.Figures, p.Pools, p.SnapshotAge = device.Figures, device.Pools, device.Age
	c := device.Counters
	p.ActivePeak, p.ReservedPeak, p.AllocRetries, p.OOMs = c.ActivePeak, c.ReservedPeak, c.AllocRetries, c.OOMs
	p.Room = fragcalc.Room{DeviceFree: free, Allowed: c.Allowed, DeviceFrees: c.DeviceFrees}
	p.Fit(p.Pools, p.Settings, p.Room)
	p.Against(memory, p.ActivePeak)
	if device.Reason != "" {
		field := "snapshot_age_ms"
		if device.Pools == nil {
			field = "pools"
		}
		j.processFault(f.PID, uuid, field, device.Reason)
	}
	return p
}

// pageReason says why a page has no figures for a GPU.
func pageReason(in *agents.Process) string {
	if len(in.Devices) == 0 && len(in.Faults) > 0 {
		return in.Faults[0].Reason
	}
	return "its page does not tell of this GPU yet"
}

// outsider adds one process that does not speak for itself.
func (j *join) outsider(f *procs.Facts, uuid string, memory fragcalc.Bytes) *fragcalc.Process {
	p := j.base(f, uuid, memory, nil)
	why := "not instrumented"
	p.OutOfReach = f.Presence != procs.Gone
	switch f.Presence {
	case procs.Foreign:
		why = "not in this PID namespace"
		p.Command = "host pid " + decimal(f.PID) + ", not in this PID namespace"
	case procs.Hidden:
		why = agents.Hidden
		p.Command = "pid " + decimal(f.PID) + ", hidden by /proc"
	case procs.Gone:
		why = "no such process: it has ended"
		p.Command = "pid " + decimal(f.PID) + ", ended"
	default:
		p.Framework, p.Settings, p.Job = f.Framework, f.Settings, f.Job
		switch p.OutOfReach = f.Denied; {
		case f.Denied && f.UID == os.Geteuid():
			why = agents.Protected
		case f.Denied:
			why = agents.OtherUser
		}
	}
	if f.Presence != procs.Here {
		j.processFault(f.PID, uuid, "command", why)
	}
	p.Hook = fragcalc.ReleaseHook{Reason: why}
	if f.Presence != procs.Here {
		p.Where.Reason, p.Task = why, fragcalc.UnknownTask(why)
	}
	unknown(p, why)
	return p
}

// base adds a row with what every one has. variables are those that the page tells.
func (j *join) base(f *procs.Facts, uuid string, memory fragcalc.Bytes, variables map[string]string) *fragcalc.Process {
	p := j.add()
	p.RowID, p.UID = fragcalc.RowID{ProcessID: f.ProcessID, GPUUUID: uuid}, -1
	p.Host, p.GPUMemory = f.Use, memory
	if f.Presence == procs.Here {
		p.User, p.UID, p.Command = f.User, f.UID, f.Command
		p.Where, p.Task = f.Where(variables)
	}
	if f.Late {
		j.processFault(f.PID, uuid, "command", "the process did not let itself be read in time")
	}
	return p
}

// unknown makes everything that an allocator would tell unknown.
func unknown(p *fragcalc.Process, why string) {
	p.Figures = fragcalc.UnknownFigures(why)
	p.ActivePeak = fragcalc.Unknown[int64](why)
	p.ReservedPeak, p.AllocRetries, p.OOMs = p.ActivePeak, p.ActivePeak, p.ActivePeak
	p.SnapshotAge = fragcalc.Unknown[time.Duration](why)
	p.Watching = fragcalc.Watching{
		Share:     fragcalc.Unknown[float64](why),
		WorstHold: fragcalc.Unknown[time.Duration](why),
		NextHold:  fragcalc.Unknown[time.Duration](why),
	}
}

func decimal(n int) string { return strconv.Itoa(n) }
