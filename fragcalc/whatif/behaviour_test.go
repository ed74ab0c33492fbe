package whatif

import (
	"errors"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// scene is an allocator on a device of a few MiB, with helpers that fail the
// test instead of returning errors.
type scene struct {
	*Allocator
	t *testing.T
}

func newScene(t *testing.T, settings string, total int64) scene {
	t.Helper()
	config, err := ParseConfig(settings)
	if err != nil {
		t.Fatal(err)
	}
	return scene{New(config, NewDriver(NewMemory(total))), t}
}

func (s scene) malloc(size int64) uint64 {
	s.t.Helper()
	address, err := s.Malloc(size, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	check(s.t, s.Allocator)
	return address
}

func (s scene) free(addresses ...uint64) {
	s.t.Helper()
	for _, address := range addresses {
		if err := s.Free(address); err != nil {
			s.t.Fatal(err)
		}
		check(s.t, s.Allocator)
	}
}

func (s scene) reserved(want int64) {
	s.t.Helper()
	if got := s.Stats().Reserved.Current; got != want {
		s.t.Fatalf("reserved %d MiB, want %d MiB", got/mib, want/mib)
	}
}

func TestRetryReleasesTheCache(t *testing.T) {
	s := newScene(t, "", 64*mib)
	s.free(s.malloc(30*mib), s.malloc(30*mib))
	s.malloc(40 * mib)
	s.reserved(40 * mib)
	if stats := s.Stats(); stats.Retries != 1 || stats.OOMs != 0 || stats.DeviceFrees != 2 {
		t.Errorf("%d retries, %d OOMs, %d frees", stats.Retries, stats.OOMs, stats.DeviceFrees)
	}
}

// A pending block that comes back during the release is not looked at before
// the allocation fails, though it fits.
func TestOutOfMemoryBesideAFittingBlock(t *testing.T) {
	s := newScene(t, "", 20*mib)
	s.malloc(4 * mib)
	pending := s.malloc(12 * mib)
	if err := s.RecordStream(pending, 7); err != nil {
		t.Fatal(err)
	}
	s.free(pending)
	if stats := s.Stats(); stats.Active.Current != 16*mib || stats.Allocated.Current != 4*mib {
		t.Fatalf("active %d, allocated %d", stats.Active.Current, stats.Allocated.Current)
	}
	_, err := s.Malloc(10*mib, 0)
	var oom *OutOfMemoryError
	if !errors.As(err, &oom) || oom.Segment != 10*mib || oom.DeviceFree != 0 || oom.Reserved != 20*mib {
		t.Fatalf("got %v, want an OutOfMemoryError", err)
	}
	s.malloc(10 * mib)
}

func TestPendingUntilEveryStreamIsDone(t *testing.T) {
	s := newScene(t, "", 0)
	block := s.malloc(4 * mib)
	for _, stream := range []uint64{0, 5, 6, 5} { // its own stream does not count
		if err := s.RecordStream(block, stream); err != nil {
			t.Fatal(err)
		}
	}
	s.free(block)
	if err := s.Free(block); err == nil {
		t.Fatal("a second free of a pending block succeeded")
	}
	if other := s.malloc(4 * mib); other == block {
		t.Fatal("a pending block was handed out")
	}
	s.CompleteEvents()
	if again := s.malloc(4 * mib); again != block {
		t.Errorf("got %#x after the events completed, want %#x", again, block)
	}
}

func TestPrivatePoolKeepsItsMemory(t *testing.T) {
	s := newScene(t, "", 0)
	graph := [2]uint64{0, 1}
	if err := s.BeginPool(graph); err != nil {
		t.Fatal(err)
	}
	s.free(s.malloc(30 * mib))
	if err := s.EndPool(graph); err != nil {
		t.Fatal(err)
	}
	s.free(s.malloc(30 * mib))
	s.reserved(60 * mib)
	if got := s.EmptyCache(); got != 30*mib {
		t.Errorf("released %d MiB while the pool is held, want 30", got/mib)
	}
	if walk := s.Segments(); len(walk) != 1 || walk[0].Private != graph {
		t.Errorf("walk %+v, want the private segment only", walk)
	}
	if err := s.ReleasePool(graph); err != nil {
		t.Fatal(err)
	}
	if got := s.EmptyCache(); got != 30*mib {
		t.Errorf("released %d MiB of the abandoned pool, want 30", got/mib)
	}
	if err := s.EndPool(graph); err == nil {
		t.Error("EndPool of a pool not in use succeeded")
	}
	if err := s.ReleasePool(graph); err == nil {
		t.Error("ReleasePool of a pool that is gone succeeded")
	}
}

func TestNoReleaseDuringCapture(t *testing.T) {
	s := newScene(t, "", 40*mib)
	s.free(s.malloc(30 * mib))
	if err := s.BeginPool([2]uint64{0, 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Malloc(30*mib, 0); err == nil {
		t.Fatal("a capture got memory that only a release could give")
	}
	if got := s.EmptyCache(); got != 0 {
		t.Errorf("released %d MiB during a capture", got/mib)
	}
	if stats := s.Stats(); stats.Retries != 0 || stats.OOMs != 1 {
		t.Errorf("%d retries, %d OOMs", stats.Retries, stats.OOMs)
	}
}

// Garbage collection releases the segments of average age and older, stops once
// enough is released, and is no retry.
func TestGarbageCollection(t *testing.T) {
	s := newScene(t, "garbage_collection_threshold:0.5,per_process_memory_fraction:1", 100*mib)
	old, other := s.malloc(20*mib), s.malloc(24*mib)
	s.free(old)
	for range 10 {
		s.free(s.malloc(22 * mib)) // too large for the old one
	}
	s.free(other)
	s.reserved((20 + 24 + 22) * mib)
	s.malloc(30 * mib) // 66 MiB are above the threshold of 50
	s.reserved((24 + 22 + 30) * mib)
	for _, segment := range s.Segments() {
		if segment.Size == 20*mib {
			t.Error("the segment that was idle longest is still there")
		}
	}
	if stats := s.Stats(); stats.Retries != 0 || stats.DeviceFrees != 1 {
		t.Errorf("%d retries, %d frees", stats.Retries, stats.DeviceFrees)
	}
}

// A lone idle segment is of average age, and goes without a retry.
func TestGarbageCollectionOfOneSegment(t *testing.T) {
	s := newScene(t, "garbage_collection_threshold:0.5,per_process_memory_fraction:1", 100*mib)
	s.free(s.malloc(60 * mib))
	s.malloc(70 * mib)
	s.reserved(70 * mib)
	if stats := s.Stats(); stats.Retries != 0 {
		t.Errorf("%d retries", stats.Retries)
	}
}

func TestSplitLimitReleasesOversizeBlocksOnly(t *testing.T) {
	s := newScene(t, "max_split_size_mb:32", 200*mib)
	oversize := []uint64{s.malloc(40 * mib), s.malloc(60 * mib)}
	cached := s.malloc(20 * mib)
	s.free(append(oversize, cached)...)
	if got := s.malloc(30 * mib); got == oversize[0] || got == oversize[1] {
		t.Fatal("an oversize block served a request below the limit")
	}
	s.reserved((40 + 60 + 20 + 30) * mib)
	s.malloc(90 * mib) // 50 MiB are free on the device; the two oversize blocks make room
	s.reserved((20 + 30 + 90) * mib)
	if stats := s.Stats(); stats.Retries != 0 {
		t.Errorf("%d retries: the whole cache was released", stats.Retries)
	}
}

func TestExpandableSegmentGrowsAndShrinks(t *testing.T) {
	s := newScene(t, "expandable_segments:True", 200*mib)
	first := s.malloc(30 * mib)
	second := s.malloc(30 * mib)
	s.reserved(60 * mib)
	if second != first+uint64(30*mib) {
		t.Fatalf("the second block lies at %#x, not behind the first", second)
	}
	s.free(first)
	if got := s.EmptyCache(); got != 20*mib {
		t.Errorf("released %d MiB of the first 30, want its one whole page", got/mib)
	}
	if walk := s.Segments(); len(walk) != 1 || walk[0].Size != 40*mib || len(walk[0].Blocks) != 2 {
		t.Errorf("walk %+v, want one range of 40 MiB", walk)
	}
	// The hole of 10 MiB and the 20 unmapped before it are used again.
	if got := s.malloc(25 * mib); got != first {
		t.Errorf("got %#x, want %#x", got, first)
	}
	s.reserved(60 * mib)
	if stats := s.Stats(); stats.Segments.Peak != 0 || stats.InactiveSplit.Peak != 0 {
		t.Errorf("expandable memory was counted as segments: %+v", stats)
	}
}

func TestResetPeaks(t *testing.T) {
	s := newScene(t, "", 0)
	s.free(s.malloc(30 * mib))
	s.ResetPeaks()
	if got := s.Stats().Active; got != (Gauge{}) {
		t.Errorf("active %+v after a reset", got)
	}
	if got := s.Stats().Reserved.Peak; got != 30*mib {
		t.Errorf("peak of reserved %d, want what is held", got)
	}
}

func TestWalkSharesNothing(t *testing.T) {
	s := newScene(t, "", 0)
	block := s.malloc(4 * mib)
	walk := s.Segments()
	s.free(block)
	if walk[0].Blocks[0].State != fragcalc.BlockUsed {
		t.Error("a walk changed after it was returned")
	}
}

func TestStreamsShareNoBlocks(t *testing.T) {
	s := newScene(t, "", 0)
	s.free(s.malloc(4 * mib))
	if _, err := s.Malloc(4*mib, 9); err != nil {
		t.Fatal(err)
	}
	s.reserved(40 * mib)
}

func TestImpossibleSizes(t *testing.T) {
	for _, expandable := range []bool{false, true} {
		a := New(Config{ExpandableSegments: expandable}, NewDriver(NewMemory(80<<30)))
		for _, size := range []int64{0, -1, 81 << 30, 200 << 30, 1 << 62, 1<<63 - 1} {
			if _, err := a.Malloc(size, 0); err == nil {
				t.Errorf("Malloc(%d) succeeded", size)
			}
			check(t, a)
		}
	}
}
