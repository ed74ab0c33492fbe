package terminal

import (
	"os"
	"strings"
	"sync"
	"time"
)

// What the terminal is told when the program takes it: the alternate screen,
// no cursor, pasted text marked as such, and no wrapping of lines, so that one
// that a terminal draws wider than it is known to be never scrolls the rest.
// Leaving undoes it, and ends whatever was cut; a terminal without an alternate
// screen, such as GNU screen as it comes, goes on below the last frame.
const (
	enterSequence = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?7l"
	leaveSequence = "\x1b[m" + endUpdate + "\x1b[?7h\x1b[?2004l\x1b[999H" + eraseRight + "\x1b[?25h\x1b[?1049l\r"
)

// controlLimit bounds what waits for the terminal beside a frame, in bytes.
const controlLimit = 1 << 20

// screen draws frames. At most one frame is being sent and one waits; a newer
// one takes the place of that which waits.
type screen struct {
	output *os.File
	line   *outlet

	mu       sync.Mutex
	stop     *stopper // ends the writer; nil while the screen is closed
	ended    chan struct{}
	fresh    chan struct{} // something waits
	next     *string       // the frame that waits
	controls []byte        // what waits to be sent before it
	unknown  bool          // nothing is known of what the terminal shows
	lost     bool          // a writer did not end when the screen was closed
	width    int
	height   int
}

func newScreen(output *os.File) *screen {
	return &screen{output: output, line: newOutlet(output), fresh: make(chan struct{}, 1)}
}

// release gives up what the screen holds of the system, unless a writer is still
// at it: its descriptor could become another file's.
func (s *screen) release() {
	if !s.lost {
		s.line.release()
	}
}

// open takes the terminal, or takes it anew: it is told all modes, and the next
// frame is drawn whole.
func (s *screen) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.controls = append([]byte(enterSequence), s.controls...)
	s.unknown = true
	if s.stop != nil && over(s.ended, 0) { // a write has failed, and the terminal is back
		s.stop.stop()
		s.stop.release()
		s.stop = nil
	}
	if s.stop == nil && !s.lost {
		s.stop, s.ended = newStopper(), make(chan struct{})
		go s.write(s.stop, s.ended)
	}
	s.wake()
}

// close ends the drawing and leaves the terminal. What a terminal did not take
// in time is discarded, to make room for that.
func (s *screen) close() {
	s.mu.Lock()
	stop, ended := s.stop, s.ended
	s.stop, s.next, s.controls = nil, nil, nil
	s.mu.Unlock()
	if stop == nil {
		return
	}
	stop.stop()
	if !over(ended, 2*grace) { // only where the output cannot be written without waiting
		discardOutput(s.output)
		if !over(ended, grace) {
			s.lost = true
			return // it is in a write that nothing ends: what it uses is not given up
		}
	}
	if s.line.stuck() {
		discardOutput(s.output)
	}
	s.cut(leaveSequence)
	stop.release()
}

// over waits for a writer's end, and tells whether it came.
func over(ended chan struct{}, wait time.Duration) bool {
	select {
	case <-ended:
		return true
	default: // of an end and a time that is over, the end counts
	}
	select {
	case <-ended:
		return true
	case <-time.After(wait):
		return false
	}
}

// cut sends what is no frame, without waiting for long. Where a sequence was cut
// before, it ends that.
func (s *screen) cut(text string) { s.line.sendAtOnce([]byte(text)) }

// show draws a frame: lines, of which none is wider than the terminal.
func (s *screen) show(frame string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil || s.width <= 0 || s.height <= 0 {
		return
	}
	s.next = &frame
	s.wake()
}

// control sends bytes between two frames.
func (s *screen) control(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil || len(s.controls)+len(text) > controlLimit {
		return
	}
	s.controls = append(s.controls, text...)
	s.wake()
}

// resize says how large the terminal is, in cells. Frames from here on are of
// that size, and nothing of what was drawn before is relied upon.
func (s *screen) resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width, s.height = width, height
	s.next, s.unknown = nil, true
}

// forget has the next frame drawn whole.
func (s *screen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknown = true
}

func (s *screen) wake() {
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

// write sends what waits until it is stopped or the terminal is gone.
func (s *screen) write(stop *stopper, ended chan struct{}) {
	defer close(ended)
	var painter painter
	for {
		select {
		case <-stop.stopped:
			return
		case <-s.fresh:
		}
		if !s.line.send(s.take(&painter), stop) {
			return
		}
	}
}

// take turns what waits into bytes.
func (s *screen) take(p *painter) []byte {
	s.mu.Lock()
	frame, controls, unknown := s.next, s.controls, s.unknown
	width, height := s.width, s.height
	s.next, s.controls = nil, nil
	if frame != nil {
		s.unknown = false
	}
	s.mu.Unlock()
	if frame == nil {
		return controls
	}
	lines := strings.Split(*frame, "\n")
	return append(controls, p.frame(lines[:min(len(lines), height)], width, unknown)...)
}
