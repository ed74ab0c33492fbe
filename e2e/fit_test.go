//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"testing"
)

// fitDocument is what gpufragtop fit --json prints.
type fitDocument struct {
	Schema    string
	Processes []struct {
		FitsNow   *int64 `json:"fits_now_bytes"`
		FitsAfter *int64 `json:"fits_after_release_bytes"`
		Free      *int64 `json:"device_free_bytes"`
		Streams   []fitVerdict
	}
}

type fitVerdict struct {
	Stream  *string
	Fits    *bool
	How     string
	Best    string  `json:"how_at_best"`
	Waited  string  `json:"how_after_waiting"`
	Address *string `json:"block_address"`
	Rounded *int64  `json:"rounded_bytes"`
}

func (b *bench) fit(p *program, size int64) fitDocument {
	b.t.Helper()
	got := b.monitor("fit", fmt.Sprint(size), fmt.Sprint(p.pid()), "--json")
	var document fitDocument
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil || got.code != 0 || len(document.Processes) != 1 {
		b.t.Fatalf("fit %d: %v: %d %q %q", size, err, got.code, got.stdout, got.stderr)
	}
	return document
}

// attempt really asks the allocator.
func (p *program) attempt(size int64, stream uint64) (how, address string) {
	p.t.Helper()
	answer := p.tell(fmt.Sprint("attempt ", size, " ", stream))
	switch {
	case answer["address"] == nil:
		return "no", ""
	case answer["retries"].(float64) > 0:
		return "release", ""
	case answer["allocs"].(float64) > 0:
		return "new_segment", ""
	}
	return "cache", "0x" + strconv.FormatUint(uint64(answer["address"].(float64)), 16)
}

// try moves on; a program on a small device may run out of memory.
func (p *program) try(command string) {
	p.t.Helper()
	p.send(command)
	if answer := p.answer(); answer["error"] != nil && answer["error"] != "OutOfMemoryError" {
		p.t.Fatalf("%s: %v: %v", command, answer["error"], answer["message"])
	}
}

// What fit says is what PyTorch then does: whether the allocation succeeds, and
// how, and in which block. GPUFRAGTOP_E2E_QUESTIONS asks more of each program.
func TestFitIsWhatPyTorchDoes(t *testing.T) {
	ways := []string{"cache", "new_segment", "release", "no"}
	each := 24
	if text := os.Getenv("GPUFRAGTOP_E2E_QUESTIONS"); text != "" {
		if _, err := fmt.Sscan(text, &each); err != nil {
			t.Fatal(err)
		}
	}
	asked, unsure, seen := 0, 0, map[string]int{}
	for i, c := range []struct {
		name     string
		settings string
		total    int // MiB of the device
		prepare  []string
	}{
		{"default settings", "", 2000, nil},
		{"small device", "", 1100, nil},
		{"expandable segments", "expandable_segments:True", 2000, nil},
		{"split limit", "max_split_size_mb:32", 1800, nil},
		{"rounding", "roundup_power2_divisions:[1:2,8:4,>:8]", 2000, nil},
		{"fraction", "", 4000, []string{"fraction 0.4"}},
		{"expandable segments, fraction", "expandable_segments:True", 4000, []string{"fraction 0.4"}},
		{"garbage collection", "garbage_collection_threshold:0.6", 3000, []string{"fraction 0.5"}},
		{"pending frees", "", 1800, []string{"events hold"}},
		{"a MemPool", "", 1800, []string{"mempool 20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(i + 500)))
			env := []string{"GFT_FAKE_TOTAL_MIB=" + fmt.Sprint(c.total)}
			if c.settings != "" {
				env = append(env, "PYTORCH_CUDA_ALLOC_CONF="+c.settings)
			}
			b := newBench(t, env...)
			p := b.start(20 + i)
			p.tell("alloc 1024")
			for _, command := range c.prepare {
				p.try(command)
			}
			var spare []uint64
			for _, handle := range p.tell("streams")["spare"].([]any) {
				spare = append(spare, uint64(handle.(float64)))
			}
			edges := []int64{1 << 20, 10 << 20, 20 << 20}
			for range each {
				p.try(fmt.Sprint("step ", 1+r.Intn(60)))
				noticed := r.Intn(2) == 0
				if noticed {
					p.attempt(1, 0) // it notices events that are complete, which a walk does not show
				}
				size := int64(math.Exp(math.Log(512) + r.Float64()*math.Log(float64(c.total)*2048)))
				if r.Intn(2) == 0 {
					size = max(1, edges[r.Intn(len(edges))]+[]int64{-1 << 20, -512, 0, 0, 1, 512, 2 << 20}[r.Intn(7)])
				}
				process := b.fit(p, size).Processes[0]
				for _, edge := range []*int64{process.FitsNow, process.FitsAfter, process.Free} {
					if edge != nil && *edge > 0 {
						edges = append(edges[:min(len(edges), 12)], *edge)
					}
				}
				v := process.Streams[r.Intn(len(process.Streams))]
				stream, found := streamOf(v, process.Streams, spare)
				if !found {
					continue
				}
				how, address := p.attempt(size, stream)
				asked++
				seen[how]++
				best, at, worst := slices.Index(ways, v.Best), slices.Index(ways, how), slices.Index(ways, v.How)
				if later := slices.Index(ways, v.Waited); !noticed {
					best, worst = min(best, later), max(worst, later)
				}
				if best < 0 || worst < 0 || at < best || at > worst {
					t.Fatalf("%d bytes on stream %#x: %s it was, not %+v", size, stream, how, v)
				}
				if best != worst {
					unsure++
				} else if fits := how != "no"; v.Fits == nil || *v.Fits != fits {
					t.Fatalf("%d bytes on stream %#x: %s it was, not %+v", size, stream, how, v)
				}
				if how == "cache" && v.How == "cache" && v.Address != nil && *v.Address != address {
					t.Fatalf("%d bytes on stream %#x: the block at %s, not %s", size, stream, address, *v.Address)
				}
			}
		})
	}
	t.Logf("%d questions, %d unsure: %v", asked, unsure, seen)
	if asked < 200 || unsure*4 > asked {
		t.Errorf("%d questions, of which %d are unsure", asked, unsure)
	}
	for _, way := range ways {
		if seen[way] < 5 {
			t.Errorf("only %d answers were %q", seen[way], way)
		}
	}
}

// streamOf is a stream that a verdict is about.
func streamOf(v fitVerdict, all []fitVerdict, spare []uint64) (stream uint64, found bool) {
	if v.Stream != nil {
		stream, err := strconv.ParseUint(*v.Stream, 0, 64)
		return stream, err == nil
	}
	for _, stream := range spare {
		if !listed(all, stream) {
			return stream, true
		}
	}
	return 0, false
}

func listed(verdicts []fitVerdict, stream uint64) bool {
	return slices.ContainsFunc(verdicts, func(v fitVerdict) bool {
		return v.Stream != nil && *v.Stream == "0x"+strconv.FormatUint(stream, 16)
	})
}
