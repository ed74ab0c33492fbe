//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
)

// blocksHeld is what collector.py holds: its walk makes several times as many
// objects as bring on a collection.
const blocksHeld = 3000

func (b *bench) startCollector(args ...string) *program {
	b.t.Helper()
	return b.startCommand(binary, append([]string{"run", "--", b.py, "-W", "ignore", "testdata/collector.py"}, args...)...)
}

// walksAllTheWhile asks for a fresh walk of a program as soon as it has taken
// the last, until the function that it returns is called; that tells how many
// there were.
func walksAllTheWhile(t *testing.T, p *program) func() int {
	t.Helper()
	const own = 15 // monitors begin with slot 0
	m := shimtest.Open(t, p.pid())
	slot, before := m.Cmd.Slot(own), m.Header(t).Walks
	if !slot.Claim(shimtest.Owner, shimtest.Now(t)) {
		t.Fatal("the slot is taken")
	}
	ask := func() {
		now := shimtest.Now(t)
		slot.Watch(now.Add(4 * time.Second))
		slot.WantWalk(now)
		m.Wake(t)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for seen := before; ; time.Sleep(time.Millisecond) {
			select {
			case <-stop:
				slot.Free(shimtest.Owner)
				return
			default:
			}
			if h := m.Header(t); h.Walks != seen || seen == before {
				seen = h.Walks
				ask()
			}
		}
	}()
	return func() int {
		close(stop)
		<-done
		return int(m.Header(t).Walks - before)
	}
}

func collections(answer map[string]any) (generation [3]int) {
	for i, n := range answer["collections"].([]any) {
		generation[i] = int(n.(float64))
	}
	return generation
}

// Walk after walk, and the garbage collector of a program that keeps nothing
// new has nothing to do.
func TestWalksCollectNothing(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_TICK_MS=100")
	p := b.startCollector(fmt.Sprint(blocksHeld))
	b.rows(p) // the agent's own objects are made once
	before := collections(p.tell("stats"))
	stop := walksAllTheWhile(t, p)
	after := collections(p.tell("allocate 0"))
	walks := stop()
	if walks < 10 {
		t.Fatalf("only %d walks", walks)
	}
	t.Logf("%d walks, collections %v and %v", walks, before, after)
	if after[0] > before[0]+1 || after[1] != before[1] || after[2] != before[2] { // one: what counted when it began
		t.Errorf("collections: %v before, %v after %d walks", before, after, walks)
	}
}

// A program that allocates has as many collections with walks as without: the
// same of the third generation, and of the others but for the few that come
// some objects early.
func TestWalksBringNoCollectionOn(t *testing.T) {
	const lists = 100_000
	var during [2][3]int
	for i, watched := range []bool{false, true} {
		b := newBench(t, "GPUFRAGTOP_TICK_MS=100")
		p := b.startCollector(fmt.Sprint(blocksHeld))
		b.rows(p)
		before := collections(p.tell("stats"))
		stop := func() int { return 0 }
		if watched {
			stop = walksAllTheWhile(t, p)
		}
		after := collections(p.tell(fmt.Sprint("allocate ", lists)))
		walks := stop()
		if watched && walks < 10 {
			t.Fatalf("only %d walks", walks)
		}
		for g := range after {
			during[i][g] = after[g] - before[g]
		}
		t.Logf("watched %v: %d walks, collections %v", watched, walks, during[i])
	}
	if during[0][0] < 100 {
		t.Fatalf("only %v collections: this test would show nothing", during[0])
	}
	if during[0][2] != during[1][2] || during[1][1] > during[0][1]+1 || during[1][0] > during[0][0]+3 {
		t.Errorf("collections by generation: %v unwatched, %v watched", during[0], during[1])
	}
}

// Who switches the collector finds it as switched, whatever the agent does.
func TestCollectorStaysAsSwitched(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_TICK_MS=100", "GPUFRAGTOP_MAX_HOLD_MS=1000")
	p := b.startCollector(fmt.Sprint(10 * blocksHeld)) // long enough for Python to ask for its lock back meanwhile
	b.rows(p)
	stop := walksAllTheWhile(t, p)
	answer := p.tell("toggle 5000")
	if walks := stop(); walks < 5 {
		t.Fatalf("only %d walks", walks)
	}
	if answer["wrong"] != 0.0 || answer["rounds"].(float64) < 100 {
		t.Errorf("not as switched: %v", answer)
	}
}
