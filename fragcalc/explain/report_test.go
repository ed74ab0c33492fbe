package explain

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// holder is a process with pools of one segment each: what is used and what is
// free of it, in MiB.
func holder(total int64, free int64, pools ...fragcalc.Pool) (*fragcalc.OOMReport, *fragcalc.Process) {
	p := &fragcalc.Process{Framework: fragcalc.Framework{Name: "pytorch"}, Pools: pools, GPUMemory: fragcalc.Unknown[int64]("read from a report")}
	no := fragcalc.Unknown[int64]("no cap known")
	p.Room = fragcalc.Room{DeviceFree: fragcalc.Of(free), Allowed: no, DeviceFrees: fragcalc.Of[int64](0)}
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return &fragcalc.OOMReport{DeviceFree: fragcalc.Of(free), DeviceTotal: fragcalc.Of(total), Allowed: no, Stream: fragcalc.Of[uint64](0)}, p
}

func pool(id fragcalc.PoolID, segments int, used, free int64) fragcalc.Pool {
	out := fragcalc.Pool{PoolID: id}
	for i := range segments {
		at := uint64(1<<40) + id.Stream<<36 + id.Private[1]<<37 + uint64(i)*uint64(used+free)
		s := fragcalc.Segment{Address: at, Size: used + free}
		if used > 0 {
			s.Blocks = append(s.Blocks, fragcalc.Block{Address: at, Size: used, Requested: used, State: fragcalc.BlockUsed})
		}
		if free > 0 {
			s.Blocks = append(s.Blocks, fragcalc.Block{Address: at + uint64(used), Size: free})
		}
		out.Segments = append(out.Segments, s)
	}
	return out
}

func TestReportVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		asked   int64
		allowed int64 // 0 = no cap
		call    string
		stream  int64 // -1 = not known
		free    int64
		pools   []fragcalc.Pool
		want    Verdict
		says    string
	}{
		{"live memory fills the GPU", gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{}, 1, 9*gib, 0)}, TooBig, "live memory fills the GPU"},
		{"more than there is", 11 * gib, 0, "", 0, 9 * gib, nil, TooBig, "larger than the whole GPU"},
		{"holes", gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{}, 9, 800*mib, 200*mib)}, Stranded, "fragmentation is the likely cause"},
		{"others", 4 * gib, 0, "", 0, gib, []fragcalc.Pool{pool(fragcalc.PoolID{}, 1, gib, 0)}, OtherProcesses, "is not PyTorch's here"},
		{"a cap", 2 * gib, 3 * gib, "", 0, 6 * gib, []fragcalc.Pool{pool(fragcalc.PoolID{}, 1, 2*gib, 0)}, Cap, "set_per_process_memory_fraction"},
		{"another stream", 2 * gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{Stream: 7}, 1, mib, 3*gib), pool(fragcalc.PoolID{}, 1, 6*gib, 0)}, OtherPool, "stream 0x7: blocks never change streams"},
		{"a private pool", 2 * gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{Private: [2]uint64{0, 1}}, 1, 0, 3*gib), pool(fragcalc.PoolID{}, 1, 6*gib, 0)}, OtherPool, "a CUDA graph's or MemPool's"},
		{"asked for a private pool", 2 * gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{}, 1, 6*gib, 3*gib)}, OtherPool, "the request was for another stream, or for a private pool"},
		{"many private pools", 2 * gib, 0, "", 0, 0, []fragcalc.Pool{pool(fragcalc.PoolID{Private: [2]uint64{0, 1}}, 6, 0, gib), pool(fragcalc.PoolID{}, 1, 3*gib, 0)}, PrivatePools, "free inside pools"},
		{"a refused call", 2 * gib, 0, "cudaMalloc", -1, gib, nil, Unclear, "cudaMalloc asked for 2.00 GiB"},
	} {
		r, p := holder(10*gib, c.free, c.pools...)
		r.Asked, r.Call = fragcalc.Of(c.asked), c.call
		if c.allowed > 0 {
			r.Allowed = fragcalc.Of(c.allowed)
			p.Room.Allowed = r.Allowed
		}
		if c.call != "" {
			r.NoMap = "there is no allocator to ask"
			p.Figures = fragcalc.UnknownFigures(r.NoMap)
		}
		e := Report(r, p)
		said := strings.Join(e.Lines, "\n")
		if e.Verdict != c.want || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s, want %s with %q:\n%s", c.name, e.Verdict, c.want, c.says, said)
		}
		if strings.Contains(said, "this message") || strings.Contains(said, "the message names") || strings.Contains(said, "Paste") {
			t.Errorf("%s: it speaks of a message:\n%s", c.name, said)
		}
	}
}

func TestEveryVerdictHasWords(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range []Verdict{Stranded, TooBig, OtherProcesses, PrivatePools, OtherPool, Cap, OtherAllocator, Unclear} {
		if words := v.Words(); words == "" || seen[words] {
			t.Errorf("%s is %q", v, words)
		} else {
			seen[words] = true
		}
	}
}

// What is said of the others is a sum that can be checked: the GPU's memory less
// what was free and what PyTorch here held, and nothing guessed.
func TestReportTellsTheWholeShareOfOthers(t *testing.T) {
	r, p := holder(8192*mib, 6028*mib, pool(fragcalc.PoolID{}, 1, 184*mib, 0))
	p.GPUUUID = "GPU-67707566-7261-6774-6f70-2d66616b6500"
	for asked, want := range map[int64]Verdict{6900 * mib: OtherProcesses, 8000 * mib: TooBig} {
		r.Asked = fragcalc.Of(asked)
		e := Report(r, p)
		said := strings.Join(e.Lines, "\n")
		if e.Verdict != want || !strings.Contains(said, "1.93 GiB of the GPU is not PyTorch's here") {
			t.Errorf("%s, want %s:\n%s", e.Verdict, want, said)
		}
		if want == OtherProcesses && (len(e.Next) != 1 || e.Next[0] != "gpufragtop -i GPU-67707566") {
			t.Errorf("next: %q", e.Next)
		}
	}
	p.GPUUUID = ""
	r.Asked = fragcalc.Of[int64](6900 * mib)
	if e := Report(r, p); len(e.Next) != 1 || e.Next[0] != "gpufragtop" {
		t.Errorf("without a UUID, next: %q", e.Next)
	}
}
