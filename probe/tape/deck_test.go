package tape

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

func TestDeckRecordsOneFileAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "screen.tape")
	deck := NewDeck(Options{Interval: time.Second})
	node := demo.NewNode(1)
	if err := deck.Add(node.Snapshot(epoch)); err == nil {
		t.Error("a sample is recorded into nothing")
	}
	if _, _, err := deck.Stop("stopped"); err == nil {
		t.Error("nothing is stopped")
	}
	if err := deck.Start(path); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.tape")
	if err := deck.Start(other); err == nil || !strings.Contains(err.Error(), "screen.tape is being recorded") {
		t.Errorf("a second one is begun: %v", err)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a second file is made")
	}
	for i := range 3 {
		if err := deck.Add(node.Snapshot(epoch.Add(time.Duration(i) * time.Second))); err != nil {
			t.Fatal(err)
		}
	}
	samples, size, err := deck.Stop("stopped")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != size || info.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes are said to be in it: %v, %v", size, info, err)
	}
	if r := open(t, path); r.Len() != 3 || samples != 3 {
		t.Errorf("%d samples, %d are said to be in it", r.Len(), samples)
	}
	// Neither a file that is there nor what options say is overwritten.
	err = NewDeck(Options{Force: true}).Start(path)
	if err == nil || !strings.Contains(err.Error(), "exists: choose another name") || strings.Contains(err.Error(), "--force") {
		t.Errorf("%v", err)
	}
	if r := open(t, path); r.Len() != 3 {
		t.Error("the recording that was there is lost")
	}
}

func TestDeckSaysThatTheSizeIsReached(t *testing.T) {
	deck := NewDeck(Options{MaxSize: endReserve + 512})
	if err := deck.Start(filepath.Join(t.TempDir(), "small.tape")); err != nil {
		t.Fatal(err)
	}
	err := deck.Add(demo.NewNode(1).Snapshot(epoch))
	if err == nil || !strings.Contains(err.Error(), "the recording has reached its size, 1.50 KiB") {
		t.Errorf("%v", err)
	}
	if _, _, err := deck.Stop("size"); err != nil {
		t.Error(err)
	}
}

// A file that takes no more is told of in one line, and another can be begun.
func TestDeckWhoseFileFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.tape")
	deck := NewDeck(Options{})
	if err := deck.Start(path); err != nil {
		t.Fatal(err)
	}
	node := demo.NewNode(1)
	if err := deck.Add(node.Snapshot(epoch)); err != nil {
		t.Fatal(err)
	}
	deck.writer.file.Close()
	if err := deck.Add(node.Snapshot(epoch.Add(time.Second))); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	samples, _, err := deck.Stop("failed")
	if err == nil || strings.Contains(err.Error(), "\n") || samples != 1 {
		t.Errorf("%d samples, %v", samples, err)
	}
	if r := open(t, path); r.Len() != 1 {
		t.Errorf("%d samples are left", r.Len())
	}
	if err := deck.Start(filepath.Join(t.TempDir(), "next.tape")); err != nil {
		t.Error(err)
	}
	if _, _, err := deck.Stop("stopped"); err != nil {
		t.Error(err)
	}
}

// The end of the program may come in the middle of a sample.
func TestDeckStopsInTheMiddleOfASample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ended.tape")
	deck := NewDeck(Options{})
	if err := deck.Start(path); err != nil {
		t.Fatal(err)
	}
	node := demo.NewNode(1)
	var adding sync.WaitGroup
	added := make(chan error, 8)
	for i := range cap(added) {
		s := node.Snapshot(epoch.Add(time.Duration(i) * time.Second))
		adding.Add(1)
		go func() { defer adding.Done(); added <- deck.Add(s) }()
	}
	if _, _, err := deck.Stop("the screen was left"); err != nil {
		t.Error(err)
	}
	adding.Wait()
	close(added)
	whole := 0
	for err := range added {
		if err == nil {
			whole++
		}
	}
	if whole == 0 { // none was quick enough: the file is sound, and has nothing to show
		return
	}
	if r := open(t, path); r.Len() != whole {
		t.Errorf("%d samples, %d were added", r.Len(), whole)
	}
}
