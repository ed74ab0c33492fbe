package gpus

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
)

// standin is the one stand-in library of this process. go-nvml's calls are
// bound to the first library that is loaded, so build variants are tried in
// child processes (see variants_test.go).
var standin string

func TestMain(m *testing.M) {
	if library := os.Getenv("GFT_TEST_LIBRARY"); library != "" {
		printSample(library)
		return
	}
	dir, err := os.MkdirTemp("", "gpus-test-")
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

// watch returns a watcher on a stand-in node of two GPUs of 80 GiB with three
// processes, and its control file.
func watch(t *testing.T, filter ...string) (*Watcher, nvmltest.Control) {
	t.Helper()
	t.Setenv("GFT_FAKE_DEVICES", "2")
	t.Setenv("GFT_FAKE_TOTAL_MIB", "81920")
	t.Setenv("GFT_FAKE_RESERVED_MIB", "512")
	t.Setenv("GFT_FAKE_PROCS", "101:0:1000,102:0:2000,102:1:3000")
	control := nvmltest.NewControl(t)
	w := New(Options{Library: standin, Filter: NewFilter(filter)})
	t.Cleanup(func() {
		control.Set()
		settle(t, w)
		w.Close()
	})
	return w, control
}

// settle waits until no call is underway, so that the next test finds the
// library at rest.
func settle(t *testing.T, w *Watcher) {
	t.Helper()
	for _, d := range w.devices {
		eventually(t, "the device to come to rest", func() bool { return d.underway() == nil })
	}
}

func (d *device) underway() *round {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flying
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// within samples with a deadline.
func within(w *Watcher, d time.Duration) Node {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return w.Sample(ctx, false)
}

func sample(w *Watcher) Node { return within(w, 20*time.Second) }

// describe writes all that is known of a node, one figure a word.
func describe(n Node) string {
	var out strings.Builder
	fmt.Fprintf(&out, "driver=%s cuda=%s\n", n.Driver, n.CUDA)
	for _, d := range n.Devices {
		fmt.Fprintf(&out, "%d %s %q total=%s used=%s free=%s reserved=%s util=%s temp=%s power=%s",
			d.Index, d.UUID, d.Name, mib(d.MemoryTotal), mib(d.MemoryUsed), mib(d.MemoryFree), mib(d.MemoryDriverReserved),
			show(d.Utilization), show(d.Temperature), show(d.Power))
		for _, p := range d.Processes {
			fmt.Fprintf(&out, " %d:%s", p.PID, mib(p.Memory))
		}
		if d.ProcessesReason != "" {
			fmt.Fprintf(&out, " processes=(%s)", d.ProcessesReason)
		}
		out.WriteByte('\n')
	}
	for _, f := range n.Faults {
		fmt.Fprintf(&out, "fault %s %s %s: %s\n", f.Scope, f.GPUUUID, f.Field, f.Reason)
	}
	return out.String()
}

func printSample(library string) { fmt.Print(describe(sample(New(Options{Library: library})))) }
