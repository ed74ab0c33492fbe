package tape

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/rootfile"
)

// ErrFull says that a sample no longer fits the allowed size.
var ErrFull = errors.New("the recording has reached its size")

// LeastSize is the smallest size that a recording may be bounded to.
const LeastSize = 1 << 20

// mostBlocks is how many blocks of one process a recording keeps.
const mostBlocks = 1 << 20

// endReserve is kept for the last line.
const endReserve = 1 << 10

// Options say how to record.
type Options struct {
	Version  string        // of gpufragtop
	Interval time.Duration // between samples, as asked for
	MaxSize  int64         // of the file in bytes, at least LeastSize
	Force    bool          // overwrite a file that exists
}

// Writer records snapshots. It is for one goroutine.
type Writer struct {
	file    *os.File
	encoder *zstd.Encoder
	options Options
	size    int64
	samples int
	maps    int   // lines with maps so far
	mapped  int64 // bytes of the file that they take
	thinned bool
	last    map[fragcalc.RowID]lastMap
}

// lastMap is the map of a row that was recorded last.
type lastMap struct {
	sum    [sha256.Size]byte
	number int
}

// existsError says that a file of that name is there already.
type existsError string

func (e existsError) Error() string {
	return string(e) + " exists: choose another name, or overwrite it with --force"
}

func (existsError) Is(target error) bool { return target == fs.ErrExist }

// Create begins a recording in a new file. The error is an fs.ErrExist where one of
// that name is there already.
func Create(path string, o Options) (*Writer, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if o.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := rootfile.Open(path, flags, 0o600) // command lines are nobody else's business
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, existsError(path)
	case err != nil:
		return nil, err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	w := &Writer{file: file, encoder: encoder, options: o, last: make(map[fragcalc.RowID]lastMap)}
	now := time.Now()
	line, err := json.Marshal(head{Schema: Schema, Version: o.Version, Started: now.UTC(), Interval: o.Interval.Seconds()})
	if err == nil {
		err = w.write(w.pack(nil, kindHead, now, append(line, '\n')))
	}
	if err != nil {
		file.Close()
		if !o.Force { // it is new, and would stand in the way of another try
			_ = os.Remove(path)
		}
		return nil, err
	}
	return w, nil
}

// Samples is how many samples are recorded.
func (w *Writer) Samples() int { return w.samples }

// Size is the size of the file in bytes.
func (w *Writer) Size() int64 { return w.size }

// Thinned tells whether blocks were left out to stay within the allowed size.
func (w *Writer) Thinned() bool { return w.thinned }

// Add records a sample, whole or not at all. ErrFull ends the recording: what
// is there is sound.
func (w *Writer) Add(s *fragcalc.Snapshot) error {
	var out []byte
	rows := make([]extraRow, len(s.Processes))
	kept := make(map[fragcalc.RowID]lastMap, len(s.Processes))
	maps, mapped := w.maps, w.mapped
	for i := range s.Processes {
		p := &s.Processes[i]
		if !hasMap(p.Pools) {
			rows[i] = newExtraRow(p, -1)
			continue
		}
		blocks := w.mapped <= w.options.MaxSize/2 && countBlocks(p.Pools) <= mostBlocks
		w.thinned = w.thinned || !blocks
		pools := appendMap(nil, p.Pools, blocks)
		if len(pools) > mostLine-len(`{"schema":"","map":,"pools":}`)-64 { // segments beyond counting
			w.thinned = true
			rows[i] = newExtraRow(p, -1)
			continue
		}
		m, known := w.last[p.RowID]
		if sum := sha256.Sum256(pools); !known || m.sum != sum {
			m = lastMap{sum: sum, number: maps}
			before := len(out)
			out = w.pack(out, kindMap, s.At, mapLine(maps, pools))
			maps++
			mapped += int64(len(out) - before)
		}
		kept[p.RowID] = m
		rows[i] = newExtraRow(p, m.number)
	}
	line, err := encodeSample(s, rows)
	switch {
	case err != nil:
		return err
	case len(line) > mostLine:
		return fmt.Errorf("a sample of %d bytes is too long to record", len(line))
	}
	out = w.pack(out, kindSample, s.At, line)
	if w.size+int64(len(out))+endReserve > w.options.MaxSize {
		return ErrFull
	}
	if err := w.write(out); err != nil {
		return err
	}
	w.maps, w.mapped, w.last = maps, mapped, kept
	w.samples++
	return nil
}

// Close ends the recording; why is said in its last line.
func (w *Writer) Close(why string) error {
	line, err := json.Marshal(end{Schema: Schema, End: why})
	if err == nil {
		err = w.write(w.pack(nil, kindEnd, time.Now(), append(line, '\n')))
	}
	return errors.Join(err, w.file.Close())
}

// pack appends a line, compressed by itself.
func (w *Writer) pack(out []byte, k kind, at time.Time, line []byte) []byte {
	return frame{kind: k, at: at, raw: len(line)}.append(out, w.encoder.EncodeAll(line, nil))
}

// write appends to the file, in one call. What a full disk took of it is cut
// off again.
func (w *Writer) write(out []byte) error {
	if _, err := w.file.Write(out); err != nil {
		if cut := w.file.Truncate(w.size); cut == nil {
			_, _ = w.file.Seek(w.size, 0) // should it fail, so does the next write
		}
		return err
	}
	w.size += int64(len(out))
	return nil
}
