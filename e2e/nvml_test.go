package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
)

// nvml is a stand-in driver library with two GPUs and three processes, and the
// environment in which the built program uses it.
type nvml struct {
	t       *testing.T
	control string
	env     []string
}

func newNVML(t *testing.T, variant ...string) *nvml {
	t.Helper()
	folder := t.TempDir()
	if _, err := nvmltest.Build(folder, variant...); err != nil {
		t.Fatal(err)
	}
	control := filepath.Join(folder, "control")
	n := &nvml{t: t, control: control, env: []string{
		"LD_LIBRARY_PATH=" + folder, "GFT_FAKE_NVML_CONTROL=" + control, alone(t),
		"GFT_FAKE_DEVICES=2", "GFT_FAKE_PROCS=4001:0:1000,4002:1:2000,4003:1:500",
	}}
	n.set()
	return n
}

func (n *nvml) set(commands ...string) {
	n.t.Helper()
	if err := os.WriteFile(n.control, []byte(strings.Join(commands, "\n")+"\n"), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

type nodeDocument struct {
	GPUs []struct {
		Index int
		Total *int64 `json:"memory_total_bytes"`
		Used  *int64 `json:"memory_used_bytes"`
		Free  *int64 `json:"memory_free_bytes"`
		Power *int64 `json:"power_milliwatts"`
	}
	Processes []struct {
		PID    int
		Memory *int64 `json:"gpu_memory_bytes"`
	}
	Faults []struct{ Scope, Field, Reason string }
}

func (n *nvml) document(wantCode int) nodeDocument {
	n.t.Helper()
	got := invoke(n.t, n.env, "--json")
	if got.code != wantCode {
		n.t.Errorf("exit code %d, want %d: %s", got.code, wantCode, got.stderr)
	}
	var document nodeDocument
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		n.t.Fatalf("%v: %q", err, got.stdout)
	}
	return document
}

func (d nodeDocument) faulted(field string) bool {
	for _, fault := range d.Faults {
		if fault.Field == field && fault.Reason != "" {
			return true
		}
	}
	return false
}

// Each fault costs its own figures; everything else is there.
func TestNVMLFaults(t *testing.T) {
	for _, c := range []struct {
		name, command string
		variant       string
		code          int
		check         func(nodeDocument) bool
	}{
		{"none", "", "", 0, func(d nodeDocument) bool {
			return len(d.GPUs) == 2 && len(d.Processes) == 3 && d.GPUs[0].Used != nil && d.GPUs[0].Power != nil
		}},
		{"driver not loaded", "init 9", "", 4, func(d nodeDocument) bool { return len(d.GPUs) == 0 && d.faulted("nvml") }},
		{"driver and library differ", "init 18", "", 4, func(d nodeDocument) bool { return len(d.GPUs) == 0 && d.faulted("nvml") }},
		{"a lost GPU", "lost device=0", "", 0, func(d nodeDocument) bool {
			return len(d.GPUs) == 1 && d.GPUs[0].Index == 1 && d.GPUs[0].Used != nil && len(d.Processes) == 2 && d.faulted("nvml")
		}},
		{"memory not available", "na device=1 call=memory", "", 0, func(d nodeDocument) bool {
			return d.GPUs[0].Used != nil && d.GPUs[1].Used == nil && d.GPUs[1].Power != nil && d.faulted("memory_used_bytes")
		}},
		{"no permission for processes", "noperm call=processes", "", 0, func(d nodeDocument) bool {
			return len(d.GPUs) == 2 && d.GPUs[0].Used != nil && len(d.Processes) == 0
		}},
		{"process memory not told", "unknown call=processes", "", 0, func(d nodeDocument) bool {
			return len(d.Processes) == 3 && d.Processes[0].Memory == nil && d.faulted("gpu_memory_bytes")
		}},
		{"a hung device", "hang device=1 call=memory", "", 0, func(d nodeDocument) bool {
			return len(d.GPUs) == 2 && d.GPUs[0].Used != nil && d.GPUs[1].Used == nil
		}},
		{"an older driver without memory v2", "", "-DGFT_WITHOUT_MEMORY_V2", 0, func(d nodeDocument) bool { return d.GPUs[0].Used != nil }},
		{"an older driver without power", "", "-DGFT_WITHOUT_POWER", 0, func(d nodeDocument) bool {
			return d.GPUs[0].Used != nil && d.GPUs[0].Power == nil && d.faulted("power_milliwatts")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var variant []string
			if c.variant != "" {
				variant = append(variant, c.variant)
			}
			n := newNVML(t, variant...)
			n.set(c.command)
			if d := n.document(c.code); !c.check(d) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// With NVML hung for ever the screen is there and q works.
func TestHungNVML(t *testing.T) {
	n := newNVML(t)
	n.set("hang device=0", "hang device=1")
	term := startTerminal(t, 100, 30, n.env).drain()
	term.await(altScreen, 0)
	term.await("gpufragtop", 0)
	began := time.Now()
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
	t.Logf("q took %v", time.Since(began))
}

// NVML hangs after the screen has shown figures.
func TestNVMLHangsLater(t *testing.T) {
	n := newNVML(t)
	term := startTerminal(t, 120, 40, n.env, "-d", "0.2").drain()
	term.await("4002", 0)
	n.set("hang device=1")
	time.Sleep(time.Second)
	term.press("?")
	term.await("help", 0)
	term.press("\x1b")
	time.Sleep(100 * time.Millisecond)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
}
