package cudashim

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// together starts n programs at once and returns how long it took until all
// had started, made their pages if they are instrumented, and ended.
func (b bench) together(t *testing.T, n int, instrumented bool) time.Duration {
	t.Helper()
	began := time.Now()
	all := make([]*exec.Cmd, n)
	for i := range all {
		if instrumented {
			all[i] = b.command(b.linked, "starts", "yes")
		} else {
			all[i] = exec.Command(b.linked, "starts", "no")
		}
		if err := all[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("of %d at once: %v", n, err)
		}
	}
	return time.Since(began)
}

// Case 20: of many processes that start at once none waits for another: twice
// as many take twice as long, as they do without the shim.
func TestManyStartAtOnce(t *testing.T) {
	b := newBench(t)
	const least, rounds = 50, 5
	best := map[bool]map[int]time.Duration{false: {}, true: {}}
	for range rounds {
		for n := least; n <= 4*least; n *= 2 {
			for _, instrumented := range []bool{false, true} {
				took := b.together(t, n, instrumented)
				if known := best[instrumented][n]; known == 0 || took < known {
					best[instrumented][n] = took
				}
			}
		}
	}
	for n := least; n <= 4*least; n *= 2 {
		t.Logf("%d at once: %v, without the shim %v", n, best[true][n], best[false][n])
	}
	growth := func(instrumented bool) float64 {
		return best[instrumented][4*least].Seconds() / best[instrumented][least].Seconds()
	}
	if with, without := growth(true), growth(false); with > 4*1.3 && with > without*1.3 {
		t.Errorf("four times as many take %.2f times as long, without the shim %.2f times", with, without)
	}
}

// Case 20: processes that stand still with an agent in them keep nobody from starting.
func TestNobodyWaitsForAStoppedOne(t *testing.T) {
	b := newBench(t)
	for range 5 {
		p := b.start(t)
		if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.cmd.Process.Signal(syscall.SIGCONT) })
	}
	b.together(t, 20, true)
}
