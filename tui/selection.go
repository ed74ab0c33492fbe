package tui

import (
	"bytes"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// selection is the object of the document that the cursor is on.
type selection struct {
	document.Part
	what string // for people: "48121", "segment 0x7f…"
	stem string // of a file's name
}

// selection is what Enter would open, or where that opens nothing, what the
// screen shows.
func (a *app) selection() (selection, bool) {
	w := a.world
	if next, ok := a.view().down(&w); ok {
		w.place = next
	} else if node, ok := a.view().(*nodeView); ok {
		return node.selection()
	}
	h := w.here()
	switch {
	case w.place.level == nodeLevel || h.process == nil:
		return selection{}, false
	case w.place.level == processLevel:
		return partOf(document.Part{Process: h.process}, h.process, "process "+rowName(h.process.RowID), ""), true
	case w.place.level == poolLevel && h.pool != nil:
		return partOf(document.Part{Pool: h.pool}, h.process, "pool "+poolName(h.pool.PoolID, w.look), "-pool"), true
	case w.place.level == segmentLevel && h.segment != nil:
		address := draw.Hex(h.segment.Address)
		return partOf(document.Part{Segment: h.segment}, h.process, "segment "+address, "-"+address), true
	case w.place.level == blockLevel && h.block != nil:
		address := draw.Hex(h.block.Address)
		return partOf(document.Part{Block: h.block}, h.process, "block "+address, "-"+address), true
	}
	return selection{}, false
}

func partOf(part document.Part, p *fragcalc.Process, what, suffix string) selection {
	stem := "gpufragtop"
	if p.PID > 0 {
		stem += "-" + strconv.Itoa(p.PID)
	}
	return selection{part, what, stem + suffix}
}

// selection is a job's row, or the device where no process is listed.
func (v *nodeView) selection() (selection, bool) {
	if row, ok := v.processes.Current(); ok && row.group != nil {
		return selection{document.Part{Job: row.group}, "job " + row.group.String(), "gpufragtop-job"}, true
	}
	if row, ok := v.gpus.Current(); ok {
		index := strconv.Itoa(row.Index)
		return selection{document.Part{GPU: &row.GPU}, "GPU " + index, "gpufragtop-gpu" + index}, true
	}
	return selection{}, false
}

// json is the object, indented for people.
func (s *selection) json(a *app) ([]byte, error) {
	o := document.Options{Indent: true, GPUHourPrice: a.options.GPUHourPrice, ExpandableSaves: a.options.ExpandableSaves}
	var out bytes.Buffer
	err := document.EncodePart(&out, a.world.snapshot, s.Part, o)
	return out.Bytes(), err
}
