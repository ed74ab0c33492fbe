package advice

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// lived is a history of a sample a second.
func lived(seconds int, used, stranded func(i int) int64) History {
	var h History
	for i := range seconds {
		h.Samples = append(h.Samples, Sample{At: start.Add(time.Duration(i) * time.Second),
			Used: fragcalc.Of(used(i)), Reserved: fragcalc.Of(used(i) + stranded(i)), Stranded: fragcalc.Of(stranded(i)),
			Retries: fragcalc.Of[int64](0), OOMs: fragcalc.Of[int64](0)})
	}
	return h
}

func steadily(from, perSecond int64) func(int) int64 {
	return func(i int) int64 { return from + int64(i)*perSecond }
}

// steps is a program that needs more memory within each step than between two.
func steps(base func(int) int64, top int64) func(int) int64 {
	r := rand.New(rand.NewPCG(1, 2))
	return func(i int) int64 { return base(i) + r.Int64N(2)*r.Int64N(top) }
}

func TestALeakIsToldFromFragmentation(t *testing.T) {
	p := new(builder).large(live(2 * gib)).process()
	s := node(p, 20*gib)
	leaks := Inputs{History: lived(600, steps(steadily(gib, mib), 8*gib), steadily(0, 0))}
	a := find(t, p, s, leaks, "leak")
	says(t, a, "a leak", "not fragmentation", "the GPU is full in")
	if rate := a.evidence("used_growth_bytes_per_minute").(int64); rate < 55*mib || rate > 65*mib {
		t.Errorf("%d bytes a minute, want 60 MiB", rate)
	}
	silent(t, find(t, p, s, leaks, "stranded_grows"), "it is a leak")

	holes := Inputs{History: lived(600, steadily(2*gib, 0), steadily(0, mib))}
	says(t, find(t, p, s, holes, "stranded_grows"), "A restart returns it")
	silent(t, find(t, p, s, holes, "leak"), "used memory does not grow")

	for name, h := range map[string]History{
		"steps without a leak":   lived(600, steps(steadily(gib, 0), 8*gib), steadily(0, 0)),
		"a model that is loaded": lived(600, func(i int) int64 { return gib + min(int64(i), 60)*20*mib }, steadily(0, 0)),
		"half a minute":          lived(30, steadily(gib, 100*mib), steadily(0, 0)),
		"little growth":          lived(600, steadily(gib, 1024), steadily(0, 0)),
		"memory given back":      lived(600, steadily(4*gib, -mib), steadily(0, 0)),
		"nothing":                {},
		"one look":               lived(1, steadily(gib, 0), steadily(0, 0)),
	} {
		silent(t, find(t, p, s, Inputs{History: h}, "leak"), name)
		silent(t, find(t, p, s, Inputs{History: h}, "stranded_grows"), name)
	}
}

func TestRetriesCountThoseOfTheHistory(t *testing.T) {
	p := new(builder).large(live(2 * gib)).process(func(p *fragcalc.Process) { p.AllocRetries = fragcalc.Of[int64](7) })
	says(t, find(t, p, node(p, 0), Inputs{}, "retries"), "emptied its cache 7 times so far")
	calm := lived(120, steadily(gib, 0), steadily(0, 0))
	silent(t, find(t, p, node(p, 0), Inputs{History: calm}, "retries"), "none came lately")
	calm.Samples[119].Retries, calm.Samples[119].OOMs = fragcalc.Of[int64](4), fragcalc.Of[int64](1)
	says(t, find(t, p, node(p, 0), Inputs{History: calm}, "retries"), "4 times in the last 119 s, and failed once")
	unknown := History{Samples: []Sample{{At: start}, {At: start.Add(time.Second)}}}
	silent(t, find(t, p, node(p, 0), Inputs{History: unknown}, "retries"), "nothing is known of them")
	calm.Samples[119].Retries = fragcalc.Of[int64](-3)
	calm.Samples[119].OOMs = fragcalc.Of[int64](0)
	silent(t, find(t, p, node(p, 0), Inputs{History: calm}, "retries"), "a counter that was reset is no retry")
}

func TestAJumpOfTheCacheIsDated(t *testing.T) {
	p := new(builder).large(live(gib)).large(free(5 * gib)).process(func(p *fragcalc.Process) { p.ActivePeak = fragcalc.Of[int64](gib) })
	h := lived(120, func(i int) int64 { return gib }, func(i int) int64 {
		if i < 60 {
			return 0
		}
		return 4 * gib
	})
	says(t, find(t, p, node(p, 0), Inputs{History: h}, "slack"), "jumped by 4.00 GiB at 12:01:00")
}

func TestAHistoryMayHaveHolesAndAnyClock(t *testing.T) {
	p := new(builder).large(live(gib)).process()
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var h History
		for range r.IntN(40) {
			s := Sample{At: start.Add(time.Duration(r.Int64N(int64(time.Hour))) - 30*time.Minute)}
			if r.IntN(3) > 0 {
				s.Used, s.Stranded, s.Reserved = fragcalc.Of(r.Int64()), fragcalc.Of(r.Int64N(gib)), fragcalc.Of(r.Int64())
				s.Retries, s.OOMs = fragcalc.Of(r.Int64N(9)), fragcalc.Of(r.Int64N(9))
			}
			h.Samples = append(h.Samples, s)
		}
		for _, a := range Advise(p, node(p, 0), Inputs{History: h}) {
			checkSane(t, a)
		}
	}
}
