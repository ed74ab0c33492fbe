//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
)

// truth is what PyTorch itself says of its allocator on one device: its own
// counters, and a walk over memory_snapshot() summed up here, in the plainest
// way, for the parts that PyTorch has no counter for.
type truth struct {
	stats                                                map[string]any
	reserved, used, pending, requested                   int64
	releasable, parked, stranded, largest, releaseReturn int64
	segments                                             int
	hasPrivate, hasExpandable                            bool
}

type pySegment struct {
	Device     int     `json:"device"`
	Type       string  `json:"segment_type"`
	TotalSize  int64   `json:"total_size"`
	Pool       []int64 `json:"segment_pool_id"`
	Expandable bool    `json:"is_expandable"`
	Blocks     []struct {
		Size      int64  `json:"size"`
		Requested int64  `json:"requested_size"`
		State     string `json:"state"`
	} `json:"blocks"`
}

func (p *program) truth(device int) truth {
	p.t.Helper()
	text, err := json.Marshal(p.tell("stats"))
	if err != nil {
		p.t.Fatal(err)
	}
	var answer struct {
		Devices  []map[string]any
		Segments []pySegment
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		p.t.Fatal(err)
	}
	out := truth{stats: answer.Devices[device]}
	for _, s := range answer.Segments {
		if s.Device == device {
			out.add(s)
		}
	}
	return out
}

// add counts a segment, 512 bytes at a time.
func (tr *truth) add(s pySegment) {
	const cell = 512
	private := s.Pool[0] != 0 || s.Pool[1] != 0
	tr.segments++
	tr.hasPrivate = tr.hasPrivate || private
	tr.hasExpandable = tr.hasExpandable || s.Expandable
	tr.reserved += s.TotalSize
	var busyNow, busyLater []bool // cell by cell: not free now, not free after a synchronisation
	for _, b := range s.Blocks {
		now, later := false, false
		switch b.State {
		case "active_allocated":
			tr.used += b.Size
			now, later = true, true
		case "active_pending_free", "active_awaiting_free":
			tr.pending += b.Size
			now = true
		default:
			tr.largest = max(tr.largest, b.Size)
			if private {
				tr.parked += b.Size
			} else {
				tr.stranded += b.Size
			}
		}
		if now {
			tr.requested += b.Requested
		}
		for range b.Size / cell {
			busyNow, busyLater = append(busyNow, now), append(busyLater, later)
		}
	}
	if private {
		return
	}
	step := s.TotalSize
	if s.Expandable {
		step = 20 << 20
		if s.Type == "small" {
			step = 2 << 20
		}
	}
	for from := int64(0); from+step <= s.TotalSize; from += step {
		if !anyOf(busyNow[from/cell : (from+step)/cell]) {
			tr.releasable += step
			tr.stranded -= step
		}
		if !anyOf(busyLater[from/cell : (from+step)/cell]) {
			tr.releaseReturn += step
		}
	}
}

func anyOf(cells []bool) bool {
	for _, busy := range cells {
		if busy {
			return true
		}
	}
	return false
}

// compare checks a row of --json against the truth, to the byte.
func (tr truth) compare(t *testing.T, row map[string]any, where string) {
	t.Helper()
	stat := func(name string) int64 { return int64(tr.stats[name].(float64)) }
	active := stat("active_bytes.all.current")
	want := map[string]int64{
		// PyTorch's own counters.
		"reserved_bytes":      stat("reserved_bytes.all.current"),
		"used_bytes":          stat("allocated_bytes.all.current"),
		"pending_bytes":       active - stat("allocated_bytes.all.current"),
		"requested_bytes":     stat("requested_bytes.all.current"),
		"active_peak_bytes":   stat("active_bytes.all.peak"),
		"reserved_peak_bytes": stat("reserved_bytes.all.peak"),
		"slack_bytes":         stat("reserved_bytes.all.current") - stat("active_bytes.all.peak"),
		"unallocated_bytes":   stat("reserved_bytes.all.current") - stat("allocated_bytes.all.current"),
		"free_bytes":          stat("reserved_bytes.all.current") - active,
		"alloc_retries":       stat("num_alloc_retries"),
		"ooms":                stat("num_ooms"),
		// The walk over memory_snapshot().
		"releasable_bytes":         tr.releasable,
		"parked_bytes":             tr.parked,
		"stranded_bytes":           tr.stranded,
		"largest_free_block_bytes": tr.largest,
		"release_estimate_bytes":   tr.releaseReturn,
	}
	if !tr.hasExpandable && !tr.hasPrivate {
		want["stranded_bytes"] = stat("inactive_split_bytes.all.current")
	}
	for key, expected := range want {
		if got, ok := row[key].(float64); !ok || int64(got) != expected {
			t.Errorf("%s: %s is %v, PyTorch says %d", where, key, format(row[key]), expected)
		}
	}
	if sum := tr.used + tr.pending + tr.releasable + tr.parked + tr.stranded; sum != tr.reserved {
		t.Fatalf("%s: the test's own parts do not close: %d, %d", where, sum, tr.reserved)
	}
}

func format(value any) string {
	if number, ok := value.(float64); ok {
		return fmt.Sprintf("%.0f", number)
	}
	return fmt.Sprint(value)
}
