package document

import (
	"errors"
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

// Part is one object of the document of a snapshot: an element of gpus, jobs,
// processes, their pools, segments or blocks. One of its fields is set.
type Part struct {
	GPU     *fragcalc.GPU
	Job     *ranks.Group
	Process *fragcalc.Process
	Pool    *fragcalc.Pool
	Segment *fragcalc.Segment
	Block   *fragcalc.Block
}

// EncodePart writes one object as the document has it, and a line break; what
// is null in it has no reasons. It fails when out does, or for a part of nothing.
func EncodePart(out io.Writer, s *fragcalc.Snapshot, part Part, o Options) error {
	w := &writer{told: map[fault]bool{}, untold: "not readable", first: true}
	w.open('{')
	switch {
	case part.GPU != nil:
		w.gpu(part.GPU, s, o)
	case part.Job != nil:
		w.job(part.Job)
	case part.Process != nil:
		w.process(part.Process, s, o)
	case part.Pool != nil:
		w.pool(part.Pool, o.Detail)
	case part.Segment != nil:
		w.segment(part.Segment)
	case part.Block != nil:
		w.block(part.Block)
	default:
		return errors.New("nothing is selected")
	}
	w.close('}')
	return write(out, w.out, o.Indent)
}
