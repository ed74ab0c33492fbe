package document

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Bounds of a document that is read.
const (
	mostRows = 1 << 14 // processes, GPUs, pools of a process, events
	mostText = 16 << 10
)

// read is the document as encoding/json reads it. Keys that are not named here
// are passed over.
type read struct {
	Schema      string        `json:"schema"`
	GeneratedAt time.Time     `json:"generated_at"`
	Host        string        `json:"host"`
	Version     string        `json:"version"`
	Demo        bool          `json:"demo"`
	Driver      *string       `json:"driver_version"`
	CUDA        *string       `json:"cuda_version"`
	GPUs        []readGPU     `json:"gpus"`
	Processes   []readProcess `json:"processes"`
	Events      []readEvent   `json:"events"`
	Faults      []readFault   `json:"faults"`
}

type readGPU struct {
	Index          int     `json:"index"`
	UUID           string  `json:"uuid"`
	Name           *string `json:"name"`
	Total          *int64  `json:"memory_total_bytes"`
	Used           *int64  `json:"memory_used_bytes"`
	Free           *int64  `json:"memory_free_bytes"`
	DriverReserved *int64  `json:"memory_driver_reserved_bytes"`
	Utilization    *int    `json:"utilization_percent"`
	Temperature    *int    `json:"temperature_celsius"`
	Power          *int    `json:"power_milliwatts"`
}

type readEvent struct {
	At    time.Time      `json:"at"`
	Scope fragcalc.Scope `json:"scope"`
	UUID  *string        `json:"gpu_uuid"`
	PID   *int           `json:"pid"`
	Kind  string         `json:"kind"`
	Text  string         `json:"text"`
	readOOM
}

type readFault struct {
	Scope  fragcalc.Scope `json:"scope"`
	UUID   *string        `json:"gpu_uuid"`
	PID    *int           `json:"pid"`
	Field  string         `json:"field"`
	Reason string         `json:"reason"`
}

// Decode reads a document back into the snapshot that it was encoded from. What
// a document does not hold is left out: settings beyond their text, the room of
// a process, traces and stacks, and, without detail, segments. Strings are
// cleaned; a size that cannot be is unknown, with that as its reason.
//
// The first ownFaults faults are the snapshot's own; those behind them are the
// reasons of nulls. A negative number stands for not known: then faults that
// are the reason of a null are taken for that.
//
// Encoded again with the same options, the snapshot gives the same document, but
// for what advice says of traces and stacks.
func Decode(document []byte, ownFaults int) (*fragcalc.Snapshot, error) {
	var in read
	if err := json.Unmarshal(document, &in); err != nil {
		return nil, fmt.Errorf("not a document of gpufragtop --json: %w", err)
	}
	if in.Schema != Version {
		return nil, fmt.Errorf("its schema is %q, not %q", text.Clean(in.Schema, 40), Version)
	}
	if max(len(in.GPUs), len(in.Processes), len(in.Events)) > mostRows || ownFaults > len(in.Faults) {
		return nil, fmt.Errorf("it has more than %d rows, or too few faults", mostRows)
	}
	s := &fragcalc.Snapshot{
		At: in.GeneratedAt, Host: clean(in.Host), Version: clean(in.Version), Demo: in.Demo,
		Driver: orEmpty(in.Driver), CUDA: orEmpty(in.CUDA),
	}
	d := &decoder{reasons: make(map[fault]string, len(in.Faults))}
	faults := make([]fragcalc.Fault, len(in.Faults))
	for i, f := range in.Faults {
		faults[i] = fragcalc.Fault{Scope: scope(f.Scope), GPUUUID: orEmpty(f.UUID), PID: orZero(f.PID), Field: clean(f.Field), Reason: clean(f.Reason)}
		if about := aboutOf(&faults[i]); d.reasons[about] == "" {
			d.reasons[about] = faults[i].Reason
		}
	}
	for i := range in.GPUs {
		s.GPUs = append(s.GPUs, d.gpu(&in.GPUs[i]))
	}
	for i := range in.Processes {
		p, err := d.process(&in.Processes[i])
		if err != nil {
			return nil, err
		}
		s.Processes = append(s.Processes, p)
	}
	for _, e := range in.Events {
		s.Events = append(s.Events, fragcalc.Event{At: e.At, Scope: scope(e.Scope), GPUUUID: orEmpty(e.UUID), PID: orZero(e.PID), Kind: clean(e.Kind), Text: clean(e.Text), OOM: e.decode(e.Kind)})
	}
	if ownFaults < 0 {
		ownFaults = d.ownFaults(faults)
	}
	s.Faults = faults[:ownFaults:ownFaults]
	return s, nil
}

func (d *decoder) gpu(in *readGPU) fragcalc.GPU {
	g := fragcalc.GPU{Index: in.Index, UUID: clean(in.UUID)}
	d.scope, d.uuid, d.pid = fragcalc.ScopeGPU, g.UUID, 0
	g.Name = d.text("name", in.Name)
	g.MemoryTotal = d.bytes("memory_total_bytes", in.Total)
	g.MemoryUsed = d.bytes("memory_used_bytes", in.Used)
	g.MemoryFree = d.bytes("memory_free_bytes", in.Free)
	g.MemoryDriverReserved = d.bytes("memory_driver_reserved_bytes", in.DriverReserved)
	g.Utilization = d.number("utilization_percent", in.Utilization)
	g.Temperature = d.number("temperature_celsius", in.Temperature)
	g.Power = d.number("power_milliwatts", in.Power)
	return g
}

// clean makes a string of a file fit to show.
func clean(s string) string { return text.Clean(s, mostText) }

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return clean(*s)
}

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// scope is a known scope; the whole node stands for any other.
func scope(s fragcalc.Scope) fragcalc.Scope {
	switch s {
	case fragcalc.ScopeGPU, fragcalc.ScopeProcess:
		return s
	}
	return fragcalc.ScopeNode
}

func aboutOf(f *fragcalc.Fault) fault { return fault{f.Scope, f.GPUUUID, f.PID, f.Field} }
