package terminal

import (
	"os"
	"testing"
	"time"
)

// A terminal that takes a little now and then keeps nobody: the writer is over
// before what it writes to is given up, and the terminal is left.
func TestASlowTerminalKeepsNoWriter(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	done := make(chan struct{})
	defer close(done)
	go func() {
		buffer := make([]byte, 4096)
		for {
			select {
			case <-done:
				return
			case <-time.After(40 * time.Millisecond):
				_, _ = read.Read(buffer)
			}
		}
	}()
	s := newScreen(write)
	s.resize(80, 24)
	s.open()
	s.control(string(make([]byte, controlLimit/2)))
	time.Sleep(50 * time.Millisecond)
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	s.close()
	if !over(ended, 0) && !s.lost {
		t.Error("the writer goes on after the screen was closed")
	}
	if s.lost {
		t.Error("the writer is given up, though it could write without waiting")
	}
	s.release()
}
