package whatif

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recorded runs a random program on the model with its history on, and returns
// the allocator and the trace.
func recorded(t *testing.T, config Config, total int64, r *rand.Rand, steps int) (*program, *fragcalc.Trace) {
	p := newProgram(t, config, total, r)
	p.plain = true
	trace := &fragcalc.Trace{}
	p.a.Record(trace)
	for range steps {
		p.step()
	}
	return p, trace
}

func TestARecoveredProgramGetsEveryRecordedAddress(t *testing.T) {
	for i, settings := range programs {
		t.Run(settings.name, func(t *testing.T) {
			config, err := ParseConfig(settings.text)
			if err != nil {
				t.Fatal(err)
			}
			if settings.after != nil {
				settings.after(&config)
			}
			for seed := range uint64(6) {
				p, trace := recorded(t, config, settings.device, rand.New(rand.NewPCG(seed, uint64(i))), 1500)
				final := fragcalc.GroupPools(p.a.Segments())
				got, err := Recover(trace, final, config, 0)
				if err != nil {
					t.Fatal(err)
				}
				if r := got.Report; r.FirstMiss >= 0 || r.Exact != r.Allocations || !r.Final || r.Older != 0 {
					t.Errorf("seed %d: %+v", seed, r)
				}
			}
		})
	}
}

func TestATraceWithoutABeginningIsGivenOne(t *testing.T) {
	for i, settings := range programs {
		t.Run(settings.name, func(t *testing.T) {
			config, err := ParseConfig(settings.text)
			if err != nil {
				t.Fatal(err)
			}
			if settings.after != nil {
				settings.after(&config)
			}
			exact, shown, allocations := 0, 0, 0
			for seed := range uint64(6) {
				p, trace := recorded(t, config, settings.device, rand.New(rand.NewPCG(seed, uint64(i))), 1500)
				final := fragcalc.GroupPools(p.a.Segments())
				late := &fragcalc.Trace{Events: trace.Events[len(trace.Events)/2:], Cut: true}
				got, err := Recover(late, final, config, 0)
				if err != nil {
					t.Fatal(err)
				}
				if got.Report.FirstMiss < 0 && got.Report.Final {
					exact++
				}
				shown += got.Report.Exact
				allocations += got.Report.Allocations
			}
			if exact < 3 || shown < allocations*9/10 {
				t.Errorf("%d of 6 programs exact, %d of %d allocations", exact, shown, allocations)
			}
		})
	}
}

// A program that died of an out-of-memory error is said to have: as recorded, on
// a device of the same size, and not on a larger one.
func TestAProgramThatDied(t *testing.T) {
	a := New(Config{}, NewDriver(NewMemory(100*mib)))
	trace := &fragcalc.Trace{}
	a.Record(trace)
	for range 3 {
		if _, err := a.Malloc(30*mib, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Malloc(31*mib, 0); err == nil {
		t.Fatal("31 of 10 MiB were allocated")
	}
	row := &fragcalc.Process{Trace: trace, Pools: fragcalc.GroupPools(a.Segments())}
	for total, died := range map[int64]bool{0: true, 100 * mib: true, 200 * mib: false} {
		c, err := Compare(row, nil, total)
		if err != nil {
			t.Fatal(err)
		}
		got := &c.Answers[0]
		if (got.OOM != nil) != died || died && (got.OOMEvent != len(trace.Events)-1 || got.OOM.Requested != 31*mib || got.OOMs != 1 || got.Retries != 1) {
			t.Errorf("on %d bytes: event %d, %+v, %d errors, %d retries", total, got.OOMEvent, got.OOM, got.OOMs, got.Retries)
		}
		if want := map[bool]int64{true: 90 * mib, false: 122 * mib}[died]; got.Reserved.Peak != want {
			t.Errorf("on %d bytes: peak %d, want %d", total, got.Reserved.Peak, want)
		}
	}
}

// A replay under other settings ends as the program itself would have.
func TestAReplayEqualsTheProgramUnderOtherSettings(t *testing.T) {
	for _, text := range []string{"", "expandable_segments:True", "max_split_size_mb:32", "roundup_power2_divisions:4", "expandable_segments:True,roundup_power2_divisions:8"} {
		t.Run(text, func(t *testing.T) {
			config, err := ParseConfig(text)
			if err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(6) {
				var effective []bool
				_, trace := recordedMoves(t, Config{}, seed, &effective)
				direct, _ := recordedMoves(t, config, seed, &effective)
				recovered, err := Recover(trace, nil, Config{}, 0)
				if err != nil {
					t.Fatal(err)
				}
				got, want := recovered.Replay(config, 0), resultOf(direct)
				if !reflect.DeepEqual(got.Reserved, want.Reserved) || got.Allocated != want.Allocated ||
					got.Stranded != want.Stranded || got.LargestFree != want.LargestFree || got.SegmentCount != want.SegmentCount {
					t.Errorf("seed %d:\n got %+v\nwant %+v", seed, got.Stats, want.Stats)
				}
			}
		})
	}
}

// recordedMoves makes moves that do not depend on the allocator's answers. A
// release that returns nothing leaves no trace: the first run notes which do
// return something, later ones make only those.
func recordedMoves(t *testing.T, config Config, seed uint64, effective *[]bool) (*Allocator, *fragcalc.Trace) {
	t.Helper()
	first, releases := *effective == nil, 0
	r := rand.New(rand.NewPCG(seed, 7))
	a := New(config, NewDriver(NewMemory(0)))
	trace := &fragcalc.Trace{}
	a.Record(trace)
	var live []uint64
	for range 3000 {
		switch n := r.IntN(100); {
		case n < 52 || len(live) == 0:
			address, err := a.Malloc(1+r.Int64N(1<<(4+r.IntN(23))), uint64(r.IntN(3))*16)
			if err != nil {
				t.Fatal(err)
			}
			live = append(live, address)
		case n < 98:
			i := r.IntN(len(live))
			if err := a.Free(live[i]); err != nil {
				t.Fatal(err)
			}
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		default:
			if first {
				*effective = append(*effective, a.EmptyCache() > 0)
			} else if (*effective)[releases] {
				a.EmptyCache()
			}
			releases++
		}
	}
	return a, trace
}
