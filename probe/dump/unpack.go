package dump

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// Signatures of compressed files.
var (
	gzipMagic = []byte{0x1f, 0x8b}
)

// unpack is the snapshot's plain bytes: how they are packed is told by how they
// begin, not by the file's name.
func unpack(from io.Reader) (io.ReadCloser, error) {
	packed := bufio.NewReader(from)
	start, _ := packed.Peek(6)
	if bytes.HasPrefix(start, gzipMagic) {
		plain, err := gzip.NewReader(packed)
		if err != nil {
			return nil, fmt.Errorf("looks like gzip and is not: %w", err)
		}
		return plain, nil
	}
	return io.NopCloser(packed), nil
}
