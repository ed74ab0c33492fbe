//go:build e2e

package e2e

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/dump"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// python runs a script of testdata and returns what it printed.
func python(t *testing.T, script string, args ...string) []byte {
	t.Helper()
	command := exec.Command("python3", append([]string{filepath.Join("testdata", script)}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return out
}

// What Python's pickler writes of random data, in every protocol, is read as it
// was.
func TestPicklesAreReadAsPythonReadsThem(t *testing.T) {
	folder := t.TempDir()
	python(t, "pickle_values.py", folder, "300")
	files, err := filepath.Glob(filepath.Join(folder, "*.pickle"))
	if err != nil || len(files) < 2000 {
		t.Fatalf("%d pickles, %v", len(files), err)
	}
	for _, file := range files {
		pickled, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, "pickle") + "words")
		if err != nil {
			t.Fatal(err)
		}
		d := pickle.NewDecoder(bytes.NewReader(pickled), pickle.Options{})
		v, err := d.Decode()
		if err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		if got := strings.Join(words(d, v, nil), " "); got != string(want) {
			t.Fatalf("%s:\n got %.300s\nwant %.300s", filepath.Base(file), got, want)
		}
	}
	t.Logf("%d pickles equal", len(files))
}

// words writes a value as pickle_values.py does.
func words(d *pickle.Decoder, v pickle.Value, out []string) []string {
	if text, ok := d.Text(v); ok {
		return append(out, "s"+hex.EncodeToString([]byte(text)))
	}
	switch kind := d.Name(v); kind {
	case "a number":
		if n, ok := d.Int(v); ok {
			return append(out, fmt.Sprintf("i%d", n))
		}
		n, _ := d.Uint(v)
		return append(out, fmt.Sprintf("i%d", n))
	case "a fraction":
		f, _ := d.Float(v)
		return append(out, fmt.Sprintf("f%016x", math.Float64bits(f)))
	case "a dict":
		pairs, _ := d.Pairs(v)
		out = append(out, "{")
		for _, item := range pairs {
			out = words(d, item, out)
		}
		return append(out, "}")
	case "a list", "a tuple":
		brackets := map[string]string{"a list": "[]", "a tuple": "()"}[kind]
		items, _ := d.Items(v)
		out = append(out, brackets[:1])
		for _, item := range items {
			out = words(d, item, out)
		}
		return append(out, brackets[1:])
	}
	switch v {
	case pickle.None:
		return append(out, "None")
	case pickle.True:
		return append(out, "True")
	case pickle.False:
		return append(out, "False")
	}
	return append(out, "bytes")
}

// walked is what snapshot_walk.py prints.
type walked struct {
	Seconds float64
	Bytes   int64
	Figures struct{ Reserved, Used, Pending, Requested, Free, Largest, Releasable int64 }
}

// Figures of generated snapshots equal those of pickle.load and a walk in
// Python, and come much faster, in less memory. The ratios are printed; those
// asserted leave room for a busy machine.
func TestSnapshotsAgainstPython(t *testing.T) {
	folder := t.TempDir()
	tiny := filepath.Join(folder, "tiny.pickle")
	python(t, "snapshot_make.py", "10", tiny, "4")
	for _, blocks := range []int{10_000, 100_000, 1_000_000} {
		file := filepath.Join(folder, fmt.Sprint(blocks))
		python(t, "snapshot_make.py", fmt.Sprint(blocks), file, "4")
		var theirs walked
		if err := json.Unmarshal(python(t, "snapshot_walk.py", file, fmt.Sprint(max(3, min(30, 1_000_000/blocks)))), &theirs); err != nil {
			t.Fatal(err)
		}
		ours := math.Inf(1)
		var shot *fragcalc.Snapshot
		for range max(5, min(50, 1_000_000/blocks)) {
			began := time.Now()
			var err error
			if shot, err = dump.Read(file); err != nil {
				t.Fatal(err)
			}
			ours = min(ours, time.Since(began).Seconds())
		}
		want, p := theirs.Figures, &shot.Processes[0]
		for name, pair := range map[string][2]int64{
			"reserved": {p.Reserved.Or(-1), want.Reserved}, "used": {p.Used.Or(-1), want.Used}, "pending": {p.Pending.Or(-1), want.Pending},
			"requested": {p.Requested.Or(-1), want.Requested}, "free": {p.Free.Or(-1), want.Free}, "largest": {p.LargestFree.Or(-1), want.Largest},
			"whole segments": {wholeSegments(p), want.Releasable},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%d blocks: %s is %d, Python says %d", blocks, name, pair[0], pair[1])
			}
		}
		memory := residentOf(t, file) - residentOf(t, tiny)
		t.Logf("%d blocks: %.2f ms, Python %.2f ms: %.1f times faster; %.1f MB, Python %.1f MB: %.2f of its memory",
			blocks, 1e3*ours, 1e3*theirs.Seconds, theirs.Seconds/ours, float64(memory)/1e6, float64(theirs.Bytes)/1e6, float64(memory)/float64(theirs.Bytes))
		if theirs.Seconds < 5*ours {
			t.Errorf("%d blocks: less than 5 times faster", blocks)
		}
		if blocks >= 100_000 && memory > theirs.Bytes/2 {
			t.Errorf("%d blocks: more than half the memory", blocks)
		}
	}
}

// wholeSegments are the bytes of segments without a live block.
func wholeSegments(p *fragcalc.Process) (sum int64) {
	for i := range p.Pools {
		for j := range p.Pools[i].Segments {
			s := &p.Pools[i].Segments[j]
			live := false
			for k := range s.Blocks {
				live = live || s.Blocks[k].State != fragcalc.BlockFree
			}
			if !live {
				sum += s.Size
			}
		}
	}
	return sum
}

// residentOf is the most memory that the built program held while it printed
// the figures of a file, in bytes; of a few runs the least.
func residentOf(t *testing.T, file string) int64 {
	t.Helper()
	least := int64(math.MaxInt64)
	for range 3 {
		bytes, err := strconv.ParseInt(strings.TrimSpace(string(python(t, "peak_memory.py", binary, "open", "--json", file))), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		least = min(least, bytes)
	}
	return least
}
