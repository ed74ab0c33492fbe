package fragcalc

import "testing"

func TestFit(t *testing.T) {
	block := func(state BlockState, size int64) Block { return Block{State: state, Size: size * mib} }
	hole := Segment{Size: 40 * mib, Blocks: []Block{block(BlockUsed, 10), block(BlockFree, 30)}}
	whole := Segment{Size: 100 * mib, Blocks: []Block{block(BlockFree, 100)}}
	for _, c := range []struct {
		name       string
		pools      []Pool
		room       Room
		now, after int64 // MiB
	}{
		{"a block of the cache", one(PoolID{}, hole), Room{DeviceFree: Of[int64](0)}, 30, 30},
		{"a new segment", one(PoolID{}, hole), Room{DeviceFree: Of[int64](77 * mib)}, 76, 76},
		{"after a release the driver has more", one(PoolID{}, whole), Room{DeviceFree: Of[int64](50 * mib)}, 100, 150},
		{"a cap", one(PoolID{}, hole), Room{DeviceFree: Of[int64](900 * mib), Allowed: Of[int64](60 * mib)}, 30, 30},
		{"too little for a large segment", one(PoolID{}, Segment{Size: 2 * mib, Blocks: []Block{block(BlockUsed, 2)}}), Room{DeviceFree: Of[int64](8 * mib)}, 1, 1},
		{"a small pool serves small requests", one(PoolID{Small: true}, Segment{Size: 2 * mib, Blocks: []Block{block(BlockFree, 2)}}), Room{DeviceFree: Of[int64](0)}, 1, 1},
		{"a private pool serves its own", one(PoolID{Private: [2]uint64{0, 1}}, whole), Room{DeviceFree: Of[int64](0)}, 0, 0},
		{"an expandable segment grows", one(PoolID{}, expandable(block(BlockUsed, 10), block(BlockFree, 10))), Room{DeviceFree: Of[int64](45 * mib)}, 50, 50},
	} {
		f := Measure(c.pools, AllocatorSettings{})
		f.Fit(c.pools, AllocatorSettings{}, c.room)
		if now, after := value(t, f.FitsNow)/mib, value(t, f.FitsAfterRelease)/mib; now != c.now || after != c.after {
			t.Errorf("%s: fits %d now, %d after; want %d, %d", c.name, now, after, c.now, c.after)
		}
	}
	unknown := UnknownFigures("not instrumented")
	unknown.Fit(nil, AllocatorSettings{}, Room{DeviceFree: Of[int64](1)})
	if unknown.FitsNow.Known() || unknown.FitsNow.Reason() != "not instrumented" {
		t.Errorf("fits of nothing known: %v", unknown.FitsNow)
	}
}

func TestAgainst(t *testing.T) {
	f := UnknownFigures("x")
	f.Reserved = Of[int64](100)
	f.Against(Of[int64](130), Of[int64](60))
	if f.Other != Of[int64](30) || f.Unbacked != Of[int64](0) || f.Slack != Of[int64](40) {
		t.Errorf("other %v, unbacked %v, slack %v", f.Other, f.Unbacked, f.Slack)
	}
	f.Against(Of[int64](80), Unknown[int64]("no counters"))
	if f.Other.Known() || f.Unbacked != Of[int64](20) || f.Slack.Known() || f.Slack.Reason() != "no counters" {
		t.Errorf("other %v, unbacked %v, slack %v", f.Other, f.Unbacked, f.Slack)
	}
	f.Against(Unknown[int64]("not told by the driver"), Of[int64](1))
	if f.Other.Known() || f.Unbacked.Known() || f.Other.Reason() != "not told by the driver" {
		t.Errorf("other %v, unbacked %v", f.Other, f.Unbacked)
	}
}

func TestFromCounters(t *testing.T) {
	f := FromCounters(Counters{Reserved: Of[int64](100), Allocated: Of[int64](60), Active: Of[int64](70), Requested: Of[int64](65)}, "history is on")
	if f.Pending != Of[int64](10) || f.Rounding != Of[int64](5) || f.Free != Of[int64](30) || f.Unallocated != Of[int64](40) {
		t.Errorf("%+v", f)
	}
	if f.Stranded.Known() || f.Stranded.Reason() != "history is on" || f.LargestFree.Known() {
		t.Errorf("stranded %v, largest %v", f.Stranded, f.LargestFree)
	}
	if f := FromCounters(Counters{Reserved: Of[int64](10), Active: Of[int64](20)}, "x"); f.Free.Known() {
		t.Errorf("free is %v although active is above reserved", f.Free)
	}
}
