//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// --json equals PyTorch to the byte at random moments of a random program.
func TestFiguresEqualPyTorch(t *testing.T) {
	for _, c := range []struct {
		name    string
		env     []string
		moments int
		prepare []string
	}{
		{"default settings", nil, 20, nil},
		{"expandable segments", []string{"PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"}, 20, nil},
		{"pending frees", nil, 10, []string{"events hold"}},
		{"pending frees, expandable segments", []string{"PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"}, 10, []string{"events hold"}},
		{"a MemPool", nil, 10, []string{"mempool 20"}},
		{"a memory fraction, and retries", []string{"GFT_FAKE_TOTAL_MIB=3000"}, 10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.env...)
			p := b.start(len(c.name))
			for _, command := range c.prepare {
				p.tell(command)
			}
			pending := int64(0)
			for moment := range c.moments {
				p.tell(fmt.Sprint("step ", 17+13*moment))
				if moment%4 == 3 && len(c.prepare) > 0 && c.prepare[0] == "mempool 20" {
					p.tell("mempool 10")
				}
				want := p.truth(0)
				row := b.rows(p)[0]
				where := fmt.Sprintf("moment %d", moment)
				want.compare(t, row, where)
				pending += want.pending
				if row["instrumented"] != true || row["framework"] != "pytorch" || row["framework_source"] != "page" ||
					!strings.HasPrefix(fmt.Sprint(row["framework_version"]), "2.6") {
					t.Errorf("%s: %v %v %v", where, row["instrumented"], row["framework"], row["framework_version"])
				}
			}
			if strings.HasPrefix(c.name, "pending") && pending == 0 {
				t.Error("nothing was ever pending: this test has shown nothing")
			}
			if code, words := p.quit(0); code != 0 || words != "" {
				t.Errorf("exit code %d, standard error %q", code, words)
			}
		})
	}
}

// The sum of segments and blocks of --detail segments is the row's.
func TestDetail(t *testing.T) {
	b := newBench(t)
	p := b.start(3)
	p.tell("step 200")
	want := p.truth(0)
	row := b.rows(p, "--detail", "segments")[0]
	segments, reserved, used := 0, 0.0, 0.0
	for _, pool := range row["pools"].([]any) {
		for _, segment := range pool.(map[string]any)["segments"].([]any) {
			segments++
			for _, block := range segment.(map[string]any)["blocks"].([]any) {
				b := block.(map[string]any)
				reserved += b["size_bytes"].(float64)
				if b["state"] == "used" {
					used += b["size_bytes"].(float64)
				}
			}
		}
	}
	if segments != want.segments || int64(reserved) != want.reserved || int64(used) != want.used {
		t.Errorf("%d segments, %.0f reserved, %.0f used; PyTorch says %d, %d, %d", segments, reserved, used, want.segments, want.reserved, want.used)
	}
}

// Each device of a process is a row of its own, by UUID, whatever the order
// of CUDA_VISIBLE_DEVICES; asking creates no context anywhere.
func TestDevicesByUUID(t *testing.T) {
	b := newBench(t, "GFT_FAKE_DEVICES=3", "CUDA_VISIBLE_DEVICES=2,0,1")
	p := b.start(1)
	p.tell("alloc 5000000 0")
	p.tell("alloc 90000000 2")
	before := fmt.Sprint(p.tell("contexts"))
	rows := b.rows(p)
	if len(rows) != 2 {
		t.Fatalf("%d rows, want 2", len(rows))
	}
	for _, row := range rows {
		uuid := row["gpu_uuid"].(string)
		ordinal := map[string]int{"02": 0, "01": 2}[uuid[len(uuid)-2:]]
		p.truth(ordinal).compare(t, row, uuid)
	}
	if after := fmt.Sprint(p.tell("contexts")); after != before {
		t.Errorf("contexts before %s, after %s", before, after)
	}
}

// While PyTorch before 2.11 records history a walk would copy it: the
// counters stay, what only a walk tells is unknown with that reason.
func TestHistoryOn(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("history on")
	p.tell("step 100")
	want := p.truth(0)
	row := b.rows(p)[0]
	if int64(row["reserved_bytes"].(float64)) != want.reserved || int64(row["used_bytes"].(float64)) != want.used {
		t.Errorf("reserved %v, used %v; PyTorch says %d, %d", format(row["reserved_bytes"]), format(row["used_bytes"]), want.reserved, want.used)
	}
	if row["stranded_bytes"] != nil || row["largest_free_block_bytes"] != nil {
		t.Errorf("stranded %v, largest %v although no walk is allowed", row["stranded_bytes"], row["largest_free_block_bytes"])
	}
	got := b.monitor("--json", "-p", fmt.Sprint(p.pid()))
	if !strings.Contains(got.stdout, "history") {
		t.Error("no fault names the history")
	}
}

// Two monitors at once see the same, and both go on.
func TestTwoMonitors(t *testing.T) {
	b := newBench(t)
	p := b.start(9)
	p.tell("step 150")
	want := p.truth(0)
	done := make(chan result, 2)
	for range 2 {
		go func() { done <- b.monitor("--json", "--watch", "--count", "3", "-d", "0.3", "-p", fmt.Sprint(p.pid())) }()
	}
	for range 2 {
		got := <-done
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if got.code != 0 || len(lines) != 3 {
			t.Fatalf("exit code %d, %d documents: %s", got.code, len(lines), got.stderr)
		}
		for i, line := range lines {
			want.compare(t, decodeRow(t, line), fmt.Sprint("document ", i))
		}
	}
}
