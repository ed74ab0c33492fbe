package explain

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// Report judges an out-of-memory error that a process reported of itself, with
// the same words as a message: its block map, where there is one, also tells
// what was out of reach. p is the process at that moment.
func Report(r *fragcalc.OOMReport, p *fragcalc.Process) Explanation {
	m := message{source: "PyTorch", count: 1, wording: processWording, report: true, device: fragcalc.Unknown[int64](notSaid)}
	if r.Ordinal >= 0 {
		m.device = fragcalc.Of(int64(r.Ordinal))
	}
	if r.Call != "" {
		m.source, m.wording = cmp.Or(r.Call, "an allocation"), bareWording
	}
	if strings.Contains(p.Settings.Text, "expandable_segments:True") {
		m.expanded = on
	}
	e := Explanation{Source: m.source, Messages: 1, Device: m.device, Self: fragcalc.Unknown[int64](notSaid)}
	f := &e.Figures
	f.Request, f.Capacity, f.Free, f.Allowed = r.Asked, r.DeviceTotal, r.DeviceFree, r.Allowed
	f.Process = p.GPUMemory
	f.Reserved, f.Used, f.Parked, f.Unallocated = p.Reserved, p.Used, p.Parked, p.Stranded
	if !p.Parked.Known() { // no map: holes and private pools are not told apart
		f.Unallocated = p.Unallocated
	}
	if r.Call == "" && r.NoMap == "" {
		m.reach = reach(r, p)
	}
	judge(&e, m)
	if e.Verdict == OtherProcesses {
		e.say("Who they were is not in the report: while they run, the screen of that GPU names them.")
		e.Next = []string{"gpufragtop" + only(p.GPUUUID)}
	}
	// It could be seen inside: that is where the report comes from.
	e.Next = slices.DeleteFunc(e.Next, func(command string) bool { return strings.HasPrefix(command, "gpufragtop run ") })
	return e
}

// only is the flag for the screen of one GPU: the beginning of its UUID does,
// and fits a line.
func only(uuid string) string {
	if uuid == "" {
		return ""
	}
	return " -i " + uuid[:min(len(uuid), len("GPU-")+8)]
}

// reach finds a free block that would have served the request and did not,
// because it is of another stream or pool.
func reach(r *fragcalc.OOMReport, p *fragcalc.Process) string {
	asked, known := r.Asked.Get()
	if !known || asked <= 0 || asked > math.MaxInt64/2 {
		return ""
	}
	if asked == smallSegment {
		asked = smallRequest // what was asked of the driver is the segment of a small request
	}
	question := fragcalc.FitQuestion{Size: asked, Stream: r.Stream.Or(0)}
	v := p.FitContext(nil).WouldFit(question)
	if v.Kind == fragcalc.FitCached && v.Block > 0 {
		where := "its stream"
		if r.Stream.Known() {
			where = "the stream in use"
		}
		return "a free block of " + units.Bytes(v.Block) + " of the default pools would have served it on " + where + ": the request was for another stream, or for a private pool of a CUDA graph or MemPool"
	}
	for _, o := range v.Obstacles {
		switch o.Kind {
		case fragcalc.OtherStream, fragcalc.OtherPool, fragcalc.PrivatePool, fragcalc.DefaultPool:
			return o.Words(units.Bytes)
		}
	}
	return ""
}

// The segment that PyTorch asks the driver for small requests, and the largest
// of those.
const (
	smallSegment = 2 << 20
	smallRequest = 1 << 20
)
