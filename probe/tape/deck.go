package tape

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// DeckSize bounds a recording that is made from the screen, in bytes.
const DeckSize = 256 << 20

// errNoTape says that nothing is being recorded.
var errNoTape = errors.New("nothing is being recorded")

// Deck records what a screen shows, into one file at a time. Its methods may be
// called side by side: the end of the program may come in the middle of a sample.
type Deck struct {
	options Options

	mu     sync.Mutex
	writer *Writer // nil: nothing is recorded
	path   string
}

// NewDeck returns a deck that records into nothing yet. A size of 0 is DeckSize;
// a file that exists is never overwritten.
func NewDeck(o Options) *Deck {
	if o.MaxSize == 0 {
		o.MaxSize = DeckSize
	}
	o.Force = false
	return &Deck{options: o}
}

// Start implements tui.Taper.
func (d *Deck) Start(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writer != nil {
		return fmt.Errorf("%s is being recorded", d.path)
	}
	writer, err := Create(path, d.options)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: choose another name", path)
	}
	d.writer, d.path = writer, path
	return err
}

// Add implements tui.Taper.
func (d *Deck) Add(s *fragcalc.Snapshot) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writer == nil {
		return errNoTape
	}
	err := d.writer.Add(s)
	if errors.Is(err, ErrFull) {
		return fmt.Errorf("%w, %s", err, units.Bytes(d.options.MaxSize))
	}
	return err
}

// Limit implements tui.Taper.
func (d *Deck) Limit() int64 { return d.options.MaxSize }

// Stop implements tui.Taper.
func (d *Deck) Stop(why string) (samples int, bytes int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writer == nil {
		return 0, 0, errNoTape
	}
	writer := d.writer
	d.writer = nil
	if err = writer.Close(why); err != nil { // of its last line, its file, or both
		err = errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return writer.Samples(), writer.Size(), err
}
