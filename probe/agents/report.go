package agents

import (
	"errors"
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

const (
	// oldest is how old a walk may be to make a row's figures: older than that
	// the counters, without holes, say more.
	oldest = time.Minute
	// patience is how long an agent may sleep although it is being watched.
	patience = 5 * time.Second
)

// report makes what is known of the process. fresh is when walks newer than
// that were asked for; 0 = never.
func (a *agent) report(at, fresh page.Instant) Process {
	h := a.header
	p := Process{
		ID:        a.id,
		Framework: fragcalc.Framework{Name: a.counters.Framework, Version: a.counters.FrameworkVersion},
		Settings:  a.counters.Settings,
		Variables: a.variables(),
		InnerPID:  int(h.PID),
		Watching:  watchingCost(h),
		Hook:      hook(h, a.id.PID),
		Ranks:     h.Ranks,
	}
	p.Job = procs.JobText(p.Variables)
	if p.Framework.Name != "" {
		p.Framework.Source = "page"
	}
	why := a.reason(at, fresh)
	for _, d := range a.listed() {
		p.Devices = append(p.Devices, a.device(d, at, why))
	}
	for _, e := range a.events {
		event := fragcalc.Event{
			At: e.At, Scope: fragcalc.ScopeProcess, PID: a.id.PID, Kind: eventKind(e.Kind), Text: e.Text,
		}
		switch e.Kind {
		case page.EventOOM:
			oomEvent(e, &event)
		case page.EventRelease, page.EventRefused:
			auditEvent(e, a.monitor, &event)
		}
		p.Events = append(p.Events, event)
	}
	if len(p.Devices) == 0 {
		p.Faults = append(p.Faults, a.fault("reserved_bytes", a.whyNothing(at, why)))
	}
	for _, d := range p.Devices {
		if d.UUID == [16]byte{} {
			p.Faults = append(p.Faults, a.fault("gpu_uuid", fmt.Sprintf("the process could not tell which GPU its device %d is", d.Ordinal)))
		}
	}
	if a.cmdErr != nil {
		p.Faults = append(p.Faults, a.fault("command_page", a.cmdErr.Error()))
		p.Hook = fragcalc.ReleaseHook{Reason: a.cmdErr.Error()}
	}
	if a.nobody != "" {
		p.Hook = fragcalc.ReleaseHook{Reason: a.nobody}
	}
	return p
}

// listed are the devices the process tells of: those of the counters, which
// are newer, or else those of the walk.
func (a *agent) listed() []page.Device {
	if a.counters.Seq != 0 || a.walk == nil {
		return a.counters.Devices
	}
	devices := make([]page.Device, len(a.walk.devices))
	for i, d := range a.walk.devices {
		devices[i] = d.Device
	}
	return devices
}

// device makes one device's figures: all from one walk while there is one that
// is not too old, else what the counters tell.
func (a *agent) device(d page.Device, at page.Instant, why string) Device {
	out := Device{UUID: d.UUID, Ordinal: d.Ordinal, Context: d.Context, Counters: d.Counters, Reason: why}
	w := a.walk
	var found *measured
	if w != nil {
		found = w.device(d.UUID, d.Ordinal)
	}
	switch {
	case w == nil && why == "":
		out.Reason = "no walk over the blocks yet"
	case w == nil:
	case w.cut != "":
		out.Reason = w.cut
	case found == nil:
		out.Reason = "the device is not in the newest walk"
	case at.Since(w.takenAt) > oldest:
		out.Reason = fmt.Sprintf("the newest walk is %s old", seconds(at.Since(w.takenAt)))
		if why != "" {
			out.Reason += ": " + why
		}
	default:
		out.Counters, out.Pools, out.Figures = found.Counters, found.pools, found.figures
		out.Age = fragcalc.Of(at.Since(w.takenAt))
		return out
	}
	takenAt := a.counters.TakenAt
	if a.counters.Seq == 0 {
		takenAt = w.takenAt // the device is listed there
	}
	out.Figures, out.Age = fragcalc.FromCounters(d.Counters, out.Reason), fragcalc.Of(at.Since(takenAt))
	return out
}

// reason says why there is no newer walk; empty if there is nothing to say.
func (a *agent) reason(at, fresh page.Instant) string {
	switch {
	case a.headerErr != nil:
		return a.headerErr.Error()
	case errors.Is(a.countersErr, page.ErrTorn) || errors.Is(a.walkErr, page.ErrTorn):
		return "the newest figures are torn: the process stalled or ended while it wrote them"
	case a.walkErr != nil:
		return "the newest walk makes no sense: " + a.walkErr.Error()
	case a.countersErr != nil:
		return "the newest counters make no sense: " + a.countersErr.Error()
	case a.slot >= 0 && a.silence(at) > patience:
		return fmt.Sprintf("the agent in the process has not answered for %s", seconds(a.silence(at)))
	}
	if why := walkReason(a.header); why != "" && !a.passes(at) {
		return why
	}
	if fresh != 0 && (a.walk == nil || a.walk.takenAt < fresh) {
		return "no newer walk came within a second"
	}
	return ""
}

// whyNothing says why the page tells of no device at all.
func (a *agent) whyNothing(at page.Instant, why string) string {
	switch {
	case a.header.CountersSeq == 0 && a.walkErr == nil && a.slot >= 0 && a.silence(at) <= patience:
		return "no figures yet: the agent has just been woken"
	case why == "":
		return "the process uses no GPU yet"
	default:
		return why
	}
}

// passes tells whether the status of walks is of no interest as yet: every
// round of the agent waits a little for the GIL.
func (a *agent) passes(at page.Instant) bool {
	if a.walk == nil {
		return false
	}
	switch a.header.WalkStatus {
	case page.WalkNone:
		return true
	case page.WalkGILBusy:
		return at.Since(a.walk.takenAt) < patience
	default:
		return false
	}
}

func (a *agent) fault(field, reason string) fragcalc.Fault {
	return processFault(a.id.PID, field, reason)
}

func processFault(pid int, field, reason string) fragcalc.Fault {
	return fragcalc.Fault{Scope: fragcalc.ScopeProcess, PID: pid, Field: field, Reason: reason}
}

func eventKind(k page.EventKind) string {
	switch k {
	case page.EventRelease:
		return "release"
	case page.EventRefused:
		return "release_refused"
	case page.EventRecord:
		return "record"
	case page.EventOOM:
		return "oom"
	default:
		return "error"
	}
}
