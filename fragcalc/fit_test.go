package fragcalc

import "testing"

func TestFit(t *testing.T) {
	block := func(state BlockState, size int64) Block { return Block{State: state, Size: size * mib} }
	hole := one(PoolID{}, Segment{Size: 40 * mib, Blocks: []Block{block(BlockUsed, 10), block(BlockFree, 30)}})
	whole := one(PoolID{}, Segment{Size: 100 * mib, Blocks: []Block{block(BlockFree, 100)}})
	full := one(PoolID{}, Segment{Size: 2 * mib, Blocks: []Block{block(BlockUsed, 2)}})
	tail := one(PoolID{}, expandable(block(BlockUsed, 10), block(BlockFree, 10)))
	sliver := one(PoolID{}, expandable(block(BlockFree, 1), block(BlockUsed, 19)))
	pages := one(PoolID{}, expandable(block(BlockUsed, 18), block(BlockFree, 29), block(BlockUsed, 13)))
	two := one(PoolID{}, tail[0].Segments[0])
	two[0].Segments = append(two[0].Segments, expandable(block(BlockFree, 10), block(BlockUsed, 10)))
	driver := func(mibs int64) Room { return Room{DeviceFree: Of(mibs * mib), DeviceFrees: Of[int64](0)} }
	capped := func(mibs, allowed int64) Room {
		r := driver(mibs)
		r.Allowed = Of(allowed * mib)
		return r
	}
	after := func(r Room, deviceFrees Count) Room {
		r.DeviceFrees = deviceFrees
		return r
	}
	for _, c := range []struct {
		name       string
		pools      []Pool
		settings   AllocatorSettings
		room       Room
		now, after int64 // MiB
	}{
		{"a block of the cache", hole, AllocatorSettings{}, driver(0), 30, 30},
		{"a new segment", hole, AllocatorSettings{}, driver(77), 76, 76},
		{"after a release the driver has more", whole, AllocatorSettings{}, driver(50), 100, 150},
		{"a cap", hole, AllocatorSettings{}, capped(900, 60), 30, 30},
		{"a cap below what is reserved", whole, AllocatorSettings{}, capped(900, 50), 100, 50},
		{"too little for a large segment", full, AllocatorSettings{}, driver(8), 1, 1},
		{"too little for any segment", full, AllocatorSettings{}, driver(1), 0, 0},
		{"smaller large segments", full, AllocatorSettings{LargeSegmentBytes: 4 * mib}, driver(5), 4, 4},
		{"a small pool serves small requests", one(PoolID{Small: true}, Segment{Size: 2 * mib, Blocks: []Block{block(BlockFree, 2)}}), AllocatorSettings{}, driver(0), 1, 1},
		{"a large pool serves large requests", sliver, AllocatorSettings{}, driver(0), 0, 0},
		{"a private pool serves its own", one(PoolID{Private: [2]uint64{0, 1}}, whole[0].Segments[0]), AllocatorSettings{}, driver(0), 0, 0},
		{"an expandable segment grows", tail, AllocatorSettings{}, driver(45), 50, 50},
		{"it grows up to the cap", tail, AllocatorSettings{}, capped(45, 64), 44, 44},
		{"it may grow elsewhere", tail, AllocatorSettings{}, after(driver(45), Of[int64](1)), 40, 40},
		{"where it grows is unknown", tail, AllocatorSettings{}, after(driver(45), Unknown[int64]("x")), 40, 40},
		{"a release leaves the rest of a page", pages, AllocatorSettings{}, after(driver(0), Unknown[int64]("x")), 29, 20},
		{"and of the pieces that it leaves the largest", pages, AllocatorSettings{}, capped(0, 0), 29, 7},
		{"two reservations do not join", two, AllocatorSettings{}, driver(0), 10, 10},
		{"what it takes can be mapped again", pages, AllocatorSettings{}, driver(0), 29, 29},
		{"expandable segments, none yet", nil, AllocatorSettings{Text: "expandable_segments:True"}, driver(59), 40, 40},
		{"no longer expandable", tail, AllocatorSettings{Text: "max_split_size_mb:64, expandable_segments:False"}, driver(37), 36, 36},
		{"blocks of expandable segments rest then", tail, AllocatorSettings{Text: "expandable_segments:False"}, driver(0), 0, 0},
		{"nothing reserved", nil, AllocatorSettings{}, driver(37), 36, 36},
	} {
		f := Measure(c.pools, c.settings)
		f.Fit(c.pools, c.settings, c.room)
		if now, after := value(t, f.FitsNow)/mib, value(t, f.FitsAfterRelease)/mib; now != c.now || after != c.after {
			t.Errorf("%s: fits %d now, %d after; want %d, %d", c.name, now, after, c.now, c.after)
		}
	}
}

func TestFitUnknown(t *testing.T) {
	unknown := UnknownFigures("not instrumented")
	unknown.Fit(nil, AllocatorSettings{}, Room{DeviceFree: Of[int64](1)})
	if unknown.FitsNow.Known() || unknown.FitsNow.Reason() != "not instrumented" || unknown.FitsAfterRelease.Known() {
		t.Errorf("fits of nothing known: %v", unknown.FitsNow)
	}
	pools := one(PoolID{}, Segment{Size: 40 * mib, Blocks: []Block{{State: BlockUsed, Size: 10 * mib}, {Size: 30 * mib}}})
	f := Measure(pools, AllocatorSettings{})
	lost := Unknown[int64]("the GPU is lost")
	for _, allowed := range []Bytes{Unknown[int64]("no cap"), Of[int64](200 * mib)} {
		f.Fit(pools, AllocatorSettings{}, Room{DeviceFree: lost, Allowed: allowed})
		if f.FitsNow.Known() || f.FitsNow.Reason() != "the GPU is lost" || f.FitsAfterRelease.Known() {
			t.Errorf("the driver is not known, but %v fit", f.FitsNow)
		}
	}
	f.Fit(pools, AllocatorSettings{}, Room{DeviceFree: lost, Allowed: Of[int64](41 * mib)})
	if f.FitsNow != Of[int64](30*mib) || f.FitsAfterRelease != Of[int64](30*mib) {
		t.Errorf("the cap leaves the cache alone, but %v fit", f.FitsNow)
	}
	walkless := FromCounters(Counters{Reserved: Of[int64](9), Allocated: Of[int64](5), Active: Of[int64](5)}, "history is on")
	walkless.Fit(nil, AllocatorSettings{}, Room{DeviceFree: Of[int64](100 * mib)})
	if walkless.FitsNow.Known() || walkless.FitsNow.Reason() != "history is on" {
		t.Errorf("no walk, but %v fit", walkless.FitsNow)
	}
	fully := FromCounters(Counters{Reserved: Of[int64](9), Allocated: Of[int64](9), Active: Of[int64](9)}, "history is on")
	fully.Fit(nil, AllocatorSettings{}, Room{DeviceFree: Of[int64](100 * mib)})
	if fully.FitsNow != Of[int64](100*mib) {
		t.Errorf("nothing is free, so a walk is not needed, but %v fit", fully.FitsNow)
	}
}
