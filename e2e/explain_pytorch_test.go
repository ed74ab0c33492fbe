//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// explained is what explain --json prints.
type explained struct {
	Schema, Verdict, Source string
	Messages                int
	Device                  *int64
	Figures                 map[string]*int64
	OtherProcesses          []struct{ PID, Bytes int64 } `json:"other_processes"`
	Lines, Next             []string
}

// PyTorch's own messages, of programs that run out of memory in different ways:
// the figures that explain reads are those that PyTorch then counts.
func TestExplainReadsPyTorchsOwnMessages(t *testing.T) {
	const megabyte = 1 << 20
	var fill []string // 20 MiB segments of five blocks
	for range 400 {
		fill = append(fill, fmt.Sprint("alloc ", 4*megabyte))
	}
	for _, c := range []struct {
		name    string
		prepare []string
		keep    func(i int) bool // which of the allocations are not freed; nil: all
		then    []string
		ask     int
		verdict string
		others  int // memory that another program holds first
		says    string
	}{
		{name: "larger than the GPU", prepare: fill[:10], ask: 9000 * megabyte, verdict: "too_big", says: "larger than the whole GPU"},
		{name: "live memory", prepare: fill, ask: 500 * megabyte, verdict: "too_big", says: "live memory fills"},
		{name: "holes", prepare: fill, keep: func(i int) bool { return i%5 == 4 }, ask: 900 * megabyte, verdict: "stranded", says: "expandable_segments:True plausibly helps"},
		{name: "a private pool", prepare: slices.Concat([]string{"mempool enter"}, fill[:200]), keep: func(int) bool { return false }, then: []string{"mempool leave"},
			ask: 1200 * megabyte, verdict: "private_pools", says: "free inside pools"},
		{name: "a cap", prepare: slices.Concat([]string{"fraction 0.4"}, fill[:150]), ask: 300 * megabyte, verdict: "cap", says: "raise the cap"},
		{name: "another program", prepare: fill[:50], others: 1100 * megabyte, ask: 600 * megabyte, verdict: "other_processes", says: "gpufragtop --pid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "GFT_FAKE_TOTAL_MIB=2048", "GFT_FAKE_DEVICES=1")
			program := []string{"torch/program.py", "1"}
			other := 0
			if c.others > 0 {
				p := b.startCommand(b.py, program...)
				p.tell(fmt.Sprint("alloc ", c.others))
				other = p.pid()
			}
			p := b.startCommand(b.py, program...)
			var addresses []float64
			for _, command := range c.prepare {
				if address, ok := p.tell(command)["address"].(float64); ok {
					addresses = append(addresses, address)
				}
			}
			for i, address := range addresses {
				if c.keep != nil && !c.keep(i) {
					p.tell(fmt.Sprintf("free %.0f", address))
				}
			}
			for _, command := range c.then {
				p.tell(command)
			}
			p.send(fmt.Sprint("alloc ", c.ask))
			answer := p.answer()
			message, _ := answer["message"].(string)
			if answer["error"] == nil {
				t.Fatalf("there was room: %v", answer)
			}
			e := explainText(t, message)
			if e.Schema != "gpufragtop-explain/1" || e.Verdict != c.verdict || e.Source != "PyTorch (CUDA)" || e.Messages != 1 || e.Device == nil || *e.Device != 0 {
				t.Errorf("%+v\nof %s", e, message)
			}
			if spoken := strings.Join(slices.Concat(e.Lines, e.Next), "\n"); !strings.Contains(spoken, c.says) {
				t.Errorf("does not say %q:\n%s\nof %s", c.says, spoken, message)
			}
			if other > 0 && (len(e.OtherProcesses) != 1 || e.OtherProcesses[0].PID != int64(other)) {
				t.Errorf("other processes %v, want %d", e.OtherProcesses, other)
			}
			stats := p.tell("stats")
			counters := stats["devices"].([]any)[0].(map[string]any)
			near(t, "request", e.Figures["request_bytes"], float64(c.ask))
			near(t, "used", e.Figures["used_bytes"], counters["allocated_bytes.all.current"].(float64))
			near(t, "reserved", e.Figures["reserved_bytes"], counters["reserved_bytes.all.current"].(float64))
			if parked := freeInPools(stats); parked > 0 || e.Figures["parked_bytes"] != nil {
				near(t, "parked", e.Figures["parked_bytes"], parked)
			}
		})
	}
}

// explainText explains a message that stands in the middle of a log.
func explainText(t *testing.T, message string) explained {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte("epoch 1\n[rank0]: torch.OutOfMemoryError: "+message+"\nbye\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := invoke(t, nil, "explain", "--json", log)
	var e explained
	if err := json.Unmarshal([]byte(got.stdout), &e); err != nil || got.code != 0 {
		t.Fatalf("exit code %d, %v: %q", got.code, err, got.stderr)
	}
	return e
}

// near holds a figure that was written with two decimals, in a sum of three at
// most, against the true one.
func near(t *testing.T, name string, got *int64, want float64) {
	t.Helper()
	unit := math.Pow(1024, math.Floor(math.Log2(max(want, 1<<30))/10))
	if got == nil || math.Abs(float64(*got)-want) > 3*0.005*unit+1 {
		shown := "unknown"
		if got != nil {
			shown = fmt.Sprint(*got)
		}
		t.Errorf("%s is %s, want %.0f", name, shown, want)
	}
}

// freeInPools are the free bytes of private pools in PyTorch's snapshot.
func freeInPools(stats map[string]any) float64 {
	free := 0.0
	for _, row := range stats["segments"].([]any) {
		segment := row.(map[string]any)
		if pool := segment["segment_pool_id"].([]any); pool[0].(float64) == 0 && pool[1].(float64) == 0 {
			continue
		}
		for _, row := range segment["blocks"].([]any) {
			if block := row.(map[string]any); block["state"] == "inactive" {
				free += block["size"].(float64)
			}
		}
	}
	return free
}
