package advice

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestReleaseIsAdvisedForOthersOrAFullGPU(t *testing.T) {
	p := new(builder).large(live(gib)).large(free(8 * gib)).process()
	a := find(t, p, node(p, 20*gib), Inputs{}, "release")
	says(t, a, "8.00 GiB back to others on this GPU: gpufragtop release 42", "does not help this program itself")
	if a.Expected != fragcalc.Of[int64](8*gib) || a.evidence("held_by_others_bytes") != int64(20*gib) {
		t.Errorf("%+v", a)
	}
	silent(t, find(t, p, node(p, 0), Inputs{}, "release"), "nobody else is there and the GPU is nearly empty")
	file := node(p, 20*gib)
	file.From = "dump.pickle"
	silent(t, find(t, p, file, Inputs{}, "release"), "a file cannot release")

	whole := new(builder).large(live(70 * gib)).large(free(8 * gib)).process()
	says(t, find(t, whole, node(whole, 0), Inputs{}, "release"), "to the GPU, which is nearly full")
	little := new(builder).large(live(gib)).large(free(20 * mib)).process()
	silent(t, find(t, little, node(little, 20*gib), Inputs{}, "release"), "there is little to release")

	refused := new(builder).large(live(gib)).large(free(8 * gib)).process(func(p *fragcalc.Process) {
		p.Hook = fragcalc.ReleaseHook{Reason: "started\x1b[2J with --watch-only"}
	})
	a = find(t, refused, node(refused, 20*gib), Inputs{}, "release")
	says(t, a, "cannot be asked for from outside (started[2J with --watch-only)", "torch.cuda.empty_cache()")
}

// holed is a process with much stranded memory.
func holed(changes ...func(*fragcalc.Process)) *fragcalc.Process {
	return new(builder).large(live(gib), free(3*gib), live(gib)).large(live(2*gib), free(gib)).process(changes...)
}

func TestExpandableSegmentsAreANumberOnlyFromATrace(t *testing.T) {
	p := holed()
	a := find(t, p, node(p, 0), Inputs{}, "expandable_segments")
	says(t, a, "may help against 4.00 GiB stranded", "w (gpufragtop whatif) records and computes")
	if a.Expected.Known() {
		t.Errorf("a number without a trace: %v", a.Expected)
	}
	a = find(t, p, node(p, 0), Inputs{ExpandableSaves: fragcalc.Of[int64](3 * gib)}, "expandable_segments")
	says(t, a, "saves 3.00 GiB", "PYTORCH_CUDA_ALLOC_CONF")
	if a.Expected != fragcalc.Of[int64](3*gib) {
		t.Errorf("expected %v", a.Expected)
	}
	for _, saved := range []int64{0, -gib, 10 * mib} {
		silent(t, find(t, p, node(p, 0), Inputs{ExpandableSaves: fragcalc.Of(saved)}, "expandable_segments"), "the trace says that it does not help")
	}
	file := node(p, 0)
	file.From = "dump.pickle"
	says(t, find(t, p, file, Inputs{}, "expandable_segments"), "a snapshot with memory history would tell")
	p.Trace = &fragcalc.Trace{}
	says(t, find(t, p, file, Inputs{}, "expandable_segments"), "computes it from the trace")
	whole := new(builder).large(live(4 * gib)).large(free(4 * gib)).process()
	silent(t, find(t, whole, node(whole, 0), Inputs{}, "expandable_segments"), "nothing is stranded")
}

func TestASettingThatIsOnIsNeverAdvised(t *testing.T) {
	for text, want := range map[string]bool{
		"expandable_segments:True": false, "max_split_size_mb:128, expandable_segments:true": false,
		"roundup_power2_divisions:[256:1,512:2,>:8],expandable_segments:True": false,
		"expandable_segments:False": true, "": true, "max_split_size_mb:128": true,
		"backend:cudaMallocAsync": false, "PYTORCH_NO_CUDA_MEMORY_CACHING=1": false,
	} {
		p := holed(settings(text))
		if got := find(t, p, node(p, 0), Inputs{}, "expandable_segments") != nil; got != want {
			t.Errorf("%q: advised %v", text, got)
		}
	}
	expandable := new(builder).segment(fragcalc.PoolID{}, true, live(gib), free(10*mib), live(gib), free(500*mib), live(mib)).process()
	expandable.Stranded = fragcalc.Of[int64](gib)
	silent(t, find(t, expandable, node(expandable, 0), Inputs{}, "expandable_segments"), "the walk shows that they are on")
	for version, want := range map[string]bool{"2.0.1": false, "1.13.1+cu117": false, "2.1.0": true, "2.11": true, "": true, "nightly": true} {
		p := holed(torch(version))
		if got := find(t, p, node(p, 0), Inputs{}, "expandable_segments") != nil; got != want {
			t.Errorf("version %q: advised %v", version, got)
		}
	}
	jax := holed(func(p *fragcalc.Process) { p.Framework.Name = "cupy" })
	silent(t, find(t, jax, node(jax, 0), Inputs{}, "expandable_segments"), "CuPy has no such setting")
}

func TestKnownClashesAreWarnedOf(t *testing.T) {
	private := func(b *builder) *builder {
		return b.segment(fragcalc.PoolID{Private: [2]uint64{0, 1}}, false, live(100*mib))
	}
	for _, c := range []struct {
		process *fragcalc.Process
		want    string
	}{
		{holed(command("python -m vllm.entrypoints.openai.api_server")), "sleep mode"},
		{holed(command("python -m sglang.launch_server --tp 8")), "custom all-reduce"},
		{private(new(builder).large(live(gib), free(3*gib), live(gib))).process(), "stay ordinary segments up to PyTorch 2.6"},
		{private(new(builder).large(live(gib), free(3*gib), live(gib))).process(torch("2.11")), "MemPools with an allocator of their own"},
	} {
		says(t, find(t, c.process, node(c.process, 0), Inputs{}, "expandable_segments"), c.want)
		says(t, find(t, c.process, node(c.process, 0), Inputs{ExpandableSaves: fragcalc.Of[int64](gib)}, "expandable_segments"), c.want)
	}
	const sleeping = "vllm serve m --enable-sleep-mode"
	p := holed(command(sleeping))
	silent(t, find(t, p, node(p, 0), Inputs{}, "expandable_segments"), "sleep mode excludes it")
	silent(t, find(t, p, node(p, 0), Inputs{}, "settings_clash"), "it is not on")
	p = holed(command(sleeping), settings("expandable_segments:True"))
	says(t, find(t, p, node(p, 0), Inputs{}, "settings_clash"), "exclude each other")
	p = holed(command("vllm serve m"), settings("expandable_segments:True"))
	silent(t, find(t, p, node(p, 0), Inputs{}, "settings_clash"), "no sleep mode")
}

func TestRoundingIsNamedWithItsCause(t *testing.T) {
	rounded := func(size, requested int64) part {
		return part{state: fragcalc.BlockUsed, size: size, requested: requested}
	}
	tails := new(builder).large(rounded(100*mib, 80*mib), rounded(500*mib, 440*mib)).process()
	says(t, find(t, tails, node(tails, 0), Inputs{}, "rounding"), "80.0 MiB (13%)", "too short to split")
	set := new(builder).large(rounded(100*mib, 80*mib), rounded(500*mib, 440*mib)).process(settings("roundup_power2_divisions:4"))
	says(t, find(t, set, node(set, 0), Inputs{}, "rounding"), "roundup_power2_divisions does that")
	var many []part
	for range 400_000 {
		many = append(many, rounded(512, 100))
	}
	small := new(builder).segment(fragcalc.PoolID{Small: true}, false, many...).process()
	says(t, find(t, small, node(small, 0), Inputs{}, "rounding"), "small tensors")
	exact := new(builder).large(live(10 * gib)).process()
	silent(t, find(t, exact, node(exact, 0), Inputs{}, "rounding"), "nothing is rounded")
	usual := new(builder).large(rounded(10*gib, 10*gib-100*mib)).process()
	silent(t, find(t, usual, node(usual, 0), Inputs{}, "rounding"), "1 % is usual")
}

func TestASmallBlockThatPinsALargeSegmentIsNamed(t *testing.T) {
	p := new(builder).large(free(900*mib), live(2*mib), free(122*mib)).large(live(4 * gib)).process()
	p.Pools[0].Segments[0].Blocks[1].Stack = 1
	p.Stacks = fragcalc.Stacks{{{File: "/home/a/model.py", Line: 12, Function: "log\x1b[31m_stats"}, {File: "x", Line: 1, Function: "y"}}}
	a := find(t, p, node(p, 0), Inputs{}, "pinned_segments")
	address := p.Pools[0].Segments[0].Blocks[1].Address
	says(t, a, "keep 1.00 GiB free in 1 large segment", "2.00 MiB at "+hex(address), "log[31m_stats (model.py:12)", "If they live long")
	if a.Expected != fragcalc.Of[int64](1022*mib) || a.evidence("address") != hex(address) {
		t.Errorf("%+v", a)
	}

	trace := &fragcalc.Trace{Events: make([]fragcalc.TraceEvent, 10)}
	p.Trace = trace
	says(t, find(t, p, node(p, 0), Inputs{}, "pinned_segments"), "It has lived for long")
	trace.Events[1] = fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc, Address: address, Size: 2 * mib}
	says(t, find(t, p, node(p, 0), Inputs{}, "pinned_segments"), "It has lived for long")
	trace.Events[9] = trace.Events[1]
	silent(t, find(t, p, node(p, 0), Inputs{}, "pinned_segments"), "it has just been allocated")

	busy := new(builder).large(free(500*mib), live(400*mib), free(100*mib)).process()
	silent(t, find(t, busy, node(busy, 0), Inputs{}, "pinned_segments"), "the block is not small")
	mapped := new(builder).segment(fragcalc.PoolID{}, true, free(900*mib), live(2*mib), free(98*mib)).process()
	silent(t, find(t, mapped, node(mapped, 0), Inputs{}, "pinned_segments"), "expandable segments give their pages back")
	graph := new(builder).segment(fragcalc.PoolID{Private: [2]uint64{1, 0}}, false, free(900*mib), live(2*mib), free(98*mib)).process()
	silent(t, find(t, graph, node(graph, 0), Inputs{}, "pinned_segments"), "a private pool keeps its segments anyway")
}

func TestFreeMemoryInTheWrongPlace(t *testing.T) {
	two := new(builder).large(live(4*gib)).segment(fragcalc.PoolID{Stream: 0x55}, false, live(mib), free(2*gib)).process()
	says(t, find(t, two, node(two, 0), Inputs{}, "other_stream"), "2.00 GiB free belongs to 1 other stream, most to stream 0x55")
	one := new(builder).large(live(4*gib), free(2*gib)).process()
	silent(t, find(t, one, node(one, 0), Inputs{}, "other_stream"), "there is one stream")
	home := new(builder).large(live(4*gib), free(2*gib)).segment(fragcalc.PoolID{Stream: 0x55}, false, live(gib), free(20*mib)).process()
	silent(t, find(t, home, node(home, 0), Inputs{}, "other_stream"), "the free memory belongs to the busiest stream")

	b := new(builder).large(live(gib))
	for range 200 {
		b.segment(fragcalc.PoolID{Small: true}, false, live(512), free(2*mib-512))
	}
	small := b.process()
	says(t, find(t, small, node(small, 0), Inputs{}, "small_pool"), "is in the small pool")
	silent(t, find(t, two, node(two, 0), Inputs{}, "small_pool"), "the small pool is empty")

	graph := new(builder).large(live(gib)).segment(fragcalc.PoolID{Private: [2]uint64{1, 0}}, false, live(mib), free(gib)).process()
	says(t, find(t, graph, node(graph, 0), Inputs{}, "parked"), "1.00 GiB is parked in 1 private pool", "no fragmentation")
	silent(t, find(t, two, node(two, 0), Inputs{}, "parked"), "there is no private pool")
}

func TestSlack(t *testing.T) {
	spike := func(p *fragcalc.Process) { p.ActivePeak = fragcalc.Of[int64](3 * gib) }
	p := new(builder).large(live(2*gib), free(gib)).large(free(5 * gib)).process(spike)
	a := find(t, p, node(p, 0), Inputs{}, "slack")
	says(t, a, "5.00 GiB of 8.00 GiB reserved was never needed at once", "returns 5.00 GiB of it now")
	if a.Expected != fragcalc.Of[int64](5*gib) {
		t.Errorf("expected %v", a.Expected)
	}
	inHoles := new(builder).large(live(gib), free(5*gib), live(gib)).process(func(p *fragcalc.Process) { p.ActivePeak = fragcalc.Of[int64](2 * gib) })
	says(t, find(t, inHoles, node(inHoles, 0), Inputs{}, "slack"), "It lies in holes: a release returns 0 B of it")
	uncounted := new(builder).large(live(2*gib)).large(free(6*gib)).process(spike, func(p *fragcalc.Process) { p.ReleaseEstimate = fragcalc.Unknown[int64]("needs a walk") })
	if a := find(t, uncounted, node(uncounted, 0), Inputs{}, "slack"); a == nil || a.Expected.Reason() != "needs a walk" {
		t.Errorf("%+v", a)
	}
	needed := new(builder).large(live(2*gib), free(gib)).large(free(5 * gib)).process(func(p *fragcalc.Process) { p.ActivePeak = fragcalc.Of[int64](8 * gib) })
	silent(t, find(t, needed, node(needed, 0), Inputs{}, "slack"), "all was needed once")
	unknown := new(builder).large(free(8 * gib)).process(func(p *fragcalc.Process) { p.ActivePeak = fragcalc.Unknown[int64]("no counters") })
	silent(t, find(t, unknown, node(unknown, 0), Inputs{}, "slack"), "its peak is unknown")
}

func TestAnArenaIsNamed(t *testing.T) {
	p := new(builder).large(live(50 * gib)).large(live(10 * gib)).process(command("vllm serve m"))
	says(t, find(t, p, node(p, 0), Inputs{}, "arena"), "50.0 GiB is 83% of the used memory", "KV cache", "--gpu-memory-utilization")
	other := new(builder).large(live(50 * gib)).process()
	says(t, find(t, other, node(other, 0), Inputs{}, "arena"), "an arena whose inside is not visible here")
	even := new(builder).large(live(10 * gib)).large(live(10 * gib)).large(live(10 * gib)).process()
	silent(t, find(t, even, node(even, 0), Inputs{}, "arena"), "no block is most of it")

	jax := func(text string) *fragcalc.Process {
		p := &fragcalc.Process{RowID: fragcalc.RowID{GPUUUID: testGPU}, Framework: fragcalc.Framework{Name: "jax"}, Figures: fragcalc.UnknownFigures("not instrumented"),
			Settings: fragcalc.AllocatorSettings{Text: text}, GPUMemory: fragcalc.Of[int64](60 * gib)}
		return p
	}
	for text, want := range map[string]string{
		"": "75 %", "XLA_PYTHON_CLIENT_MEM_FRACTION=.9": "was told to take a fixed share", "XLA_PYTHON_CLIENT_PREALLOCATE=true": "75 %",
		"XLA_PYTHON_CLIENT_PREALLOCATE=false": "", "XLA_PYTHON_CLIENT_ALLOCATOR=platform": "",
	} {
		p := jax(text)
		a := find(t, p, node(p, 0), Inputs{}, "preallocated")
		if want == "" {
			silent(t, a, text)
		} else {
			says(t, a, want)
		}
	}
}

func TestWhatIsNotFragmentationIsCalledSo(t *testing.T) {
	parts := func() *builder { return new(builder).large(live(500*mib), live(300*mib), live(200*mib)) }
	failed := func(p *fragcalc.Process) { p.OOMs = fragcalc.Of[int64](1) }
	p := parts().process(failed)
	says(t, find(t, p, node(p, 0), Inputs{}, "not_fragmentation"), "This is not fragmentation: 0.98 GiB of 0.98 GiB reserved is used", "lower precision", "500 MiB")
	says(t, find(t, p, node(p, 60*gib), Inputs{}, "not_fragmentation"), "Other processes hold 60.0 GiB")
	calm := parts().process()
	silent(t, find(t, calm, node(calm, 0), Inputs{}, "not_fragmentation"), "memory is not short")
	says(t, find(t, calm, node(calm, 78*gib), Inputs{}, "not_fragmentation"), "This is not fragmentation")
	holes := holed(failed)
	silent(t, find(t, holes, node(holes, 0), Inputs{}, "not_fragmentation"), "much is stranded")
	traced := parts().process(func(p *fragcalc.Process) {
		p.Trace = &fragcalc.Trace{Events: []fragcalc.TraceEvent{{Kind: fragcalc.TraceOOM, Size: 5 * gib}}}
	})
	says(t, find(t, traced, &fragcalc.Snapshot{From: "f"}, Inputs{}, "not_fragmentation"), "This is not fragmentation")
}

func TestVaryingSizes(t *testing.T) {
	requests := func(count int, size func(int) int64) func(*fragcalc.Process) {
		return func(p *fragcalc.Process) {
			p.Trace = &fragcalc.Trace{}
			for i := range count {
				p.Trace.Events = append(p.Trace.Events, fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc, Size: size(i), Address: uint64(i)})
			}
		}
	}
	p := holed(requests(1000, func(i int) int64 { return int64(2+i) * mib }))
	says(t, find(t, p, node(p, 0), Inputs{}, "varying_sizes"), "1000 sizes among 1000 large requests", "bucketed")
	p = holed(requests(1000, func(i int) int64 { return int64(2+i%8) * mib }))
	silent(t, find(t, p, node(p, 0), Inputs{}, "varying_sizes"), "the shapes are fixed")
	whole := new(builder).large(live(gib)).process(requests(1000, func(i int) int64 { return int64(2+i) * mib }))
	silent(t, find(t, whole, node(whole, 0), Inputs{}, "varying_sizes"), "nothing is stranded")
	b := new(builder)
	for i := range 40 {
		b.large(live(int64(2+i)*mib), free(50*mib))
	}
	walked := b.process()
	says(t, find(t, walked, node(walked, 0), Inputs{}, "varying_sizes"), "40 sizes among 40 large live blocks")
}

func TestATensorThatIsExtendedByCopying(t *testing.T) {
	grows := func(step int64, stack uint32) func(*fragcalc.Process) {
		return func(p *fragcalc.Process) {
			p.Stacks = fragcalc.Stacks{{{File: "cache.py", Line: 7, Function: "append"}}}
			p.Trace = &fragcalc.Trace{}
			for i := range int64(40) {
				p.Trace.Events = append(p.Trace.Events,
					fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc, Stack: stack, Size: 10*mib + i*step},
					fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc, Stack: 2, Size: 4 * mib})
			}
		}
	}
	p := holed(grows(mib, 1))
	says(t, find(t, p, node(p, 0), Inputs{}, "preallocate"), "append (cache.py:7)", "from 10.0 MiB to 49.0 MiB in 40 steps")
	p = holed(grows(0, 1))
	silent(t, find(t, p, node(p, 0), Inputs{}, "preallocate"), "it does not grow")
	p = holed(grows(mib, 0))
	silent(t, find(t, p, node(p, 0), Inputs{}, "preallocate"), "no stacks were recorded")
}

func TestAdviceIsShortOrderedAndSilentWhereThereIsNothing(t *testing.T) {
	bad := new(builder).large(live(gib), free(3*gib), live(gib)).large(free(8*gib)).
		segment(fragcalc.PoolID{Stream: 1}, false, live(mib), free(4*gib)).
		segment(fragcalc.PoolID{Private: [2]uint64{1, 0}}, false, live(mib), free(4*gib)).
		process(func(p *fragcalc.Process) { p.AllocRetries, p.OOMs = fragcalc.Of[int64](3), fragcalc.Of[int64](1) })
	got := Advise(bad, node(bad, 20*gib), Inputs{})
	if len(got) != most {
		t.Fatalf("%d pieces of advice: %v", len(got), got)
	}
	for i, a := range got {
		checkSane(t, a)
		if a.Rule == "" || i > 0 && a.worth > got[i-1].worth {
			t.Errorf("%d: %+v", i, a)
		}
	}
	healthy := new(builder).large(live(20*gib), live(10*gib), live(15*gib), free(100*mib)).process()
	if got := Advise(healthy, node(healthy, 5*gib), Inputs{}); len(got) != 0 {
		t.Errorf("a healthy process is told %v", got)
	}
	unknown := &fragcalc.Process{Figures: fragcalc.UnknownFigures("not instrumented")}
	if got := Advise(unknown, &fragcalc.Snapshot{}, Inputs{}); len(got) != 0 {
		t.Errorf("an unknown process is told %v", got)
	}
}

func TestRuleNamesAreStable(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range Rules() {
		if seen[name] || name != strings.ToLower(name) || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("rule %q", name)
		}
		seen[name] = true
	}
}

// Whatever a walk or a page claims, advice about it is a sentence.
func FuzzAdviseHostile(f *testing.F) {
	f.Add(int64(1)<<62, int64(-1), int64(1)<<62, uint32(1), "expandable_segments:[True", "2..x", int64(-5), true)
	f.Add(int64(gib), int64(3*gib), int64(0), uint32(0), "a:b,:,=,[", "2.6", int64(1)<<40, false)
	f.Fuzz(func(t *testing.T, first, second, requested int64, state uint32, settings, version string, counter int64, expandable bool) {
		p := new(builder).segment(fragcalc.PoolID{}, expandable, part{fragcalc.BlockState(state), first, requested}, free(second)).
			process(func(p *fragcalc.Process) {
				p.Settings.Text, p.Framework.Version = settings, version
				p.AllocRetries, p.OOMs, p.ActivePeak = fragcalc.Of(counter), fragcalc.Of(-counter), fragcalc.Of(counter)
				p.Stacks = fragcalc.Stacks{{{File: settings, Line: int(counter), Function: version}}}
				p.Pools[0].Segments[0].Blocks[0].Stack = 1
				p.Trace = &fragcalc.Trace{Events: []fragcalc.TraceEvent{{Kind: fragcalc.TraceAlloc, Stack: state, Size: first}, {Kind: fragcalc.TraceKind(state)}}}
			})
		for _, a := range Advise(p, node(p, counter), Inputs{ExpandableSaves: fragcalc.Of(requested)}) {
			checkSane(t, a)
		}
	})
}
