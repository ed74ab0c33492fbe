package pickle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gpufragtop/gpufragtop/probe/pickle/pickletest"
)

// recorder is a Reducer that takes every dict with a key "size", and writes
// down what it got.
type recorder struct {
	d     *Decoder
	sizes []Value // keys by shape - 1
	lines []string
}

func (r *recorder) Shape(keys []Value) int {
	for _, key := range keys {
		if text, _ := r.d.Text(key); text == "size" {
			r.sizes = append(r.sizes, keys...)
			return len(r.sizes) - len(keys) + 1
		}
	}
	return 0
}

func (r *recorder) Reduce(shape int, values []Value) (Record, error) {
	line := ""
	for i, v := range values {
		key, _ := r.d.Text(r.sizes[shape-1+i])
		line += key + "=" + shallow(r.d, v) + " "
	}
	r.lines = append(r.lines, line)
	kind := Kind(1)
	if strings.Contains(line, "shared") {
		kind |= Shareable
	}
	return Record{Kind: kind, Index: uint32(len(r.lines))}, nil
}

// shallow writes a value, of containers the kind only.
func shallow(d *Decoder, v Value) string {
	if n, ok := d.Int(v); ok {
		return fmt.Sprint(n)
	}
	if text, ok := d.Text(v); ok {
		return text
	}
	return d.Name(v)
}

// seeds are pickles to begin with.
func seeds() [][]byte {
	var all [][]byte
	for _, c := range evil {
		if len(c.pickle) < 1<<12 {
			all = append(all, []byte(c.pickle))
		}
	}
	shared := &pickletest.List{pickletest.Dict{"name", "shared", "size", 3}}
	var blocks pickletest.List
	for i := range 40 {
		blocks = append(blocks, pickletest.Dict{"address", int64(1)<<46 + int64(i), "size", i << (i % 40), "state", "inactive", "frames", shared, "on", i%2 == 0})
	}
	for _, protocol := range []int{2, 4} {
		all = append(all, pickletest.Pickle(protocol, pickletest.Dict{"blocks", blocks, "pool", pickletest.Tuple{0, 1}, "ratio", 0.5, "none", nil}))
	}
	return all
}

// FuzzPickle holds that no bytes make the Decoder fail otherwise than by an
// error, that its memory is bounded by theirs, and that the short way for whole
// dicts reads what the long one does.
func FuzzPickle(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		plain := NewDecoder(bytes.NewReader(file), Options{})
		v, err := plain.Decode()
		if err == nil {
			plain.Name(v)
			if pairs, ok := plain.Pairs(v); ok && len(pairs) > 0 {
				plain.Get(v, "segments")
			}
		}
		if cells := len(plain.cells); cells > 8*len(file) {
			t.Errorf("%d cells for %d bytes", cells, len(file))
		}
		// Enough behind the end for the short way up to there.
		roomy := append(slices.Clone(file), make([]byte, 2*wholeSpace)...)
		short, long := &recorder{}, &recorder{}
		short.d = NewDecoder(bytes.NewReader(roomy), Options{Reducer: short})
		long.d = NewDecoder(iotest.OneByteReader(bytes.NewReader(roomy)), Options{Reducer: long})
		a, errA := short.d.Decode()
		b, errB := long.d.Decode()
		if (errA == nil) != (errB == nil) || !slices.Equal(short.lines, long.lines) {
			t.Fatalf("the short way: %v, %q\nthe long way: %v, %q", errA, short.lines, errB, long.lines)
		}
		if errA == nil && short.d.Name(a) != long.d.Name(b) {
			t.Errorf("the short way: %s, the long way: %s", short.d.Name(a), long.d.Name(b))
		}
	})
}
