package probe

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

const (
	// longest is how long a sample takes at most, whatever its context says.
	longest = 5 * time.Second
	// headStart is how long the pages wait for NVML, which knows the processes.
	headStart = 250 * time.Millisecond
)

// Options say what to look at.
type Options struct {
	NVMLPath string   // NVML's library; empty = as the loader finds it
	ProcRoot string   // empty = $HOST_PROC, else /proc
	Version  string   // of gpufragtop
	Devices  []string // as nvidia-smi's -i; empty = all
	Readonly bool     // releases nothing
}

// agentSource is what a Sampler needs of agents.Watcher.
type agentSource interface {
	Sample(ctx context.Context, pids []int, fresh bool) []agents.Process
	Release(ctx context.Context, r fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome
	WouldRefuse(ctx context.Context, r fragcalc.ReleaseRequest) (outcome fragcalc.ReleaseOutcome, ok bool)
	Retries(ctx context.Context, target fragcalc.ProcessID) func(uuid string) fragcalc.Count
	Record(ctx context.Context, r fragcalc.RecordRequest) agents.RecordOutcome
	Close()
}

// Sampler looks at the real node. Its methods may be called side by side;
// samples wait for each other.
type Sampler struct {
	options Options
	host    string
	life    context.Context // ends with Close
	end     context.CancelFunc

	sampling sync.Mutex
	gpus     *gpus.Watcher
	agents   agentSource
	procs    *procs.Reader
	pids     []int // those NVML told of last
	ooms     *oomJudge

	mu    sync.Mutex
	uuids map[[16]byte]string // the names of the devices seen last
}

// NewSampler returns a sampler. Nothing is looked at before the first sample.
func NewSampler(o Options) *Sampler {
	if o.ProcRoot == "" {
		o.ProcRoot = os.Getenv("HOST_PROC")
	}
	if o.ProcRoot == "" {
		o.ProcRoot = "/proc"
	}
	return newSampler(o, agents.New(agents.Options{ProcRoot: o.ProcRoot, Version: o.Version}))
}

func newSampler(o Options, a agentSource) *Sampler {
	host, _ := os.Hostname()
	life, end := context.WithCancel(context.Background())
	return &Sampler{
		options: o, host: text.Clean(host, 255), life: life, end: end,
		gpus:   gpus.New(gpus.Options{Library: o.NVMLPath, Filter: gpus.NewFilter(o.Devices)}),
		agents: a,
		procs:  procs.New(o.ProcRoot),

		ooms: newOOMJudge(),
	}
}

// Sample implements tui.Source: the state of the node as far as it is known
// when ctx ends.
func (s *Sampler) Sample(ctx context.Context) *fragcalc.Snapshot { return s.sample(ctx, false) }

// SampleFresh is Sample with the newest figures that can be had: it wakes the
// agents and waits up to a second for walks that are newer than the call.
func (s *Sampler) SampleFresh(ctx context.Context) *fragcalc.Snapshot { return s.sample(ctx, true) }

func (s *Sampler) sample(ctx context.Context, fresh bool) *fragcalc.Snapshot {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	s.sampling.Lock()
	defer s.sampling.Unlock()

	shot := &fragcalc.Snapshot{Host: s.host, Version: s.options.Version}
	if s.life.Err() == nil {
		node, inside := s.look(ctx, fresh)
		j := newJoin(node, inside, s.options.Readonly)
		j.container = !s.procs.HostPIDs()
		j.facts = s.procs.Sample(ctx, j.pids(), j.instrumented)
		j.run()
		s.remember(j.uuids)
		j.fill(shot)
		s.ooms.judge(shot, time.Now())
	}
	shot.At = time.Now()
	return shot
}

// look asks NVML and the pages. The pages are told which processes use a GPU;
// when NVML is slow, those it told of last.
func (s *Sampler) look(ctx context.Context, fresh bool) (gpus.Node, []agents.Process) {
	nodes := make(chan gpus.Node, 1)
	go func() { nodes <- s.gpus.Sample(ctx, fresh) }()
	timer := time.NewTimer(headStart)
	defer timer.Stop()
	select {
	case node := <-nodes:
		s.pids = pidsOf(node)
		return node, s.agents.Sample(ctx, s.pids, fresh)
	case <-timer.C:
	}
	before := s.pids
	inside := s.agents.Sample(ctx, before, fresh)
	node := <-nodes
	s.pids = pidsOf(node)
	isNew := func(pid int) bool { return !slices.Contains(before, pid) }
	if slices.ContainsFunc(s.pids, isNew) && ctx.Err() == nil {
		inside = s.agents.Sample(ctx, s.pids, fresh)
	}
	return node, inside
}

// pidsOf lists the processes of all devices, each once.
func pidsOf(node gpus.Node) []int {
	var pids []int
	for _, d := range node.Devices {
		for _, p := range d.Processes {
			pids = append(pids, p.PID)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// Close ends the sampler. A sample underway returns what it has.
func (s *Sampler) Close() {
	s.end()
	s.sampling.Lock()
	defer s.sampling.Unlock()
	s.gpus.Close()
	s.agents.Close()
	s.procs.Close()
}
