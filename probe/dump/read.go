package dump

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// longestName is how much of a file's name is shown.
const longestName = 200

// Read reads a snapshot file. The error is one line that names the file and
// says what is wrong with it.
func Read(path string) (*fragcalc.Snapshot, error) {
	name := baseName(path)
	file, err := os.Open(path)
	if err != nil {
		return nil, openError(name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, openError(name, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory: name a snapshot file", name)
	}
	return ReadFrom(file, name, info.ModTime())
}

func baseName(path string) string { return text.Clean(filepath.Base(path), longestName) }

func openError(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// ReadFrom reads a snapshot from its bytes. name is what it is called, and at
// when it was written; a trace with times knows better.
func ReadFrom(from io.Reader, name string, at time.Time) (*fragcalc.Snapshot, error) {
	name = text.Clean(name, longestName)
	plain, err := unpack(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer plain.Close()
	r := newReader(plain)
	root, err := r.decoder.Decode()
	if err == nil {
		err = r.open(root)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is no PyTorch snapshot that can be read: %w", name, err)
	}
	return r.snapshot(name, at)
}

// newReader returns a reader of one plain pickle.
func newReader(plain io.Reader) *reader {
	r := &reader{stacks: newStacks()}
	r.decoder = pickle.NewDecoder(plain, pickle.Options{Reducer: r})
	r.words = newWords(r.decoder)
	r.names = r.newNames()
	return r
}
