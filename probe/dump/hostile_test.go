package dump

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle/pickletest"
)

// contradictions are snapshots that cannot be, with a part of what is said.
func contradictions() map[string]struct {
	root any
	says string
} {
	type bad = struct {
		root any
		says string
	}
	whole := func() list { return list{block26(base, 2<<20, 0, "inactive", list{})} }
	one := func(change func(dict)) list {
		s := segment26(base, 2<<20, whole())
		change(s)
		return list{s}
	}
	set := func(d dict, key string, value any) {
		for i := 0; i < len(d); i += 2 {
			if d[i] == key {
				d[i+1] = value
			}
		}
	}
	block := func(key string, value any) list {
		b := block26(base, 2<<20, 5, "active_allocated", list{})
		set(b, key, value)
		return list{segment26(base, 2<<20, list{b})}
	}
	event := func(d dict) dict {
		return dict{"segments", list{}, "device_traces", list{list{d}}}
	}
	shared := &dict{"address", base, "size", 1 << 20, "requested_size", 0, "state", "inactive", "frames", list{}}
	blocks := &list{block26(base, 2<<20, 0, "inactive", list{})}
	return map[string]bad{
		"no segments":             {dict{"a", 1}, "no segments"},
		"segments of numbers":     {list{1, 2}, "something else"},
		"segments are a number":   {dict{"segments", 5}, "a number"},
		"blocks as segments":      {dict{"segments", whole()}, "something else"},
		"traces are a number":     {dict{"segments", list{}, "device_traces", 5}, "not a list"},
		"a trace is a number":     {dict{"segments", list{}, "device_traces", list{5}}, "device 0"},
		"segments as a trace":     {dict{"segments", list{}, "device_traces", list{one(func(dict) {})}}, "device 0"},
		"a gap":                   {list{segment26(base, 2<<20, list{block26(base+512, 2<<20-512, 0, "inactive", list{})})}, "where 0x7f0000000000 is next"},
		"too short":               {list{segment26(base, 4<<20, whole())}, "leave 2097152 of its 4194304 bytes out"},
		"too long":                {list{segment26(base, 1<<20, whole())}, "do not fit"},
		"no blocks":               {list{segment26(base, 1<<20, list{})}, "leave 1048576"},
		"overlap":                 {list{segment26(base, 2<<20, whole()), segment26(base+1<<20, 2<<20, list{block26(base+1<<20, 2<<20, 0, "inactive", list{})})}, "overlap"},
		"twice":                   {list{segment26(base, 2<<20, whole()), segment26(base, 2<<20, whole())}, "overlap"},
		"one block twice":         {list{segment26(base, 2<<20, list{shared, shared})}, "twice"},
		"one list of blocks":      {list{segment26(base, 2<<20, nil, "blocks", blocks), segment26(base+4<<20, 2<<20, nil, "blocks", blocks)}, "blocks is a list"},
		"negative size":           {block("size", -512), "size is -512"},
		"zero size":               {list{segment26(base, 2<<20, list{block26(base, 0, 0, "inactive", list{}), block26(base, 2<<20, 0, "inactive", list{})})}, "do not fit"},
		"huge size":               {block("size", uint64(1)<<63), "makes no sense"},
		"more than 64 bits":       {block("size", "x"), "a string"},
		"negative request":        {block("requested_size", -1), "is -1"},
		"request beyond":          {block("requested_size", 2<<20+1), "for a request of"},
		"a fraction":              {block("size", 0.5), "a fraction"},
		"None":                    {block("size", nil), "None"},
		"no such state":           {block("state", "asleep"), `"asleep"`},
		"state of a terminal":     {block("state", "\x1b[2J"), `\x1b[2J`},
		"a state that is none":    {block("state", 7), "state"},
		"frames of numbers":       {block("frames", list{1}), "a frame is a number"},
		"frames are a word":       {block("frames", "main"), "a string"},
		"a frame without a line":  {block("frames", list{dict{"filename", "a", "line", "b", "name", "c"}}), "line"},
		"no address":              {one(func(d dict) { set(d, "address", nil) }), "address"},
		"negative address":        {one(func(d dict) { set(d, "address", -5) }), "address"},
		"end of the world":        {one(func(d dict) { set(d, "address", uint64(1)<<63+uint64(1)<<62+(uint64(1)<<62-512)) }), "has a size"},
		"device -1":               {one(func(d dict) { set(d, "device", -1) }), "device is -1"},
		"device 10^6":             {one(func(d dict) { set(d, "device", 1_000_000) }), "device 1000000"},
		"medium":                  {one(func(d dict) { set(d, "segment_type", "medium") }), "segment_type"},
		"a pool of three":         {one(func(d dict) { set(d, "segment_pool_id", tuple{1, 2, 3}) }), "segment_pool_id"},
		"a negative pool":         {one(func(d dict) { set(d, "segment_pool_id", tuple{-1, 2}) }), "segment_pool_id"},
		"allocated otherwise":     {list{segment26(base, 2<<20, whole(), "allocated_size", 512)}, "allocated_size is 512"},
		"active otherwise":        {list{segment26(base, 2<<20, whole(), "active_size", 512)}, "active_size is 512"},
		"an event without a size": {event(dict{"action", "alloc", "addr", base}), "without size"},
		"an event of size -1":     {event(dict{"action", "alloc", "addr", base, "size", -1}), "size is -1"},
		"an event nowhere":        {event(dict{"action", "alloc", "size", 5, "stream", 0}), "without addr"},
		"an event of numbers":     {event(dict{"action", 5, "size", 5, "stream", 0}), "action"},
		"a petabyte":              {list{segment26(base, 1<<51, list{block26(base, 1<<51, 0, "inactive", list{})})}, "more than"},
	}
}

func TestContradictionsGetOneClearLine(t *testing.T) {
	for name, c := range contradictions() {
		t.Run(name, func(t *testing.T) {
			for _, protocol := range []int{2, 4} {
				_, err := ReadFrom(bytes.NewReader(pickletest.Pickle(protocol, c.root)), "a.pickle", time.Time{})
				switch {
				case err == nil:
					t.Error("read")
				case !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "a.pickle ") || strings.ContainsAny(err.Error(), "\n\x1b"):
					t.Errorf("%q, want something about %q", err, c.says)
				}
			}
		})
	}
}

// packed is a snapshot in each packing.
func packed(t *testing.T, plain []byte) map[string][]byte {
	t.Helper()
	var zipped, xzipped, zstandard bytes.Buffer
	g := gzip.NewWriter(&zipped)
	x, err := xz.NewWriter(&xzipped)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(&zstandard)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{g, x, z} {
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"gzip": zipped.Bytes(), "xz": xzipped.Bytes(), "zstd": zstandard.Bytes()}
}

func TestCompressedFilesAreRead(t *testing.T) {
	plain := generated(500)
	want, err := ReadFrom(bytes.NewReader(plain), "x", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for packing, file := range packed(t, plain) {
		path := filepath.Join(t.TempDir(), "whatever.txt") // the name does not matter
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil || got.Processes[0].Figures != want.Processes[0].Figures {
			t.Errorf("%s: %v", packing, err)
		}
		// A part of it, and one with a byte that was turned over.
		for _, end := range []int{7, len(file) / 2, len(file) - 1} {
			if _, err := ReadFrom(bytes.NewReader(file[:end]), "x", time.Time{}); err == nil && packing != "zstd" {
				t.Errorf("%s: read from %d of %d bytes", packing, end, len(file))
			}
		}
		broken := bytes.Clone(file)
		broken[len(broken)/2] ^= 0x55
		if shot, err := ReadFrom(bytes.NewReader(broken), "x", time.Time{}); err == nil && shot.Processes[0].Figures != want.Processes[0].Figures {
			t.Errorf("%s: a damaged file is read as something else", packing)
		} else if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q", packing, err)
		}
	}
}

func TestWhatUnpacksWithoutEndIsStopped(t *testing.T) {
	for packing, file := range packed(t, append([]byte("\x80\x04B\x00\x00\x00\x01"), make([]byte, 4<<20)...)) {
		plain, err := unpack(bytes.NewReader(file), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		r := newReader(plain, &progress{})
		if _, err := r.decoder.Decode(); err == nil || !strings.Contains(err.Error(), "more than 1.00 MiB") {
			t.Errorf("%s: %v", packing, err)
		}
		plain.Close()
	}
}

func TestADecompressorMayNotReserveGigabytes(t *testing.T) {
	var file bytes.Buffer
	config := xz.WriterConfig{DictCap: 1 << 20}
	w, err := config.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("N.")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	huge := bytes.Clone(file.Bytes())
	place := bytes.Index(huge, []byte{0x21, 1}) + 2 // the filter's property
	if huge[place] > 40 {
		t.Fatal("no LZMA2 filter found")
	}
	huge[place] = 40 // 4 GiB
	if _, err := ReadFrom(bytes.NewReader(huge), "x", time.Time{}); err == nil || !strings.Contains(err.Error(), "needs 4.00 GiB") {
		t.Errorf("%v", err)
	}
}

func TestFilesThatAreNoSnapshots(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, says := range map[string]string{
		write("empty", ""):                              "is empty",
		write("notes.txt", "hello"):                     "does not begin as a pickle",
		write("model.pt", "PK\x03\x04"):                 "does not begin as a pickle",
		write("evil.pickle", "\x80\x02cos\nsystem\n."):  "GLOBAL refused",
		write("cut.pickle", "\x80\x02}q\x00X\x08\x00"):  "more than the file has",
		write("weird\x1b[2J.pickle", "x"):               "weird[2J.pickle",
		folder:                                          "is a directory",
		filepath.Join(folder, "absent.pickle"):          "no such file",
		write("gzip.pickle", "\x1f\x8b\x08\x00garbage"): "gzip",
	} {
		shot, err := Read(path)
		if err == nil || shot != nil || !strings.Contains(err.Error(), says) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v, want something about %q", path, err, says)
		}
	}
}

// FuzzRead holds that no bytes make the reader fail otherwise than by an error,
// and that what it reads adds up.
func FuzzRead(f *testing.F) {
	f.Add(generated(3))
	f.Add(generated(40))
	for _, c := range contradictions() {
		f.Add(pickletest.Pickle(4, c.root))
		f.Add(pickletest.Pickle(2, c.root))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ReadFrom(bytes.NewReader(file), "fuzz", time.Time{})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		for i := range s.Processes {
			p := &s.Processes[i]
			sum := p.Used.Or(0) + p.Pending.Or(0) + p.Releasable.Or(0) + p.Parked.Or(0) + p.Stranded.Or(0)
			if p.Reserved != fragcalc.Of(sum) {
				t.Errorf("reserved %v, the sum is %d", p.Reserved, sum)
			}
			for j := range p.Pools {
				for k := range p.Pools[j].Segments {
					for _, b := range p.Pools[j].Segments[k].Blocks {
						if b.Size <= 0 || b.Requested < 0 || b.Requested > b.Size || int(b.Stack) > len(p.Stacks) {
							t.Errorf("%+v", b)
						}
					}
				}
			}
		}
	})
}
