package dump

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// Bounds of stacks.
const (
	deepestStack = 512     // calls; the outermost beyond are left out
	longestFrame = 400     // bytes of a file's or a function's name
	mostCalls    = 1 << 23 // of all stacks together: bounds their memory to 400 MiB
)

// stacks are the distinct frames and stacks of a file.
type stacks struct {
	list     fragcalc.Stacks
	frames   []fragcalc.Frame
	byFrame  map[fragcalc.Frame]uint32
	byFrames map[string]uint32 // number of a stack by its frames' places
	cleaned  map[pickle.Value]string
	scratch  []byte
	calls    int // in list
}

func newStacks() stacks {
	return stacks{byFrame: map[fragcalc.Frame]uint32{}, byFrames: map[string]uint32{}, cleaned: map[pickle.Value]string{}}
}

// frame takes one call of a stack.
func (r *reader) frame(p *plan, values []pickle.Value) (uint32, error) {
	var f fragcalc.Frame
	line, ok := r.decoder.Int(values[p.at[fLine]])
	if !ok {
		return 0, r.wrong(p, values, fLine)
	}
	f.Line = int(max(0, min(line, math.MaxInt32)))
	f.File = r.clean(values[p.at[fFile]])
	if p.has(fName) {
		f.Function = r.clean(values[p.at[fName]])
	}
	place, known := r.stacks.byFrame[f]
	if !known {
		place = uint32(len(r.stacks.frames))
		r.stacks.frames = append(r.stacks.frames, f)
		r.stacks.byFrame[f] = place
	}
	return place, nil
}

// clean is a string fit to show; empty where v is none.
func (r *reader) clean(v pickle.Value) string {
	s, done := r.stacks.cleaned[v]
	if !done {
		raw, _ := r.decoder.Text(v)
		s = text.Clean(raw, longestFrame)
		r.stacks.cleaned[v] = s
	}
	return s
}

// stack is the number of a list of frames; 0 for an empty one and None.
func (r *reader) stack(v pickle.Value) (uint32, error) {
	if v == pickle.None {
		return 0, nil
	}
	if record, ok := r.decoder.Record(v); ok && record.Kind == kindStack {
		return record.Index, nil
	}
	items, ok := r.decoder.Items(v)
	if !ok {
		return 0, fmt.Errorf("frames are %s, not a list of frames", r.decoder.Name(v))
	}
	s := &r.stacks
	s.scratch = s.scratch[:0]
	for _, item := range items[:min(len(items), deepestStack)] {
		frame, ok := r.decoder.Record(item)
		if !ok || frame.Kind != kindFrame {
			return 0, fmt.Errorf("a frame is %s that makes no sense there", r.decoder.Name(item))
		}
		s.scratch = binary.LittleEndian.AppendUint32(s.scratch, frame.Index)
	}
	number, known := s.byFrames[string(s.scratch)]
	if !known && len(s.scratch) > 0 {
		if s.calls += len(s.scratch) / 4; s.calls > mostCalls {
			return 0, fmt.Errorf("stacks of more than %d calls", mostCalls)
		}
		stack := make(fragcalc.Stack, 0, len(s.scratch)/4)
		for at := 0; at < len(s.scratch); at += 4 {
			stack = append(stack, s.frames[binary.LittleEndian.Uint32(s.scratch[at:])])
		}
		s.list = append(s.list, stack)
		number = uint32(len(s.list))
		s.byFrames[string(s.scratch)] = number
	}
	r.decoder.Become(v, pickle.Record{Kind: kindStack, Index: number})
	return number, nil
}
