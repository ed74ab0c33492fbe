package doctor

import (
	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

// inside says how the agent in an instrumented process is.
func (d *Doctor) inside(i agents.Inspection) []wayin.Finding {
	out := []wayin.Finding{{Level: wayin.OK, Topic: "instrumented", What: "It is instrumented"}, d.compare(i.Shim)}
	if f, ok := walks(i); ok {
		out = append(out, f)
	}
	hook := i.Process.Hook
	switch {
	case hook.Available:
		out = append(out, wayin.Finding{Level: wayin.OK, Topic: "release", What: "Its cache can be released from outside"})
	case !i.Captures && i.Process.Framework.Name != "":
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "captures", What: "Its stream captures are not counted, so that a release is refused",
			Why: hook.Reason + "; they are where it is started with gpufragtop run (LD_PRELOAD)"})
	case i.Process.Framework.Name != "":
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "release", What: "Its cache cannot be released from outside", Why: hook.Reason})
	}
	if i.Error != "" {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "agent", What: "Its agent has met an error", Why: i.Error})
	}
	return out
}

// join joins two parts of a sentence, either of which may be missing.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// walks says why there is no block map, or that there is one.
func walks(i agents.Inspection) (wayin.Finding, bool) {
	why := ""
	for _, fault := range i.Process.Faults {
		if fault.Field == "reserved_bytes" {
			why = fault.Reason
		}
	}
	for _, device := range i.Process.Devices {
		if device.Reason != "" {
			why = device.Reason
		}
	}
	f := wayin.Finding{Level: wayin.Hint, Topic: "figures", Why: why}
	switch i.Walks {
	case page.WalkNoFramework:
		f.Level, f.What = wayin.Problem, "It computes with nothing that the shim can ask"
		f.Why = wayin.Unsupported("other programs") + " If it is about to import PyTorch, ask again then."
	case page.WalkNotReady:
		f.What, f.Why = "PyTorch is there and has not used CUDA yet", "figures come with its first tensor on a GPU: nothing is to be done"
	case page.WalkUnsupported:
		f.What, f.Why = "Its allocator has no block map", "it has one without backend:cudaMallocAsync in PYTORCH_ALLOC_CONF"
	case page.WalkHistoryOn:
		f.What = "It records its memory's history, and is not walked meanwhile"
	case page.WalkOverBudget:
		f.What, f.Do = "A walk over its blocks would hold it for too long", "gpufragtop --json"
		f.Why = join(why, "GPUFRAGTOP_MAX_HOLD_MS=100 in its environment allows it; to ask once:")
	case page.WalkOK, page.WalkCut:
		if len(i.Process.Devices) > 0 && why == "" {
			return wayin.Finding{Level: wayin.OK, Topic: "figures", What: "Its allocator is seen block by block"}, true
		}
		f.What = "Its figures are not complete"
	default:
		if why == "" {
			return f, false
		}
		f.What = "There are no figures yet"
	}
	return f, true
}
