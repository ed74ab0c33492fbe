package document

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func (w *writer) process(p *fragcalc.Process, s *fragcalc.Snapshot, o Options) {
	w.scope, w.uuid, w.pid = fragcalc.ScopeProcess, p.GPUUUID, p.PID
	if p.PID == 0 {
		w.null("pid", w.untold)
		w.null("start_ticks", w.untold)
	} else {
		w.integer("pid", int64(p.PID))
		w.integer("start_ticks", int64(p.StartTicks))
	}
	w.textOrNull("user", p.User, w.untold)
	if p.UID < 0 {
		w.null("uid", w.untold)
	} else {
		w.integer("uid", int64(p.UID))
	}
	w.textOrNull("command", p.Command, w.untold)
	w.textOrNull("job", p.Job, "no rank or job is known")
	w.where(&p.Where)
	w.task(&p.Task)
	w.text("gpu_uuid", p.GPUUUID)
	w.textOrNull("gpu_use", p.Type, "not told")
	w.bytes("gpu_memory_bytes", p.GPUMemory)
	w.boolean("instrumented", p.Instrumented)
	w.boolean("out_of_reach", p.OutOfReach)
	w.textOrNull("framework", p.Framework.Name, "not recognised")
	w.textOrNull("framework_version", p.Framework.Version, "not told")
	w.textOrNull("framework_source", p.Framework.Source, "no framework is known")
	w.textOrNull("settings", p.Settings.Text, "none set, or not readable")
	w.textOrNull("settings_source", p.Settings.Source, "no settings are known")
	w.ratio("cpu_cores", p.Host.CPU)
	w.bytes("host_memory_bytes", p.Host.Memory)
	w.milliseconds("snapshot_age_ms", p.SnapshotAge)
	w.figures(&p.Figures)
	w.bytes("active_peak_bytes", p.ActivePeak)
	w.bytes("reserved_peak_bytes", p.ReservedPeak)
	w.bytes("alloc_retries", p.AllocRetries)
	w.bytes("ooms", p.OOMs)
	w.boolean("release_available", p.Hook.Available)
	if p.Hook.Available {
		w.plainNull("release_refusal")
	} else {
		w.text("release_refusal", p.Hook.Reason)
	}
	w.key("watching")
	w.open('{')
	w.ratio("share_ratio", p.Watching.Share)
	w.milliseconds("worst_hold_ms", p.Watching.WorstHold)
	w.milliseconds("next_hold_ms", p.Watching.NextHold)
	w.close('}')
	w.waste(o.GPUHourPrice, p.Stranded, p.Slack, gpuTotal(s, p.GPUUUID))
	w.advice(p, s, o)
	w.scope = "" // a pool's nulls have their process's reasons
	w.array("pools", len(p.Pools), func(i int) { w.pool(&p.Pools[i], o.Detail) })
}

func (w *writer) figures(f *fragcalc.Figures) {
	w.bytes("reserved_bytes", f.Reserved)
	w.bytes("used_bytes", f.Used)
	w.bytes("requested_bytes", f.Requested)
	w.bytes("rounding_bytes", f.Rounding)
	w.bytes("pending_bytes", f.Pending)
	w.bytes("releasable_bytes", f.Releasable)
	w.bytes("parked_bytes", f.Parked)
	w.bytes("stranded_bytes", f.Stranded)
	w.bytes("unallocated_bytes", f.Unallocated)
	w.bytes("slack_bytes", f.Slack)
	w.bytes("free_bytes", f.Free)
	w.bytes("largest_free_block_bytes", f.LargestFree)
	w.bytes("release_estimate_bytes", f.ReleaseEstimate)
	w.bytes("fits_now_bytes", f.FitsNow)
	w.bytes("fits_after_release_bytes", f.FitsAfterRelease)
	w.bytes("unbacked_bytes", f.Unbacked)
	w.bytes("other_bytes", f.Other)
	w.ratio("fragmentation_ratio", f.Fragmentation)
	w.ratio("external_fragmentation_ratio", f.External)
}

func (w *writer) pool(p *fragcalc.Pool, detail bool) {
	w.text("kind", poolKind(p.PoolID))
	w.address("stream", p.Stream)
	w.boolean("private", p.IsPrivate())
	w.text("private_pool", strconv.FormatUint(p.Private[0], 10)+","+strconv.FormatUint(p.Private[1], 10))
	w.integer("segment_count", int64(len(p.Segments)))
	w.figures(&p.Figures)
	if detail {
		w.array("segments", len(p.Segments), func(i int) { w.segment(&p.Segments[i]) })
	}
}

func poolKind(id fragcalc.PoolID) string {
	if id.Small {
		return "small"
	}
	return "large"
}

func (w *writer) segment(s *fragcalc.Segment) {
	w.address("address", s.Address)
	w.integer("size_bytes", s.Size)
	w.boolean("expandable", s.Expandable)
	w.array("blocks", len(s.Blocks), func(i int) { w.block(&s.Blocks[i]) })
}

func (w *writer) block(b *fragcalc.Block) {
	w.address("address", b.Address)
	w.integer("size_bytes", b.Size)
	switch b.State {
	case fragcalc.BlockUsed:
		w.integer("requested_bytes", b.Requested)
		w.text("state", "used")
	case fragcalc.BlockPending:
		w.integer("requested_bytes", b.Requested)
		w.text("state", "pending")
	default:
		w.plainNull("requested_bytes")
		w.text("state", "free")
	}
}
