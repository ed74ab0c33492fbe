package advice

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

const testGPU = "GPU-1"

// part is a piece of a segment that the tests build.
type part struct {
	state     fragcalc.BlockState
	size      int64
	requested int64 // 0 = size
}

func live(size int64) part { return part{state: fragcalc.BlockUsed, size: size} }
func free(size int64) part { return part{state: fragcalc.BlockFree, size: size} }

// builder lays segments out, one after the other.
type builder struct {
	segments []fragcalc.WalkSegment
	at       uint64
}

func (b *builder) segment(id fragcalc.PoolID, expandable bool, parts ...part) *builder {
	if b.at == 0 {
		b.at = 0x7f00_0000_0000
	}
	s := fragcalc.Segment{Address: b.at, Expandable: expandable}
	for _, p := range parts {
		block := fragcalc.Block{Address: b.at, Size: p.size, State: p.state}
		if p.state != fragcalc.BlockFree {
			block.Requested = p.requested
			if p.requested == 0 {
				block.Requested = p.size
			}
		}
		s.Blocks = append(s.Blocks, block)
		s.Size += p.size
		b.at += uint64(p.size)
	}
	b.at += gib
	b.segments = append(b.segments, fragcalc.WalkSegment{PoolID: id, Segment: s})
	return b
}

func (b *builder) large(parts ...part) *builder {
	return b.segment(fragcalc.PoolID{}, false, parts...)
}

// process is a PyTorch process with these segments, on a GPU of 80 GiB.
func (b *builder) process(changes ...func(*fragcalc.Process)) *fragcalc.Process {
	p := &fragcalc.Process{
		RowID:        fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 42}, GPUUUID: testGPU},
		Command:      "python train.py",
		Instrumented: true,
		Framework:    fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "page"},
		Settings:     fragcalc.AllocatorSettings{Backend: "native", Source: "page"},
		AllocRetries: fragcalc.Of[int64](0), OOMs: fragcalc.Of[int64](0),
		Hook:  fragcalc.ReleaseHook{Available: true},
		Pools: fragcalc.GroupPools(b.segments),
	}
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	p.ActivePeak = fragcalc.Of(p.Used.Or(0) + p.Pending.Or(0))
	for _, change := range changes {
		change(p)
	}
	p.GPUMemory = fragcalc.Of(p.Reserved.Or(0) + 500*mib)
	p.Against(p.GPUMemory, p.ActivePeak)
	return p
}

// node is a node with the process on its GPU, of which others hold some.
func node(p *fragcalc.Process, others int64) *fragcalc.Snapshot {
	used := p.GPUMemory.Or(0) + others
	return &fragcalc.Snapshot{
		GPUs: []fragcalc.GPU{{UUID: testGPU, MemoryTotal: fragcalc.Of[int64](80 * gib), MemoryUsed: fragcalc.Of(used),
			MemoryFree: fragcalc.Of(80*gib - used)}},
		Processes: []fragcalc.Process{*p},
	}
}

// find is the advice of a rule, nil where it is silent. It looks at all rules,
// not at the worthiest only, and checks what holds for all advice.
func find(t *testing.T, p *fragcalc.Process, s *fragcalc.Snapshot, in Inputs, name string) *Advice {
	t.Helper()
	c := newSubject(p, s, in)
	for _, r := range rules {
		if r.name != name {
			continue
		}
		a := r.says(c)
		if a != nil {
			checkSane(t, *a)
		}
		return a
	}
	t.Fatalf("no rule %q", name)
	return nil
}

func checkSane(t *testing.T, a Advice) {
	t.Helper()
	if a.Text == "" || text.Clean(a.Text, 4096) != a.Text || !strings.HasSuffix(a.Text, ".") && !strings.HasSuffix(a.Text, ").") {
		t.Errorf("%s: %q", a.Rule, a.Text)
	}
	if len(a.Evidence) == 0 {
		t.Errorf("%s without evidence", a.Rule)
	}
	if !a.Expected.Known() && a.Expected.Reason() == "not available" {
		t.Errorf("%s: nothing is expected, and no reason given", a.Rule)
	}
	if a.worth <= 0 {
		t.Errorf("%s is worth %d", a.Rule, a.worth)
	}
	seen := map[string]bool{}
	for _, f := range a.Evidence {
		switch f.Value.(type) {
		case int64, float64, string:
		default:
			t.Errorf("%s: %s is a %T", a.Rule, f.Name, f.Value)
		}
		if seen[f.Name] {
			t.Errorf("%s: %s twice", a.Rule, f.Name)
		}
		seen[f.Name] = true
	}
}

func says(t *testing.T, a *Advice, words ...string) {
	t.Helper()
	if a == nil {
		t.Errorf("silent, want %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(a.Text, w) {
			t.Errorf("%q does not say %q", a.Text, w)
		}
	}
}

func silent(t *testing.T, a *Advice, why string) {
	t.Helper()
	if a != nil {
		t.Errorf("%s, but: %s", why, a.Text)
	}
}

func (a *Advice) evidence(name string) any {
	for _, f := range a.Evidence {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

func settings(text string) func(*fragcalc.Process) {
	return func(p *fragcalc.Process) { p.Settings.Text = text }
}
func command(text string) func(*fragcalc.Process) {
	return func(p *fragcalc.Process) { p.Command = text }
}
func torch(version string) func(*fragcalc.Process) {
	return func(p *fragcalc.Process) { p.Framework.Version = version }
}
