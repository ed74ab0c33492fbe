package gpus

import (
	"fmt"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// collect returns what is known at this moment. It waits for nobody.
func (w *Watcher) collect(lib *library) Node {
	n := Node{Driver: lib.driver, CUDA: lib.cuda, Up: true}
	var seen []identity
	reachable := true
	for _, d := range w.devices {
		reachable = d.collect(time.Now(), &n, &seen) && reachable
	}
	if len(w.devices) > 0 && len(seen) == 0 && len(n.Faults) == len(w.devices) {
		n.Faults = append([]fragcalc.Fault{{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "none of the GPUs can be reached: " + n.Faults[0].Reason}}, n.Faults...)
	}
	if left := w.options.Filter.unmatched(seen); len(left) > 0 && reachable {
		n.Faults = append(n.Faults, fragcalc.Fault{Scope: fragcalc.ScopeNode, Field: "id",
			Reason: "no GPU matches " + text.Clean(strings.Join(left, ", "), 200)})
	}
	return n
}

// collect adds what is known of the device to the node and tells whether the
// device could be identified.
func (d *device) collect(now time.Time, n *Node, seen *[]identity) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var began time.Time
	if d.flying != nil {
		began = d.flying.began
	}
	if trouble := d.trouble(now); trouble != "" {
		n.Faults = append(n.Faults, fragcalc.Fault{Scope: fragcalc.ScopeGPU, GPUUUID: d.self.uuid, Field: "nvml",
			Reason: fmt.Sprintf("GPU %d: %s", d.index, trouble)})
	}
	if d.self.uuid != "" {
		*seen = append(*seen, d.self)
	}
	n.Ignored = append(n.Ignored, d.ignored...)
	for _, t := range d.targets {
		*seen = append(*seen, t.identity)
		shown := Device{GPU: t.gpu(now, began)}
		shown.Processes, shown.ProcessesReason = t.processes(now, began)
		n.Devices = append(n.Devices, shown)
	}
	return d.self.uuid != ""
}

// trouble says in words what is wrong with the device as a whole.
func (d *device) trouble(now time.Time) string {
	switch {
	case d.flying != nil && now.Sub(d.called) >= patience:
		return fmt.Sprintf("%s (%s)", noAnswer(now.Sub(d.called)), d.call)
	case d.flying != nil && now.Sub(d.flying.began) >= patience:
		return "slow: its figures may be some seconds old"
	case d.fault != nil:
		return d.fault.Error()
	default:
		return ""
	}
}
