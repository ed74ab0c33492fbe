package whatif

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// programs are the settings and devices that random programs run under.
var programs = []struct {
	name   string
	text   string
	device int64
	after  func(*Config)
}{
	{name: "default"},
	{name: "small device", device: 300 * mib},
	{name: "split limit", text: "max_split_size_mb:32", device: 700 * mib},
	{name: "rounding", text: "roundup_power2_divisions:[1:2,4:8,>:4]"},
	{name: "expandable", text: "expandable_segments:True"},
	{name: "expandable on a small device", text: "expandable_segments:True", device: 300 * mib},
	{name: "expandable everywhere", text: "expandable_segments:True,large_segment_size_mb:32", device: 500 * mib, after: func(c *Config) { c.ExpandablePrivatePools = true }},
	{name: "garbage collection", text: "garbage_collection_threshold:0.5,per_process_memory_fraction:0.9", device: 500 * mib},
	{name: "capped", text: "per_process_memory_fraction:0.3", device: 800 * mib},
}

func TestRandomPrograms(t *testing.T) {
	for i, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			config, err := ParseConfig(p.text)
			if err != nil {
				t.Fatal(err)
			}
			if p.after != nil {
				p.after(&config)
			}
			for seed := range uint64(4) {
				program := newProgram(t, config, p.device, rand.New(rand.NewPCG(seed, uint64(i))))
				for range 1500 {
					program.step()
				}
				program.finish()
				if p.device > 0 && program.ooms == 0 && program.a.Stats().Retries == 0 {
					t.Errorf("seed %d: the device was never full", seed)
				}
			}
		})
	}
}

type program struct {
	t      *testing.T
	r      *rand.Rand
	a      *Allocator
	memory *Memory
	live   []uint64
	pool   [2]uint64 // in use
	ooms   int64
	// plain programs use no private pools.
	plain bool
}

func newProgram(t *testing.T, config Config, total int64, r *rand.Rand) *program {
	memory := NewMemory(total)
	return &program{t: t, r: r, memory: memory, a: New(config, NewDriver(memory))}
}

func (p *program) step() {
	p.t.Helper()
	switch n := p.r.IntN(100); {
	case n < 48:
		p.malloc()
	case n < 90:
		p.free()
	case n < 93 && len(p.live) > 0:
		p.must(p.a.RecordStream(p.live[p.r.IntN(len(p.live))], p.stream()))
	case n < 95:
		p.a.CompleteEvents()
	case n < 96 && !p.plain:
		p.togglePool()
	case n == 96:
		p.emptyCache()
	}
	check(p.t, p.a)
	if taken := p.memory.Total() - p.memory.Available(); taken != p.a.Stats().Reserved.Current {
		p.t.Fatalf("reserved %d, taken from the device %d", p.a.Stats().Reserved.Current, taken)
	}
	if allowed, ok := p.a.Allowed().Get(); ok && p.a.Stats().Reserved.Current > allowed {
		p.t.Fatalf("reserved %d of %d allowed", p.a.Stats().Reserved.Current, allowed)
	}
}

func (p *program) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) stream() uint64 { return uint64(p.r.IntN(3)) * 16 }

// size draws from all magnitudes alike.
func (p *program) size() int64 { return 1 + p.r.Int64N(1<<(4+p.r.IntN(23))) }

func (p *program) malloc() {
	p.t.Helper()
	size, stream := p.size(), p.stream()
	if p.pool == [2]uint64{} {
		p.a.processEvents() // so that the walk shows what Malloc will see
	}
	expected := naiveFit(p.a, size, stream)
	allocs := p.a.Stats().DeviceAllocs
	got, err := p.a.Malloc(size, stream)
	var oom *OutOfMemoryError
	switch {
	case errors.As(err, &oom):
		p.ooms++
		if expected != 0 && !p.a.config.ExpandableSegments {
			p.t.Fatalf("out of memory with a fitting block at %#x", expected)
		}
		return
	case err != nil:
		p.t.Fatal(err)
	case slices.Contains(p.live, got):
		p.t.Fatalf("%#x was handed out twice", got)
	}
	p.live = append(p.live, got)
	grew := p.a.Stats().DeviceAllocs > allocs
	if !p.a.config.ExpandableSegments && (grew != (expected == 0) || !grew && got != expected) {
		p.t.Fatalf("%d bytes got %#x, best fit is %#x", size, got, expected)
	}
	if p.a.config.ExpandableSegments && grew && expected != 0 {
		p.t.Fatalf("%d bytes needed memory from the driver, best fit is %#x", size, expected)
	}
}

func (p *program) free() {
	p.t.Helper()
	if len(p.live) == 0 {
		return
	}
	i := p.r.IntN(len(p.live))
	p.must(p.a.Free(p.live[i]))
	p.live = slices.Delete(p.live, i, i+1)
}

func (p *program) togglePool() {
	p.t.Helper()
	if p.pool != [2]uint64{} {
		p.must(p.a.EndPool(p.pool))
		p.pool = [2]uint64{}
		return
	}
	pool := [2]uint64{1, p.r.Uint64N(2)}
	if p.a.private[pool] == nil || p.a.private[pool].holders < 1 {
		p.must(p.a.BeginPool(pool))
		p.pool = pool
	} else {
		p.must(p.a.ReleasePool(pool))
	}
}

// emptyCache checks the release against the estimate made from a walk, which
// counts private pools as held.
func (p *program) emptyCache() {
	p.t.Helper()
	if p.pool != [2]uint64{} {
		return
	}
	for _, private := range p.a.private {
		if private.holders == 0 {
			return
		}
	}
	estimate := fragcalc.Measure(
		fragcalc.GroupPools(p.a.Segments()),
		fragcalc.AllocatorSettings{LargeSegmentBytes: p.a.config.LargeSegmentSize},
	).ReleaseEstimate
	if got := p.a.EmptyCache(); estimate != fragcalc.Of(got) {
		p.t.Fatalf("released %d bytes, estimated %v", got, estimate)
	}
}

// finish frees everything; a release must then leave nothing.
func (p *program) finish() {
	p.t.Helper()
	if p.pool != [2]uint64{} {
		p.togglePool()
	}
	for id, private := range p.a.private {
		for private.holders > 0 {
			p.must(p.a.ReleasePool(id))
		}
	}
	for len(p.live) > 0 {
		p.free()
	}
	p.a.EmptyCache()
	check(p.t, p.a)
	if rest := fmt.Sprint(currents(p.a.Stats())); rest != fmt.Sprint(make([]int64, 9)) {
		p.t.Fatalf("left over: %s", rest)
	}
	if p.memory.Available() != p.memory.Total() {
		p.t.Fatalf("%d bytes were not handed back", p.memory.Total()-p.memory.Available())
	}
	if walk := p.a.Segments(); len(walk) > 0 || len(p.a.private) > 0 {
		p.t.Fatalf("%d segments and %d private pools left", len(walk), len(p.a.private))
	}
}
