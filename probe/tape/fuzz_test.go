package tape

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Whatever a file holds, it is refused in words or its samples can be shown.
func FuzzTape(f *testing.F) {
	_, path := record(f, 2, Options{})
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := newReader("fuzz", bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		defer r.Close()
		for i := range min(r.Len(), 4) {
			s := r.Sample(context.Background(), i)
			if s == nil || s.From == "" {
				t.Fatal("a sample of nowhere")
			}
			encoded(t, s)
		}
	})
}

// The lines of a sound file, whatever they say: behind the checksums.
func FuzzTapeLines(f *testing.F) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	_, path := record(f, 1, Options{})
	r := open(f, path)
	sample, err := r.line(r.samples[0])
	if err != nil {
		f.Fatal(err)
	}
	blocks, err := r.line(r.maps[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(blocks, sample)
	f.Fuzz(func(t *testing.T, blocks, sample []byte) {
		var file []byte
		for _, line := range []struct {
			kind kind
			text []byte
		}{{kindHead, []byte("{}\n")}, {kindMap, blocks}, {kindSample, sample}} {
			file = frame{kind: line.kind, at: epoch, raw: len(line.text)}.append(file, encoder.EncodeAll(line.text, nil))
		}
		r, err := newReader("fuzz", bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		defer r.Close()
		encoded(t, r.Sample(context.Background(), 0))
	})
}
