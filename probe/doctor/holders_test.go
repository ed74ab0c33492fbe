package doctor

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

// Programs that hold GPU memory without the shim are named, the largest first;
// those that are not here, that have the shim, or are this monitor are not.
func TestProgramsOnAGPUThatAreNotInstrumented(t *testing.T) {
	nvmltest.NewControl(t)
	t.Setenv("GFT_FAKE_PROCS", "4711:0:300,4712:0:3072,4713:0:100,4714:0:200,4799:0:7")
	proc := proctest.New(t, true)
	for pid := 4711; pid <= 4714; pid++ {
		proc.Add(pid, 100, "python", "train.py")
		proc.Write(pid, "fd/.keep", "")
	}
	o := Options{NVMLPath: standin, ProcRoot: proc.Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: goodShim()}
	r := New(o).Diagnose(context.Background())
	says(t, r, "uninstrumented", wayin.Hint, "4 programs on a GPU", "4712 (", "3.00 GiB), 4711 (", "300 MiB), 4714 (", "and 1 more", "gpufragtop doctor 4712")
	if f := finding(t, r, "uninstrumented"); strings.Contains(f.Why, "4713") || strings.Contains(f.Why, "4799") || r.Blocked() {
		t.Errorf("%+v", f)
	}
	pid := started(t, true, append(os.Environ(), pageVariable+"=good"), os.Args[0])
	t.Setenv("GFT_FAKE_PROCS", strconv.Itoa(pid)+":0:100,"+strconv.Itoa(os.Getpid())+":0:100")
	o.ProcRoot = "/proc"
	if os.Getenv("HOST_PROC") != "" {
		t.Fatal("HOST_PROC is set")
	}
	for _, f := range New(o).Diagnose(context.Background()).Findings {
		if f.Topic == "uninstrumented" {
			t.Errorf("instrumented, or ourselves: %+v", f)
		}
	}
	container := proctest.New(t, false) // the driver's numbers are not those in here
	container.Add(4711, 100, "python", "train.py")
	container.Write(4711, "fd/.keep", "")
	o.ProcRoot = container.Root
	t.Setenv("GFT_FAKE_PROCS", "4711:0:100")
	for _, f := range New(o).Diagnose(context.Background()).Findings {
		if f.Topic == "uninstrumented" {
			t.Errorf("somebody else's number: %+v", f)
		}
	}
}
