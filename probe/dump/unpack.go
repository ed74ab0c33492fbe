package dump

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// Bounds of compressed files.
const (
	mostUnpacked  = 4 << 30   // bytes: more than any snapshot that can be read
	largestWindow = 256 << 20 // bytes that a decompressor may look back, and keep
)

// packings are the ways in which files are compressed, by how they begin.
var packings = []struct {
	name  string
	magic []byte
	open  func(*bufio.Reader) (io.ReadCloser, error)
}{
	{"gzip", []byte{0x1f, 0x8b}, func(packed *bufio.Reader) (io.ReadCloser, error) { return gzip.NewReader(packed) }},
	{"xz", []byte("\xfd7zXZ\x00"), openXZ},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, openZstd},
}

// unpack is the snapshot's plain bytes, at most most of them where it is
// compressed: how it is packed is told by how it begins, not by the file's name.
func unpack(from io.Reader, most int64) (io.ReadCloser, error) {
	packed := bufio.NewReader(from)
	start, err := packed.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readError(err)
	}
	for _, p := range packings {
		if !bytes.HasPrefix(start, p.magic) {
			continue
		}
		plain, err := p.open(packed)
		if err != nil {
			return nil, fmt.Errorf("begins as %s and cannot be unpacked: %w", p.name, err)
		}
		return &bounded{ReadCloser: plain, packing: p.name, left: most, most: most}, nil
	}
	return io.NopCloser(packed), nil
}

func openZstd(packed *bufio.Reader) (io.ReadCloser, error) {
	plain, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(largestWindow))
	if err != nil {
		return nil, err
	}
	return plain.IOReadCloser(), nil
}

func openXZ(packed *bufio.Reader) (io.ReadCloser, error) {
	if window := xzWindow(packed); window > largestWindow {
		return nil, fmt.Errorf("it needs %s to be unpacked", units.Bytes(window))
	}
	plain, err := xz.NewReader(packed)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(plain), nil
}

// xzWindow is how far back the first block of an xz stream may look, which a
// decompressor reserves at once (the xz file format 1.2, 3.1 and 5.3.1). It is
// 0 where the header says nothing that is known.
func xzWindow(packed *bufio.Reader) int64 {
	const streamHeader, lzma2 = 12, 0x21
	begin, _ := packed.Peek(streamHeader + 32)
	if len(begin) < streamHeader+2 {
		return 0
	}
	flags, fields := begin[streamHeader+1], begin[streamHeader+2:]
	for _, sized := range []byte{0x40, 0x80} { // compressed and plain size, where they are written
		if flags&sized != 0 {
			_, n := binary.Uvarint(fields)
			fields = fields[max(n, 0):]
		}
	}
	if len(fields) < 3 || fields[0] != lzma2 || fields[1] != 1 || fields[2] > 40 {
		return 0
	}
	bits := int64(fields[2])
	return (2 | bits&1) << (bits/2 + 11)
}

// bounded ends with an error where a file unpacks to more than can be a
// snapshot, and says which decompressor complains.
type bounded struct {
	io.ReadCloser
	packing    string
	left, most int64
}

func (b *bounded) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if b.left -= int64(n); b.left < 0 {
		return 0, &packingError{fmt.Errorf("unpacks to more than %s", units.Bytes(b.most))}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = &packingError{fmt.Errorf("is damaged: %s: %w", b.packing, err)}
	}
	return n, err
}

// packingError is what is wrong with a compressed file, in words that follow
// its name.
type packingError struct{ error }

func (e *packingError) Unwrap() error { return e.error }
