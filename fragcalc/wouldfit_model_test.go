package fragcalc_test

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// circumstance is what a program of TestWouldFitOnTheModel runs under.
type circumstance struct {
	name, settings    string
	expandablePrivate bool
	total             int64 // of the device; 0 = some hundred MiB
}

var circumstances = []circumstance{
	{name: "default"},
	{name: "tiny device", total: 70 * mib},
	{name: "capped", settings: "per_process_memory_fraction:0.6"},
	{name: "split limit", settings: "max_split_size_mb:32"},
	{name: "split limit, capped", settings: "max_split_size_mb:21,per_process_memory_fraction:0.7,max_non_split_rounding_mb:30"},
	{name: "rounding", settings: "roundup_power2_divisions:4"},
	{name: "rounding by size", settings: "roundup_power2_divisions:[1:2,4:8,32:1,>:2]"},
	{name: "rounding, split limit", settings: "roundup_power2_divisions:[8:1,>:8],max_split_size_mb:40"},
	{name: "large segments", settings: "large_segment_size_mb:48"},
	{name: "expandable", settings: "expandable_segments:True"},
	{name: "expandable, tiny device", settings: "expandable_segments:True", total: 70 * mib},
	{name: "expandable, capped", settings: "expandable_segments:True,per_process_memory_fraction:0.5"},
	{name: "expandable, rounding", settings: "expandable_segments:True,roundup_power2_divisions:8"},
	{name: "expandable everywhere", settings: "expandable_segments:True,large_segment_size_mb:32", expandablePrivate: true},
	{name: "expandable, split limit", settings: "expandable_segments:True,max_split_size_mb:32"},
	{name: "garbage collection", settings: "garbage_collection_threshold:0.5,per_process_memory_fraction:0.8"},
}

// graphPools are the private pools of the programs.
var graphPools = [][2]uint64{{0, 1}, {3, 0}}

// deed is one step of a program.
type deed struct {
	what         byte // a allocate, f free, e empty the cache, c complete events, p give a private pool up
	size, stream int64
	shared       bool
	pool         [2]uint64 // of an allocation or giving up
	free         int       // number of the allocation
}

// life is a program that can be run again and again.
type life struct {
	config     whatif.Config
	total, tax int64 // of the device; taken by others in the end
	deeds      []deed
}

func newLife(t *testing.T, r *rand.Rand, c circumstance) life {
	t.Helper()
	config, err := whatif.ParseConfig(c.settings)
	if err != nil {
		t.Fatal(err)
	}
	config.ExpandablePrivatePools = c.expandablePrivate
	l := life{config: config, total: c.total, tax: r.Int63n(90 * mib)}
	if l.total == 0 {
		l.total = int64(200+r.Intn(500)) * mib
	}
	private := r.Intn(3) == 0
	empties := r.Intn(2) == 0
	var live []int
	made := 0
	for range 10 + r.Intn(90) {
		switch n := r.Intn(100); {
		case n < 40 && len(live) > 0:
			at := r.Intn(len(live))
			l.deeds = append(l.deeds, deed{what: 'f', free: live[at]})
			live = slices.Delete(live, at, at+1)
		case n < 42 && empties:
			l.deeds = append(l.deeds, deed{what: 'e'})
		case n < 44:
			l.deeds = append(l.deeds, deed{what: 'c'})
		case n < 45 && private:
			l.deeds = append(l.deeds, deed{what: 'p', pool: graphPools[r.Intn(2)]})
		default:
			most := []int64{4096, mib, 9 * mib, 30 * mib, 90 * mib}[r.Intn(5)]
			d := deed{what: 'a', size: 1 + r.Int63n(most), stream: int64(r.Intn(3)), shared: r.Intn(5) == 0}
			if private && r.Intn(4) == 0 {
				d.pool = graphPools[r.Intn(2)]
			}
			l.deeds = append(l.deeds, d)
			live = append(live, made)
			made++
		}
	}
	return l
}

// run runs the program from its start. What does not fit is left out.
func (l life) run(t *testing.T) (*whatif.Allocator, *whatif.Memory) {
	t.Helper()
	memory := whatif.NewMemory(l.total)
	a := whatif.New(l.config, whatif.NewDriver(memory))
	var addresses []uint64
	holds := map[[2]uint64]int{}
	for _, d := range l.deeds {
		switch d.what {
		case 'a':
			if d.pool != [2]uint64{} {
				must(t, a.BeginPool(d.pool))
				holds[d.pool]++
			}
			address, err := a.Malloc(d.size, uint64(d.stream))
			if d.pool != [2]uint64{} {
				must(t, a.EndPool(d.pool))
			}
			if err == nil && d.shared {
				must(t, a.RecordStream(address, uint64(d.stream+1)))
			}
			addresses = append(addresses, address) // 0 if it failed
		case 'f':
			if addresses[d.free] != 0 {
				must(t, a.Free(addresses[d.free]))
			}
		case 'e':
			a.EmptyCache()
		case 'c':
			// A walk does not show that the events of a block are complete, but
			// after the next request it is not pending.
			a.CompleteEvents()
			if address, err := a.Malloc(1, 0); err == nil {
				must(t, a.Free(address))
			}
		case 'p':
			for ; holds[d.pool] > 0; holds[d.pool]-- {
				must(t, a.ReleasePool(d.pool))
			}
		}
	}
	memory.Take(min(l.tax, memory.Available()))
	return a, memory
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask really asks the allocator, and tells how it served the request.
func (l life) ask(t *testing.T, q fragcalc.FitQuestion, wait bool) (kind fragcalc.FitKind, address uint64) {
	t.Helper()
	a, _ := l.run(t)
	if wait {
		a.CompleteEvents()
	}
	stream := q.Stream
	if q.Fresh {
		stream = 77
	}
	if q.Private != [2]uint64{} {
		must(t, a.BeginPool(q.Private))
	}
	before := a.Stats()
	address, err := a.Malloc(q.Size, stream)
	after := a.Stats()
	switch {
	case err != nil:
		return fragcalc.FitNone, 0
	case after.Retries > before.Retries:
		return fragcalc.FitRelease, address
	case after.DeviceAllocs > before.DeviceAllocs:
		return fragcalc.FitNew, address
	}
	return fragcalc.FitCached, address
}

// context is what a monitor sees of the program.
func (l life) context(t *testing.T, settings string) fragcalc.FitContext {
	t.Helper()
	a, memory := l.run(t)
	row := fragcalc.Process{
		Pools:    fragcalc.GroupPools(a.Segments()),
		Settings: fragcalc.AllocatorSettings{Text: settings},
		Room: fragcalc.Room{
			DeviceFree:  fragcalc.Of(memory.Available()),
			Allowed:     a.Allowed(),
			DeviceFrees: fragcalc.Of(a.Stats().DeviceFrees),
		},
	}
	row.Figures = fragcalc.Measure(row.Pools, row.Settings)
	return row.FitContext(&fragcalc.GPU{MemoryTotal: fragcalc.Of(l.total), MemoryUsed: fragcalc.Of(l.total - memory.Available())})
}

// sizes are what to ask for: at random, and at the edges where answers change.
func sizes(r *rand.Rand, c fragcalc.FitContext) []int64 {
	edges := []int64{mib, 10 * mib, 20 * mib, c.Room.DeviceFree.Or(0), c.Total.Or(0)}
	f := fragcalc.Measure(c.Pools, c.Settings)
	f.Fit(c.Pools, c.Settings, c.Room)
	edges = append(edges, f.FitsNow.Or(0), f.FitsAfterRelease.Or(0), f.LargestFree.Or(0), f.Free.Or(0))
	for range 3 {
		if len(c.Pools) > 0 {
			pool := c.Pools[r.Intn(len(c.Pools))]
			blocks := pool.Segments[r.Intn(len(pool.Segments))].Blocks
			edges = append(edges, blocks[r.Intn(len(blocks))].Size)
		}
	}
	var all []int64
	for range 12 {
		size := 1 + r.Int63n([]int64{2 * mib, 12 * mib, 40 * mib, 200 * mib, c.Total.Or(0)}[r.Intn(5)])
		if r.Intn(2) == 0 {
			size = edges[r.Intn(len(edges))] + []int64{-mib, -512, -1, 0, 0, 1, 512, 2 * mib}[r.Intn(8)]
		}
		all = append(all, max(1, size))
	}
	return all
}

// The verdict from a walk is what the allocator then does, for every way to
// succeed and to fail. Where a walk does not show enough, it lies between the
// two bounds of the verdict, which are apart seldom.
func TestWouldFitOnTheModel(t *testing.T) {
	for i, c := range circumstances {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(i)))
			asked, unsure, nameless := 0, 0, 0
			kinds := map[fragcalc.FitKind]int{}
			for program := range 60 {
				l := newLife(t, r, c)
				context := l.context(t, c.settings)
				for _, size := range sizes(r, context) {
					for _, q := range []fragcalc.FitQuestion{
						{Size: size, Stream: uint64(r.Intn(3))}, {Size: size, Fresh: true},
						{Size: size, Stream: uint64(r.Intn(3)), Private: graphPools[r.Intn(2)]},
					} {
						v := context.WouldFit(q)
						kind, address := l.ask(t, q, false)
						asked++
						kinds[kind]++
						if v.Best != v.Kind {
							unsure++
						}
						if v.Kind == fragcalc.FitCached && v.Block == 0 {
							nameless++
						}
						if !between(v.Best, kind, v.Kind) || v.Best != v.Kind && v.Reason == "" {
							t.Fatalf("program %d, %+v: %s it was, not %+v", program, q, kind, v)
						}
						if kind == fragcalc.FitCached && v.Kind == kind && v.Block > 0 && v.Address != address {
							t.Fatalf("program %d, %+v: the block at %#x, not %+v", program, q, address, v)
						}
						if q.Private == [2]uint64{} {
							kind, late := l.ask(t, q, true)
							if !between(v.WaitedBest, kind, v.Waited) || kind == fragcalc.FitCached && v.Block > 0 && v.Address != late {
								t.Fatalf("program %d, %+v: %s it was once events were complete, not %+v", program, q, kind, v)
							}
						}
					}
				}
			}
			t.Logf("%d questions, %d unsure: %v", asked, unsure, kinds)
			if unsure*10 > asked || nameless*4 > kinds[fragcalc.FitCached] {
				t.Errorf("%d of %d answers are unsure, %d do not name the block", unsure, asked, nameless)
			}
			for _, kind := range kindOrder {
				if kinds[kind] < asked/100 {
					t.Errorf("only %d of %d answers were %s", kinds[kind], asked, kind)
				}
			}
		})
	}
}

// The largest request that fits is one that fits, and no larger one does.
func TestLargestFitOnTheModel(t *testing.T) {
	for i, c := range circumstances {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(100 + i)))
			for program := range 40 {
				l := newLife(t, r, c)
				context := l.context(t, c.settings)
				f := fragcalc.Measure(context.Pools, context.Settings)
				f.Fit(context.Pools, context.Settings, context.Room)
				// Otherwise the figure is a lower bound.
				exact := (!l.config.ExpandableSegments || context.Room.DeviceFrees == fragcalc.Of[int64](0)) && l.config.GCThreshold == 0
				for _, figure := range []fragcalc.Bytes{f.FitsNow, f.FitsAfterRelease} {
					empty := figure == f.FitsAfterRelease && figure != f.FitsNow
					size := figure.Or(-1)
					if size < 0 || size > 0 && !l.fits(t, size, empty) {
						t.Fatalf("program %d, released %v: %d bytes do not fit", program, empty, size)
					}
					for _, more := range []int64{1, 512, mib, 2 * mib, 4 * mib, 20 * mib, 1 + r.Int63n(30*mib), 1 + r.Int63n(l.total)} {
						if exact && l.fits(t, size+more, empty) {
							t.Fatalf("program %d, released %v: %d bytes were to fit, %d do", program, empty, size, size+more)
						}
					}
				}
			}
		})
	}
}

// fits tells whether a request succeeds on some stream without a retry. Private
// pools are held, so that a release leaves them alone.
func (l life) fits(t *testing.T, size int64, empty bool) bool {
	t.Helper()
	for stream := range uint64(4) {
		a, _ := l.run(t)
		if empty {
			for _, pool := range graphPools {
				must(t, a.BeginPool(pool))
				must(t, a.EndPool(pool))
			}
			a.EmptyCache()
		}
		before := a.Stats()
		if _, err := a.Malloc(size, stream); err == nil && a.Stats().Retries == before.Retries {
			return true
		}
	}
	return false
}

var kindOrder = []fragcalc.FitKind{fragcalc.FitCached, fragcalc.FitNew, fragcalc.FitRelease, fragcalc.FitNone}

func between(best, kind, worst fragcalc.FitKind) bool {
	at := slices.Index(kindOrder, kind)
	return slices.Index(kindOrder, best) <= at && at <= slices.Index(kindOrder, worst)
}
