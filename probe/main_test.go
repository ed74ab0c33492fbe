package probe

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

// standin is the stand-in NVML of this test process.
var standin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "probe-test-")
	if err == nil {
		standin, err = nvmltest.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const (
	uuid0 = "GPU-67707566-7261-6774-6f70-2d66616b6500"
	uuid1 = "GPU-67707566-7261-6774-6f70-2d66616b6501"
	mib   = 1 << 20
)

func device(i byte) [16]byte { return [16]byte(append([]byte("gpufragtop-fake"), i)) }

// pages is an agents.Watcher that tells what the test says.
type pages struct {
	processes []agents.Process
	asked     [][]int
	mu        sync.Mutex
	released  []fragcalc.ReleaseRequest
	outcome   func(fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome
	retries   int64
	recorded  agents.RecordOutcome
	closed    bool
}

func (p *pages) Sample(_ context.Context, pids []int, _ bool) []agents.Process {
	p.asked = append(p.asked, pids)
	return p.processes
}

func (p *pages) Release(_ context.Context, r fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
	p.mu.Lock()
	p.released = append(p.released, r)
	p.mu.Unlock()
	outcome := p.outcome(r)
	outcome.Target = r.Target
	return outcome
}

func (p *pages) WouldRefuse(_ context.Context, r fragcalc.ReleaseRequest) (fragcalc.ReleaseOutcome, bool) {
	return fragcalc.ReleaseOutcome{Target: r.Target, Status: fragcalc.ReleaseStopped, Reason: "stopped"}, r.Target.PID%2 == 1 && !r.Force
}

func (p *pages) Retries(_ context.Context, target fragcalc.ProcessID) func(string) fragcalc.Count {
	return func(uuid string) fragcalc.Count {
		if !strings.HasPrefix(uuid, "GPU-") {
			return fragcalc.Unknown[int64](uuid)
		}
		return fragcalc.Of(p.retries)
	}
}

func (p *pages) Record(context.Context, fragcalc.RecordRequest) agents.RecordOutcome {
	return p.recorded
}

func (p *pages) Close() { p.closed = true }

// walked is a device of a process with one segment of 64 MiB: 24 used, 40 free.
func walked(uuid [16]byte) agents.Device {
	segments := []fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 1 << 30, Size: 64 * mib, Blocks: []fragcalc.Block{
		{Address: 1 << 30, Size: 24 * mib, Requested: 23 * mib, State: fragcalc.BlockUsed},
		{Address: 1<<30 + 24*mib, Size: 40 * mib},
	}}}}
	pools := fragcalc.GroupPools(segments)
	return agents.Device{
		UUID: uuid, Context: true, Pools: pools, Figures: fragcalc.Measure(pools, fragcalc.AllocatorSettings{}), Age: fragcalc.Of(time.Second),
		Counters: fragcalc.Counters{ActivePeak: fragcalc.Of[int64](50 * mib), ReservedPeak: fragcalc.Of[int64](64 * mib), AllocRetries: fragcalc.Of[int64](1), OOMs: fragcalc.Of[int64](2)},
	}
}

func instrumented(pid int, start uint64, devices ...agents.Device) agents.Process {
	return agents.Process{
		ID:        fragcalc.ProcessID{PID: pid, StartTicks: start},
		Framework: fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "page"},
		Job:       "rank 0/2", Hook: fragcalc.ReleaseHook{Available: true}, Devices: devices,
	}
}

// world is a node of two GPUs, a proc file system and some pages.
type world struct {
	proc    proctest.Proc
	control nvmltest.Control
	pages   *pages
	options Options
}

// newWorld charges processes as GFT_FAKE_PROCS says.
func newWorld(t testing.TB, host bool, charged string) world {
	t.Setenv("GFT_FAKE_DEVICES", "2")
	t.Setenv("GFT_FAKE_TOTAL_MIB", "1000")
	t.Setenv("GFT_FAKE_PROCS", charged)
	w := world{proc: proctest.New(t, host), control: nvmltest.NewControl(t), pages: &pages{}}
	w.options = Options{NVMLPath: standin, ProcRoot: w.proc.Root, Version: "test"}
	return w
}

func (w world) sampler(t testing.TB) *Sampler {
	s := newSampler(w.options, w.pages)
	t.Cleanup(func() {
		w.control.Set()
		w.rest(s)
		s.Close()
	})
	return s
}

// rest lets what a test has made hang come to its end.
func (w world) rest(s *Sampler) {
	for range 3 {
		s.Sample(context.Background())
	}
}
