package cudashim

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
)

// Case 18: a process that is killed at any moment of its publications leaves a
// whole walk and whole counters, and while it publishes, what a reader accepts
// is whole too.
func TestKilledWhilePublishing(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	program := filepath.Join(t.TempDir(), "publish")
	compile(t, "-std=c11", `-DGFT_SOURCE_HASH="test:"`, "-DGFT_NO_PINS", "testdata/publish.c",
		"csrc/page.c", "csrc/publish.c", "csrc/text.c", "csrc/process.c", "-o", program)
	turns := make(chan struct{}, rounds)
	for range rounds {
		turns <- struct{}{}
	}
	close(turns)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			buffer := make([]byte, 1<<20)
			for range turns {
				killOne(t, program, buffer)
			}
		})
	}
	workers.Wait()
}

func killOne(t *testing.T, program string, buffer []byte) {
	cmd := exec.Command(program)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = out.Read(buffer[:1]) // it has published
	file, err := os.Open(shimtest.Memfd(cmd.Process.Pid, page.PageName))
	for range rand.IntN(3) { // alive
		if _, err := readPublication(file, buffer); err != nil {
			t.Error("while it publishes:", err)
		}
	}
	time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		t.Error(err)
		return
	}
	defer file.Close()
	if whole, err := readPublication(file, buffer); err != nil || !whole {
		t.Errorf("after it was killed: whole %v, %v", whole, err)
	}
}

// readPublication reads what the header names: false when the writer has
// overtaken the reader, an error when something is accepted that is not whole.
func readPublication(file *os.File, buffer []byte) (whole bool, err error) {
	if _, err := file.ReadAt(buffer[:page.HeaderSize], 0); err != nil {
		return false, err
	}
	h, err := page.DecodeHeader(buffer[:page.HeaderSize])
	if err != nil {
		return false, err
	}
	n, _ := file.ReadAt(buffer, page.WalkOffset(h.WalkSeq))
	walk, err := page.DecodeWalk(buffer[:n])
	if err != nil || walk.Seq != h.WalkSeq {
		return false, nil
	}
	for _, block := range walk.Devices[0].Segments[0].Blocks {
		if block.Requested != int64(h.WalkSeq%4096) {
			return true, errTorn
		}
	}
	n, _ = file.ReadAt(buffer[:page.CountersSlotSize], page.CountersOffset(h.CountersSeq))
	counters, err := page.DecodeCounters(buffer[:n])
	if err != nil || counters.Seq != h.CountersSeq {
		return false, nil
	}
	mark := uint64(counters.Devices[0].Counters.Reserved.Or(0))
	if mark != h.CountersSeq%4096 || uint64(counters.Devices[0].Counters.ActivePeak.Or(0)) != mark {
		return true, errTorn
	}
	return true, nil
}

var errTorn = errors.New("a publication was accepted that is torn")
