package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// longestName is how much of a file's name is shown, in bytes.
const longestName = 400

// Read reads a snapshot file. The error is one line that names the file and
// says what is wrong with it.
func Read(path string) (*fragcalc.Snapshot, error) {
	name := text.Clean(path, longestName)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s %w", name, readError(err))
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s %w", name, readError(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory: name a snapshot file", name)
	}
	return read(&progress{from: file, size: info.Size()}, path, info.ModTime())
}

// ReadFrom reads a snapshot from its bytes. name is the file's, and at is when
// it was written; a trace with times knows better.
func ReadFrom(from io.Reader, name string, at time.Time) (*fragcalc.Snapshot, error) {
	return read(&progress{from: from}, name, at)
}

// progress counts the bytes of a file, as it lies there, that have been read.
type progress struct {
	from io.Reader
	read int64
	size int64 // of the file; 0 when unknown
}

func (p *progress) Read(into []byte) (int, error) {
	n, err := p.from.Read(into)
	p.read += int64(n)
	return n, err
}

func read(from *progress, name string, at time.Time) (*fragcalc.Snapshot, error) {
	name = text.Clean(name, longestName)
	plain, err := unpack(from, mostUnpacked)
	if err != nil {
		return nil, fmt.Errorf("%s %w", name, err)
	}
	defer plain.Close()
	begin := bufio.NewReaderSize(plain, 16)
	first, err := begin.Peek(1)
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s is empty: %s", name, wayOut)
	case err != nil:
		return nil, fmt.Errorf("%s %w", name, readError(err))
	case !strings.Contains("\x80(}]", string(first)): // PROTO, or a dict or a list without
		return nil, fmt.Errorf("%s is no PyTorch snapshot: it does not begin as a pickle: %s", name, wayOut)
	}
	r := newReader(begin, from)
	root, err := r.decoder.Decode()
	var refused *pickle.Error
	if err != nil && !errors.As(err, &refused) {
		return nil, fmt.Errorf("%s %w", name, readError(err))
	}
	if err == nil {
		err = r.open(root)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is no PyTorch snapshot that can be read: %w", name, err)
	}
	shot, err := r.snapshot(text.Clean(filepath.Base(name), longestName), at)
	if err != nil {
		return nil, fmt.Errorf("%s contradicts itself: %w", name, err)
	}
	return shot, nil
}

// wayOut says what would be a snapshot.
const wayOut = "torch.cuda.memory._dump_snapshot writes one"

// readError says what is wrong with a file that does not let itself be read to
// its end, in words that follow its name.
func readError(err error) error {
	var packed *packingError
	if errors.As(err, &packed) {
		return packed
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// newReader returns a reader of one plain pickle, which is read from a file as
// progress tells.
func newReader(plain io.Reader, from *progress) *reader {
	r := &reader{stacks: newStacks(), progress: from}
	r.decoder = pickle.NewDecoder(plain, pickle.Options{Reducer: r})
	r.words = newWords(r.decoder)
	r.names = r.newNames()
	return r
}
