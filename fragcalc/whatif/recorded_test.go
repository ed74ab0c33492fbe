package whatif

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recording is a trace of PyTorch 2.6 with what PyTorch itself answered. The
// files hold one line an event (a: address, size and stream of an allocation;
// f: a free, by number of the allocation; s: address and size of memory got from
// the driver), the final segments (S) and blocks (B), and the final counters of
// the same program under several settings (want).
type recording struct {
	settings string
	events   []string
	segments []fragcalc.WalkSegment
	want     map[string][]int64 // by settings
}

// recordedTotal is the device of the recordings: reservations of expandable
// segments lie 90 GiB apart, 9/8 of it.
const recordedTotal = 80 << 30

func readRecording(t *testing.T, path string) recording {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	r := recording{want: map[string][]int64{}}
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		fields := strings.Fields(rest)
		switch kind {
		case "want":
			for _, field := range fields[1:] {
				r.want[settingsText(fields[0])] = append(r.want[settingsText(fields[0])], number(t, field))
			}
		case "recorded":
			r.settings = settingsText(fields[0])
		case "S":
			r.segments = append(r.segments, fragcalc.WalkSegment{
				PoolID: fragcalc.PoolID{Small: fields[3] == "small", Stream: uint64(number(t, fields[2]))},
				Segment: fragcalc.Segment{
					Address: address(t, fields[0]), Size: number(t, fields[1]),
					Expandable: strings.Contains(r.settings, "expandable"),
				},
			})
		case "B":
			last := &r.segments[len(r.segments)-1]
			last.Blocks = append(last.Blocks, fragcalc.Block{
				Address: address(t, fields[0]), Size: number(t, fields[1]),
				Requested: number(t, fields[2]), State: fragcalc.BlockState(number(t, fields[3])),
			})
		default:
			r.events = append(r.events, lines.Text())
		}
	}
	if len(r.events) < 1000 || len(r.want) == 0 {
		t.Fatalf("%s: only %d events", path, len(r.events))
	}
	return r
}

func settingsText(field string) string { return strings.TrimPrefix(field, "-") }

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func address(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// counters are the figures of a want line, in its order.
func counters(s Stats) []int64 {
	return []int64{
		s.Reserved.Current, s.Reserved.Peak, s.Allocated.Current, s.Allocated.Peak,
		s.Active.Current, s.Active.Peak, s.Requested.Current, s.Requested.Peak,
		s.InactiveSplit.Current, s.InactiveSplit.Peak,
		s.Segments.Current, s.InactiveSplitBlocks.Current, s.ActiveBlocks.Peak,
		s.DeviceAllocs, s.DeviceFrees, s.Retries, s.OOMs,
	}
}

// replay runs the program of a recording. Where the settings are those that it
// was recorded under, every address must be the recorded one.
func (r recording) replay(t *testing.T, settings string) *Allocator {
	t.Helper()
	config, err := ParseConfig(settings)
	if err != nil {
		t.Fatal(err)
	}
	base := address(t, strings.Fields(r.events[0])[1])
	driver := &device{
		Memory:   NewMemory(recordedTotal),
		segments: addressSpace{next: base},
		reserved: addressSpace{next: base},
	}
	a := New(config, driver)
	var addresses []uint64
	grown := ""
	for i, event := range r.events {
		fields := strings.Fields(event)
		switch fields[0] {
		case "s":
			grown = event
		case "f":
			if err := a.Free(addresses[number(t, fields[1])]); err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
		case "a":
			before := a.Stats()
			got, err := a.Malloc(number(t, fields[2]), uint64(number(t, fields[3])))
			if err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
			addresses = append(addresses, got)
			if settings != r.settings {
				continue
			}
			if want := address(t, fields[1]); got != want {
				t.Fatalf("event %d: %q got %#x", i, event, got)
			}
			size := int64(0)
			if grown != "" {
				size = number(t, strings.Fields(grown)[2])
			}
			if after := a.Stats(); after.Reserved.Current-before.Reserved.Current != size {
				t.Fatalf("event %d: reserved %d more, recorded %q", i, after.Reserved.Current-before.Reserved.Current, grown)
			}
			grown = ""
		}
	}
	return a
}

func TestRecordedPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt.gz")
	if err != nil || len(paths) < 4 {
		t.Fatalf("recordings: %v, %v", paths, err)
	}
	for _, path := range paths {
		r := readRecording(t, path)
		for settings, want := range r.want {
			t.Run(fmt.Sprintf("%s/%s", filepath.Base(path), settings), func(t *testing.T) {
				a := r.replay(t, settings)
				if got := counters(a.Stats()); !reflect.DeepEqual(got, want) {
					t.Errorf("counters\n got %v\nwant %v", got, want)
				}
				if settings == r.settings && !reflect.DeepEqual(a.Segments(), r.segments) {
					t.Errorf("final segments and blocks differ from the recorded ones")
				}
			})
		}
	}
}
