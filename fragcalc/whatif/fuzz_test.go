package whatif

import (
	"encoding/binary"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// FuzzCompare replays traces that no allocator made: they may be refused, and
// whatever is answered holds together.
func FuzzCompare(f *testing.F) {
	trace := benchTrace(200)
	f.Add(encodeEvents(trace.Events), false)
	f.Add(encodeEvents(trace.Events[100:]), true)
	f.Fuzz(func(t *testing.T, data []byte, expandable bool) {
		row := &fragcalc.Process{Trace: &fragcalc.Trace{Events: decodeEvents(data)}}
		if expandable {
			row.Settings.Text = "expandable_segments:True"
		}
		c, err := Compare(row, []string{"expandable_segments:True", "max_split_size_mb:32"}, 1<<32)
		if err != nil {
			return
		}
		for _, a := range c.Answers {
			if a.Reserved.Current < 0 || a.Allocated.Current > a.Reserved.Current || a.Stranded < 0 {
				t.Errorf("%s: %+v", a.Settings, a.Stats)
			}
			if a.Reserved.Peak > 1<<32 && a.OOM == nil {
				t.Errorf("%s: %d bytes on a device of 4 GiB", a.Settings, a.Reserved.Peak)
			}
		}
	})
}

// An event is 8 bytes: its kind and stream, then size and address in units that
// make collisions likely.
func encodeEvents(events []fragcalc.TraceEvent) []byte {
	var out []byte
	for _, e := range events {
		out = append(out, byte(e.Kind), byte(e.Stream))
		out = binary.LittleEndian.AppendUint16(out, uint16(e.Size/(64<<10)))
		out = binary.LittleEndian.AppendUint32(out, uint32(e.Address/512))
	}
	return out
}

func decodeEvents(data []byte) []fragcalc.TraceEvent {
	var events []fragcalc.TraceEvent
	for ; len(data) >= 8; data = data[8:] {
		events = append(events, fragcalc.TraceEvent{
			Kind:    fragcalc.TraceKind(data[0] % 9),
			Stream:  uint64(data[1] % 3),
			Size:    1 + int64(binary.LittleEndian.Uint16(data[2:]))*(64<<10),
			Address: uint64(binary.LittleEndian.Uint32(data[4:])) * 512,
		})
	}
	return events
}
