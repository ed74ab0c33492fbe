package tape

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
)

var epoch = time.Unix(1_700_000_000, 0)

// record records snapshots of the demo node, a second apart, and returns them
// and the file.
func record(t testing.TB, samples int, o Options) ([]*fragcalc.Snapshot, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "node.tape")
	if o.MaxSize == 0 {
		o.MaxSize = 256 << 20
	}
	w, err := Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	node := demo.NewNode(1)
	var snapshots []*fragcalc.Snapshot
	for i := range samples {
		s := node.Snapshot(epoch.Add(time.Duration(i) * time.Second))
		s.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeProcess, GPUUUID: s.GPUs[0].UUID, PID: s.Processes[0].PID, Field: "slack_bytes", Reason: "a fault of its own"}}
		s.Processes[0].Settings.LargeSegmentBytes = 40 << 20
		s.Processes[0].Room.DeviceFrees = fragcalc.Of[int64](7)
		if err := w.Add(s); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		snapshots = append(snapshots, s)
	}
	if w.Samples() != len(snapshots) {
		t.Errorf("%d samples counted, %d recorded", w.Samples(), len(snapshots))
	}
	if err := w.Close("test"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != w.Size() {
		t.Errorf("the size is said to be %d: %v, %v", w.Size(), info.Size(), err)
	}
	return snapshots, path
}

func open(t testing.TB, path string) *Reader {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// encoded is the document of a snapshot as if it were a live one: advice about
// the past says nothing about releases, and names no stacks, which are not recorded.
func encoded(t testing.TB, s *fragcalc.Snapshot) string {
	t.Helper()
	live := *s
	live.From = ""
	live.Processes = slices.Clone(s.Processes)
	for i := range live.Processes {
		live.Processes[i].Stacks = nil
	}
	var out bytes.Buffer
	if err := document.Encode(&out, &live, document.Options{Detail: true, Indent: true}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatIsRecordedIsReadBack(t *testing.T) {
	snapshots, path := record(t, 30, Options{Version: "test", Interval: time.Second})
	r := open(t, path)
	if r.Len() != len(snapshots) || r.Note() != "" {
		t.Fatalf("%d samples of %d, %q", r.Len(), len(snapshots), r.Note())
	}
	for _, i := range []int{29, 0, 1, 2, 15, 14} { // also out of order
		got, want := r.Sample(context.Background(), i), snapshots[i]
		if diff := cmp.Diff(encoded(t, want), encoded(t, got)); diff != "" {
			t.Errorf("sample %d: %s", i, diff)
		}
		if diff := cmp.Diff(want.Faults, got.Faults); diff != "" {
			t.Errorf("sample %d, faults: %s", i, diff)
		}
		for j := range want.Processes {
			if want.Processes[j].Settings != got.Processes[j].Settings || want.Processes[j].Room.DeviceFrees.Or(-1) != got.Processes[j].Room.DeviceFrees.Or(-1) {
				t.Errorf("sample %d, process %d: settings or room differ", i, j)
			}
		}
		if got.From != path || !got.At.Equal(want.At) || !r.Time(i).Equal(want.At) {
			t.Errorf("sample %d is of %v in %q, index says %v", i, got.At, got.From, r.Time(i))
		}
	}
}

// Maps that have not changed are written once, and shared by what is read.
func TestMapsAreWrittenWhenTheyChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "still.tape")
	w, err := Create(path, Options{MaxSize: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s := *demo.NewNode(1).Snapshot(epoch)
	for i := range 5 {
		s.At = epoch.Add(time.Duration(i) * time.Second)
		if err := w.Add(&s); err != nil {
			t.Fatal(err)
		}
	}
	first := w.maps
	if err := w.Close("test"); err != nil {
		t.Fatal(err)
	}
	mapped := 0
	for i := range s.Processes {
		if hasMap(s.Processes[i].Pools) {
			mapped++
		}
	}
	if first != mapped || mapped == 0 {
		t.Errorf("%d maps written of %d processes that stand still", first, mapped)
	}
	r := open(t, path)
	a, b := r.Sample(context.Background(), 3), r.Sample(context.Background(), 4)
	for i := range a.Processes {
		if hasMap(a.Processes[i].Pools) && &a.Processes[i].Pools[0].Segments[0] != &b.Processes[i].Pools[0].Segments[0] {
			t.Error("a map that has not changed was decoded again")
		}
	}
}

// A recording that is cut anywhere shows every sample that is whole.
func TestCutAnywhereItReplaysUpToTheLastWholeLine(t *testing.T) {
	snapshots, path := record(t, 4, Options{})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	full := open(t, path)
	ends := make([]int64, full.Len())
	for i, e := range full.samples {
		ends[i] = e.offset + int64(e.packed)
	}
	step := max(1, len(whole)/300)
	for size := 0; size < len(whole); size += step {
		complete := 0
		for _, end := range ends {
			if int64(size) >= end {
				complete++
			}
		}
		r, err := newReader("cut", bytes.NewReader(whole[:size]), int64(size))
		if complete == 0 {
			if err == nil {
				t.Fatalf("cut at %d: samples from nowhere", size)
			}
			continue
		}
		if err != nil || r.Len() != complete || r.Note() == "" {
			t.Fatalf("cut at %d: %v, want %d samples and a note", size, err, complete)
		}
		last, err := r.Read(complete - 1)
		if err != nil || !last.At.Equal(snapshots[complete-1].At) {
			t.Fatalf("cut at %d: last sample: %v", size, err)
		}
	}
}

// A bit that flips costs its own sample, or all behind it; it never shows
// something else as the past.
func TestDamageIsNoticed(t *testing.T) {
	snapshots, path := record(t, 3, Options{})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, len(snapshots))
	for i, s := range snapshots {
		want[i] = encoded(t, s)
	}
	for at := 0; at < len(whole); at += max(1, len(whole)/60) {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x10
		r, err := newReader("damaged", bytes.NewReader(damaged), int64(len(damaged)))
		if err != nil {
			continue
		}
		for i := range r.Len() {
			if s, err := r.Read(i); err == nil && encoded(t, s) != want[i] {
				t.Fatalf("bit at %d: sample %d shows something else", at, i)
			}
		}
	}
}

func TestTheSizeIsBounded(t *testing.T) {
	const most = LeastSize
	snapshots, path := record(t, 100_000, Options{MaxSize: most})
	r := open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Size() > most || info.Size() < most*9/10 || !r.ended {
		t.Fatalf("%d bytes of %d, ended %v: %v", info.Size(), most, r.ended, err)
	}
	last, err := r.Read(r.Len() - 1)
	if err != nil {
		t.Fatal(err)
	}
	// The maps have been thinned by now: segments are there, blocks are not.
	want := snapshots[r.Len()-1]
	for i := range want.Processes {
		if !hasMap(want.Processes[i].Pools) {
			continue
		}
		if countBlocks(last.Processes[i].Pools) != 0 || !hasMap(last.Processes[i].Pools) {
			t.Errorf("process %d: %d blocks", i, countBlocks(last.Processes[i].Pools))
		}
		for j := range want.Processes[i].Pools {
			if len(want.Processes[i].Pools[j].Segments) != len(last.Processes[i].Pools[j].Segments) {
				t.Errorf("process %d, pool %d: segments are lost", i, j)
			}
		}
	}
}

func TestAFileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "thesis.tex")
	if err := os.WriteFile(path, []byte("ten years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, Options{MaxSize: LeastSize}); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("no refusal: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "ten years of work" {
		t.Errorf("the file is now %q", text)
	}
	w, err := Create(path, Options{MaxSize: LeastSize, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close("test"); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreNoRecordings(t *testing.T) {
	folder := t.TempDir()
	empty, other := filepath.Join(folder, "empty"), filepath.Join(folder, "other")
	for path, content := range map[string]string{empty: "", other: "not a recording, but longer than a frame of one"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, none := record(t, 0, Options{})
	for path, says := range map[string]string{
		folder: "not a file", empty: "before its first sample", other: "not a recording", none: "before its first sample",
		filepath.Join(folder, "absent"): "no such file",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want %q, got %v", path, says, err)
		}
	}
}

func TestFindIsTheLastSampleNotAfter(t *testing.T) {
	_, path := record(t, 5, Options{})
	r := open(t, path)
	for after, want := range map[time.Duration]int{-time.Hour: 0, 0: 0, 999 * time.Millisecond: 0, time.Second: 1, time.Hour: 4} {
		if got := r.Find(epoch.Add(after)); got != want {
			t.Errorf("%v after the beginning: sample %d, want %d", after, got, want)
		}
	}
}

// A frame that claims more than it holds, or that would unpack to more than a
// line may have, is refused.
func TestBombsAreRefused(t *testing.T) {
	_, path := record(t, 2, Options{})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, path)
	w, err := Create(filepath.Join(t.TempDir(), "bomb"), Options{MaxSize: LeastSize})
	if err != nil {
		t.Fatal(err)
	}
	packed := w.encoder.EncodeAll(make([]byte, 2*mostLine), nil)
	hostile := append(bytes.Clone(whole[:r.samples[0].offset-frameSize]), frame{kind: kindSample, at: epoch, raw: 100}.append(nil, packed)...)
	h, err := newReader("bomb", bytes.NewReader(hostile), int64(len(hostile)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(0); err == nil {
		t.Error("a bomb was unpacked")
	}
	long := frame{kind: kindSample, at: epoch, raw: 100}.append(nil, packed)
	binary.LittleEndian.PutUint32(long[28:], 1<<31)
	if _, err := parseFrame(long); err == nil {
		t.Error("a length that is not covered by the checksum")
	}
}
