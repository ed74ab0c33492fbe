package probe

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func sizes(mibs ...int64) []fragcalc.Bytes {
	var all []fragcalc.Bytes
	for _, n := range mibs {
		if n < 0 {
			all = append(all, fragcalc.Unknown[int64]("not told"))
		} else {
			all = append(all, fragcalc.Of(n*mib))
		}
	}
	return all
}

// Only what cannot be otherwise is concluded.
func TestEliminate(t *testing.T) {
	for _, test := range []struct {
		name              string
		reserved, charged []fragcalc.Bytes
		want              []int
	}{
		{"one and one", sizes(64), sizes(100), []int{0}},
		{"one and one that is too small", sizes(64), sizes(60), []int{-1}},
		{"one of two", sizes(64), sizes(100, 80), []int{-1}},
		{"the only one that is large enough", sizes(64), sizes(60, 100), []int{1}},
		{"the large one first, then the small one", sizes(10, 64), sizes(100, 20), []int{1, 0}},
		{"the small one is one of two strangers", sizes(10, 64), sizes(100, 20, 30), []int{-1, 0}},
		{"the small charge is the small page's", sizes(64, 64, 10), sizes(100, 90, 20), []int{-1, -1, 2}},
		{"more pages than charges", sizes(64, 64), sizes(100), []int{-1, -1}},
		{"a charge that is not told", sizes(64), sizes(-1), []int{0}},
		{"reserved that is not told", sizes(-1), sizes(5, 5), []int{-1}},
		{"nothing", nil, nil, []int{}},
	} {
		got := eliminate(test.reserved, test.charged, slices.Repeat([]int{-1}, len(test.reserved)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// A process here that has, by chance, the number of one on the host is not
// taken for it: neither by its page nor because it has a GPU open.
func TestANumberOfTheHostIsNotALocalProcess(t *testing.T) {
	w := newWorld(t, false, "50:0:100,51:0:90,4000:1:80")
	w.proc.Add(50, 7, "instrumented, on the other GPU")
	w.proc.Add(51, 7, "has a GPU open")
	w.proc.Write(51, "maps", proctest.MapsLine("/dev/nvidiactl"))
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(1)))}
	got := describe(w.sampler(t).Sample(t.Context()))
	for _, want := range []string{
		`50/0 0  "host pid 50, not in this PID namespace" memory=100 reserved=(not`,
		`51/0 0  "host pid 51, not in this PID namespace" memory=90 reserved=(not`,
		`50/7 1 root "instrumented, on the other GPU" memory=80 page`,
		"inferred: taken for host pid 4000",
		"this monitor is in a container: 2 of NVML's 3 processes are outside it",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// Where no number gives away that they are the host's, a page must still tell
// of a context on that GPU, with no more than NVML charges.
func TestAPageThatCannotBeTheNumberIsNotIt(t *testing.T) {
	w := newWorld(t, false, "50:0:100,51:1:10")
	w.proc.Add(50, 7, "elsewhere")
	w.proc.Add(51, 7, "holds more than is charged")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(1))), instrumented(51, 7, walked(device(0)), walked(device(1)))}
	got := describe(w.sampler(t).Sample(t.Context()))
	if strings.Contains(got, `50/7 0 `) || strings.Contains(got, `51/7 1 root "holds more than is charged" memory=10`) || strings.Count(got, `"host pid`) != 1 {
		t.Errorf("got\n%s", got)
	}
	// Process 51 must be host pid 50: the one on GPU 0 that holds enough. So it is
	// not 51 on GPU 1 either.
	if !strings.Contains(got, `51/7 0 root "holds more than is charged" memory=100 page`) {
		t.Errorf("got\n%s", got)
	}
}

// Two GPUs: what is certain on one holds on the other.
func TestWhatIsCertainOnOneGPUHoldsOnTheOther(t *testing.T) {
	w := newWorld(t, false, "4000:0:100,4000:1:100,4001:1:100")
	w.proc.Add(3, 7, "on both")
	w.proc.Add(4, 7, "on one")
	w.pages.processes = []agents.Process{instrumented(3, 7, walked(device(0)), walked(device(1))), instrumented(4, 7, walked(device(1)))}
	got := describe(w.sampler(t).Sample(t.Context()))
	if strings.Contains(got, "host pid 4001,") && !strings.Contains(got, "taken for host pid 4001") || strings.Count(got, "inferred") != 3 || strings.Contains(got, "in a container") {
		t.Errorf("got\n%s", got)
	}
}

func TestAContainerInWhichNVMLNamesNobody(t *testing.T) {
	w := newWorld(t, false, "")
	w.proc.Add(3, 7, "train.py")
	w.pages.processes = []agents.Process{instrumented(3, 7, walked(device(0)))}
	if got := describe(w.sampler(t).Sample(t.Context())); !strings.Contains(got, "fault node  0 processes: this monitor is in a container, and NVML names no process to it") ||
		!strings.Contains(got, "page reserved=64") {
		t.Errorf("got\n%s", got)
	}
}
