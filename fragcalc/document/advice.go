package document

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
)

// advice writes what there is to say about a process, the worthiest first. It
// is built on one look: a document has no history.
func (w *writer) advice(p *fragcalc.Process, s *fragcalc.Snapshot, o Options) {
	in := advice.Inputs{ExpandableSaves: fragcalc.Unknown[int64]("no trace was replayed")}
	if o.ExpandableSaves != nil {
		in.ExpandableSaves = o.ExpandableSaves(p)
	}
	said := advice.Advise(p, s, in)
	w.array("advice", len(said), func(i int) {
		a := &said[i]
		w.text("rule", a.Rule)
		w.text("text", a.Text)
		w.key("evidence")
		w.open('{')
		for _, f := range a.Evidence {
			w.evidence(f)
		}
		w.close('}')
		w.integerOrNull("expected_bytes", a.Expected)
	})
}

func (w *writer) evidence(f advice.Figure) {
	switch value := f.Value.(type) {
	case int64:
		w.integer(f.Name, value)
	case float64:
		w.floatOrNull(f.Name, fragcalc.Of(value))
	case string:
		w.text(f.Name, value)
	}
}

// waste writes what stranded memory and slack cost an hour, which are null where
// no price was given or a size is unknown. Their nulls have no faults of their
// own: those of the sizes say why.
func (w *writer) waste(perGPUHour float64, stranded, slack, total fragcalc.Bytes) {
	w.key("waste_per_hour")
	w.open('{')
	w.floatOrNull("stranded", price.Waste(perGPUHour, stranded, total))
	w.floatOrNull("slack", price.Waste(perGPUHour, slack, total))
	asked := fragcalc.Unknown[float64]("")
	if price.Valid(perGPUHour) {
		asked = fragcalc.Of(perGPUHour)
	}
	w.floatOrNull("price_per_gpu_hour", asked)
	w.close('}')
}

// gpuTotal is the memory of a process's GPU.
func gpuTotal(s *fragcalc.Snapshot, uuid string) fragcalc.Bytes {
	for i := range s.GPUs {
		if s.GPUs[i].UUID == uuid {
			return s.GPUs[i].MemoryTotal
		}
	}
	return fragcalc.Unknown[int64]("the GPU is unknown")
}
