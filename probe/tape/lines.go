package tape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// head is the first line.
type head struct {
	Schema   string    `json:"schema"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started_at"`
	Interval float64   `json:"interval_seconds"`
}

// end is the last line of a recording that was ended.
type end struct {
	Schema string `json:"schema"`
	End    string `json:"end"` // why
}

// extra is what a sample's line says beyond the document, under the key tape.
type extra struct {
	OwnFaults int        `json:"own_faults"` // the snapshot's own; see document.Decode
	Rows      []extraRow `json:"rows"`
}

// extraRow belongs to the process of the same place.
type extraRow struct {
	Map         *int   `json:"map"` // null without segments
	LargeBytes  int64  `json:"large_segment_bytes"`
	Backend     string `json:"backend"`
	DeviceFree  *int64 `json:"device_free_bytes"`
	Allowed     *int64 `json:"allowed_bytes"`
	DeviceFrees *int64 `json:"device_frees"`
}

func newExtraRow(p *fragcalc.Process, number int) extraRow {
	row := extraRow{
		LargeBytes: p.Settings.LargeSegmentBytes, Backend: p.Settings.Backend,
		DeviceFree: pointer(p.Room.DeviceFree), Allowed: pointer(p.Room.Allowed), DeviceFrees: pointer(p.Room.DeviceFrees),
	}
	if number >= 0 {
		row.Map = &number
	}
	return row
}

// apply gives a process back what its document does not hold.
func (r *extraRow) apply(p *fragcalc.Process) {
	if r.LargeBytes > 0 && r.LargeBytes <= fragcalc.MostBytes {
		p.Settings.LargeSegmentBytes = r.LargeBytes
	}
	p.Settings.Backend = text.Clean(r.Backend, 64)
	p.Room = fragcalc.Room{DeviceFree: figure(r.DeviceFree), Allowed: figure(r.Allowed), DeviceFrees: figure(r.DeviceFrees)}
}

func pointer(b fragcalc.Bytes) *int64 {
	if n, ok := b.Get(); ok {
		return &n
	}
	return nil
}

func figure(n *int64) fragcalc.Bytes {
	if n == nil || *n < 0 || *n > fragcalc.MostBytes {
		return fragcalc.Unknown[int64]("not recorded")
	}
	return fragcalc.Of(*n)
}

// tapeKey is where a line is a sample's and no longer its document's.
const tapeKey = `,"tape":`

// encodeSample is the document with the key tape at its end.
func encodeSample(s *fragcalc.Snapshot, rows []extraRow) ([]byte, error) {
	var out bytes.Buffer
	if err := document.Encode(&out, s, document.Options{}); err != nil {
		return nil, err
	}
	more, err := json.Marshal(extra{OwnFaults: len(s.Faults), Rows: rows})
	if err != nil {
		return nil, err
	}
	out.Truncate(out.Len() - len("}\n"))
	out.WriteString(tapeKey)
	out.Write(more)
	out.WriteString("}\n")
	return out.Bytes(), nil
}

// decodeSample is the snapshot of a line without its maps, and the numbers of
// these: one a process, -1 for none.
func decodeSample(line []byte) (*fragcalc.Snapshot, []int, error) {
	at := bytes.LastIndex(line, []byte(tapeKey)) // the last key: a quote inside a string has a backslash
	if at < 0 {
		return nil, nil, errors.New("the key tape is missing")
	}
	more := extra{OwnFaults: -1}
	if err := json.Unmarshal(bytes.TrimSuffix(line[at+len(tapeKey):], []byte("}\n")), &more); err != nil {
		return nil, nil, fmt.Errorf("no JSON: %w", err)
	}
	s, err := document.Decode(line, more.OwnFaults)
	if err != nil {
		return nil, nil, err
	}
	if len(more.Rows) != len(s.Processes) {
		return nil, nil, errors.New("its rows do not belong to its processes")
	}
	numbers := make([]int, len(s.Processes))
	for i := range s.Processes {
		row := &more.Rows[i]
		row.apply(&s.Processes[i])
		numbers[i] = -1
		if row.Map != nil {
			numbers[i] = *row.Map
		}
	}
	return s, numbers, nil
}
