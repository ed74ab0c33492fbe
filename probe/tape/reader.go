package tape

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Bounds of a recording that is read.
const (
	mostLines   = 1 << 21
	mostMapping = 256 << 20 // bytes of the maps of one sample, before compression
)

// ErrNotTape means that a file is something else.
var ErrNotTape = errors.New("not a recording of gpufragtop record")

// Reader reads a recording. Its methods may be called side by side.
type Reader struct {
	path    string
	file    io.ReaderAt
	closer  io.Closer
	samples []entry
	maps    []entry
	ended   bool
	lost    int64 // bytes behind the last whole line

	mu      sync.Mutex
	decoder *zstd.Decoder
	shown   map[int][][]fragcalc.Segment // the maps of the sample read last
}

// entry is where a line is.
type entry struct {
	offset int64 // of its zstd frame
	frame
}

// Open opens a recording. Its lines are found, not read. Errors name the file.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	var r *Reader
	if err == nil {
		r, err = newReader(path, file, info.Size())
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r.closer = file
	return r, nil
}

func newReader(path string, file io.ReaderAt, size int64) (*Reader, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostLine))
	if err != nil {
		return nil, err
	}
	r := &Reader{path: path, file: file, decoder: decoder}
	if err := r.scan(size); err != nil {
		return nil, err
	}
	return r, nil
}

// scan hops from line to line. It stops at the first that is not whole.
func (r *Reader) scan(size int64) error {
	buffer := make([]byte, frameSize)
	var offset int64
	for lines := 0; offset < size && lines < mostLines; lines++ {
		if _, err := r.file.ReadAt(buffer, offset); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		f, err := parseFrame(buffer)
		whole := err == nil && offset+frameSize+int64(f.packed) <= size
		if lines == 0 && (err != nil || f.kind != kindHead) {
			return ErrNotTape
		}
		if !whole {
			break
		}
		r.note(entry{offset + frameSize, f})
		offset += frameSize + int64(f.packed)
	}
	r.lost = size - offset
	if len(r.samples) == 0 {
		return errors.New("the recording ended before its first sample")
	}
	return nil
}

func (r *Reader) note(e entry) {
	switch e.kind {
	case kindMap:
		r.maps = append(r.maps, e)
	case kindSample:
		// The clock may have been set back meanwhile; the recording's goes on.
		if n := len(r.samples); n > 0 && e.at.Before(r.samples[n-1].at) {
			e.at = r.samples[n-1].at
		}
		r.samples = append(r.samples, e)
	case kindEnd:
		r.ended = true
	}
}

// Close closes the file.
func (r *Reader) Close() {
	if r.closer != nil {
		r.closer.Close()
	}
	r.decoder.Close()
}

// Len is how many samples there are, at least one.
func (r *Reader) Len() int { return len(r.samples) }

// Time is when a sample was taken, in local time. It never falls.
func (r *Reader) Time(i int) time.Time { return r.samples[i].at }

// Find is the last sample that is not after a time; 0 before the first.
func (r *Reader) Find(at time.Time) int {
	return max(0, sort.Search(len(r.samples), func(i int) bool { return r.samples[i].at.After(at) })-1)
}

// Note says in one line what is missing at the end; empty when nothing is.
func (r *Reader) Note() string {
	last := r.samples[len(r.samples)-1].at.Format(time.TimeOnly)
	switch {
	case r.lost > 0:
		return fmt.Sprintf("its end is cut: whole up to %s, %d bytes of an unfinished line are lost", last, r.lost)
	case !r.ended:
		return "it was not ended, or still goes on: whole up to " + last
	}
	return ""
}

// Sample is a sample, and where it cannot be read, a node of which nothing is
// known but why.
func (r *Reader) Sample(_ context.Context, i int) *fragcalc.Snapshot { return r.told(i, true) }

// Figures is Sample without segments and blocks.
func (r *Reader) Figures(_ context.Context, i int) *fragcalc.Snapshot { return r.told(i, false) }

func (r *Reader) told(i int, maps bool) *fragcalc.Snapshot {
	s, err := r.read(i, maps)
	if err != nil {
		return &fragcalc.Snapshot{At: r.Time(i), From: r.path, Faults: []fragcalc.Fault{
			{Scope: fragcalc.ScopeNode, Field: "recording", Reason: err.Error()}}}
	}
	return s
}

// Read reads a sample. It fails where its line, or a map that it shows, is
// damaged.
func (r *Reader) Read(i int) (*fragcalc.Snapshot, error) { return r.read(i, true) }

func (r *Reader) read(i int, maps bool) (*fragcalc.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line, err := r.line(r.samples[i])
	if err != nil {
		return nil, fmt.Errorf("sample %d of %d is damaged: %w", i+1, len(r.samples), err)
	}
	s, numbers, err := decodeSample(line)
	if err != nil {
		return nil, fmt.Errorf("sample %d of %d is damaged: %w", i+1, len(r.samples), err)
	}
	if maps {
		if err := r.fill(s, numbers, r.samples[i].offset); err != nil {
			return nil, fmt.Errorf("sample %d of %d: %w", i+1, len(r.samples), err)
		}
	}
	s.From = r.path
	s.At = s.At.Local()
	for i := range s.Events {
		s.Events[i].At = s.Events[i].At.Local()
	}
	return s, nil
}

// fill gives the processes of a sample their segments. Only maps in front of
// the sample count.
func (r *Reader) fill(s *fragcalc.Snapshot, numbers []int, before int64) error {
	shown := make(map[int][][]fragcalc.Segment)
	total := 0
	for i, number := range numbers {
		if number < 0 {
			continue
		}
		if number >= len(r.maps) || r.maps[number].offset > before {
			return fmt.Errorf("its map %d is missing", number)
		}
		segments, ok := shown[number]
		if !ok {
			if total += r.maps[number].raw; total > mostMapping {
				return fmt.Errorf("its maps take more than %d bytes", mostMapping)
			}
			var err error
			if segments, err = r.segments(number); err != nil {
				return fmt.Errorf("its map %d is damaged: %w", number, err)
			}
			shown[number] = segments
		}
		pools := s.Processes[i].Pools
		if len(pools) != len(segments) {
			return fmt.Errorf("its map %d is of %d pools, its process has %d", number, len(segments), len(pools))
		}
		for j := range pools {
			pools[j].Segments = segments[j]
		}
	}
	r.shown = shown
	return nil
}

// segments reads a map, unless the sample before showed it, too.
func (r *Reader) segments(number int) ([][]fragcalc.Segment, error) {
	if segments, ok := r.shown[number]; ok {
		return segments, nil
	}
	line, err := r.line(r.maps[number])
	if err != nil {
		return nil, err
	}
	return decodeMap(line, number)
}

// line reads and unpacks one line.
func (r *Reader) line(e entry) ([]byte, error) {
	packed := make([]byte, e.packed)
	if _, err := r.file.ReadAt(packed, e.offset); err != nil {
		return nil, err
	}
	line, err := r.decoder.DecodeAll(packed, make([]byte, 0, min(e.raw, 64*e.packed)))
	switch {
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "zstd: "))
	case len(line) != e.raw:
		return nil, fmt.Errorf("it has %d bytes, not %d", len(line), e.raw)
	}
	return line, nil
}
