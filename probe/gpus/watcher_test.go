package gpus

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	uuid0 = "GPU-67707566-7261-6774-6f70-2d66616b6500"
	uuid1 = "GPU-67707566-7261-6774-6f70-2d66616b6501"

	head  = "driver=555.42 cuda=12.5\n"
	line0 = "0 " + uuid0 + ` "gpufragtop stand-in" total=81920 used=3000 free=78408 reserved=512 util=97 temp=60 power=300000 101:1000 102:2000` + "\n"
	line1 = "1 " + uuid1 + ` "gpufragtop stand-in" total=81920 used=3000 free=78408 reserved=512 util=97 temp=61 power=300001 102:3000` + "\n"
)

func show[T any](k fragcalc.Known[T]) string {
	if v, ok := k.Get(); ok {
		return fmt.Sprint(v)
	}
	return "(" + k.Reason() + ")"
}

func mib(b fragcalc.Bytes) string {
	if v, ok := b.Get(); ok {
		return fmt.Sprint(v >> 20)
	}
	return show(b)
}

func expect(t *testing.T, n Node, want string) {
	t.Helper()
	if diff := cmp.Diff(want, describe(n)); diff != "" {
		t.Errorf("sample (-want +got):\n%s", diff)
	}
}

func TestHealthy(t *testing.T) {
	w, _ := watch(t)
	expect(t, sample(w), head+line0+line1)
	expect(t, sample(w), head+line0+line1)
}

// Each fault costs the figures that it is about, and no other.
func TestFaults(t *testing.T) {
	const lost = "(the GPU is lost: it has fallen off the bus; see dmesg, then reset or reboot)"
	tests := map[string]struct{ command, want string }{
		"lost": {"lost device=1", head + line0 + "1 " + uuid1 + ` "gpufragtop stand-in"` +
			strings.NewReplacer("L", lost).Replace(" total=L used=L free=L reserved=L util=L temp=L power=L processes=L\n")},
		"memory not supported": {"na device=0 call=memory", head +
			strings.NewReplacer("=81920", "=N", "=3000 ", "=N ", "=78408", "=N", "=512", "=N").Replace(line0) + line1},
		"power not supported":   {"na call=power", head + strings.Replace(line0, "=300000", "=N", 1) + strings.Replace(line1, "=300001", "=N", 1)},
		"temperature denied":    {"noperm device=1 call=temperature", head + line0 + strings.Replace(line1, "=61", "=(no permission)", 1)},
		"processes denied":      {"noperm call=processes device=0", head + strings.Replace(line0, " 101:1000 102:2000", " processes=(no permission)", 1) + line1},
		"graphics denied":       {"noperm call=graphics device=0", head + strings.TrimSpace(line0) + " processes=(no permission)\n" + line1},
		"unknown code":          {"fail code=999 device=0 call=utilization", head + strings.Replace(line0, "util=97", "util=(NVML error 999)", 1) + line1},
		"process memory hidden": {"unknown call=processes", head + strings.NewReplacer(":1000", ":H", ":2000", ":H").Replace(line0) + strings.Replace(line1, ":3000", ":H", 1)},
		"in two lists":          {"also call=graphics", head + line0 + line1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, control := watch(t)
			expect(t, sample(w), head+line0+line1)
			control.Set(test.command)
			n := w.Sample(t.Context(), true)
			expect(t, n, strings.NewReplacer("=N", "=(not supported by this GPU)", ":H", ":(not told by the driver)", "=L", "="+lost).Replace(test.want))
		})
	}
}

// A device that cannot be reached at all is a fault; the others are shown.
func TestUnreachable(t *testing.T) {
	w, control := watch(t)
	control.Set("noperm device=0 call=handle")
	expect(t, sample(w), head+line1+"fault gpu  nvml: GPU 0: no permission\n")

	w, control = watch(t)
	control.Set("noperm call=handle")
	expect(t, sample(w), head+"fault node  nvml: none of the GPUs can be reached: GPU 0: no permission\n"+
		"fault gpu  nvml: GPU 0: no permission\nfault gpu  nvml: GPU 1: no permission\n")
}

// A device that was lost and comes back is found again.
func TestLostAndFound(t *testing.T) {
	w, control := watch(t)
	sample(w)
	control.Set("lost device=0")
	if free := sample(w).Devices[0].MemoryFree; free.Known() {
		t.Fatalf("free memory of a lost GPU is %s", mib(free))
	}
	w.devices[0].lookedAt = time.Time{} // as after reattachEvery
	n := sample(w)
	if len(n.Devices) != 2 || len(n.Faults) != 1 || !strings.HasPrefix(n.Faults[0].Reason, "GPU 0: the GPU is lost") || n.Faults[0].GPUUUID != uuid0 {
		t.Errorf("lost GPU: %s", describe(n))
	}
	control.Set()
	w.devices[0].lookedAt = time.Time{}
	expect(t, w.Sample(t.Context(), true), head+line0+line1)
}

func TestHang(t *testing.T) {
	w, control := watch(t)
	sample(w)
	control.Set("hang device=1 call=temperature")
	within(w, 50*time.Millisecond)
	w.devices[1].mu.Lock()
	w.devices[1].flying.began = time.Now().Add(-12 * time.Second)
	w.devices[1].called = time.Now().Add(-12 * time.Second)
	target := w.devices[1].targets[0]
	target.temperature.at = time.Now().Add(-13 * time.Second)
	target.power.at = target.temperature.at
	w.devices[1].mu.Unlock()

	// Nobody waits for it, whatever the deadline: within would give it an hour.
	n := within(w, time.Hour)
	want := strings.NewReplacer("temp=61", "temp=(no answer for 13 s)", "power=300001", "power=(no answer for 13 s)").Replace(line1)
	expect(t, n, head+line0+want+"fault gpu "+uuid1+" nvml: GPU 1: no answer for 12 s (temperature)\n")

	// No second call is made on it while the other one goes on.
	before := w.devices[1].underway()
	for range 3 {
		within(w, time.Hour)
	}
	if w.devices[1].underway() != before {
		t.Error("a second round was begun on a device that hangs")
	}
	control.Set()
	settle(t, w)
	expect(t, w.Sample(t.Context(), true), head+line0+line1)
}

// A device that hangs from the first call on is named by its index.
func TestHangAtFirst(t *testing.T) {
	w, control := watch(t)
	control.Set("hang device=0")
	n := within(w, 1500*time.Millisecond)
	expect(t, n, head+line1+"fault gpu  nvml: GPU 0: no answer for 1 s (handle)\n")
}

// The processes of a device that hangs stay, without their memory.
func TestHangKeepsProcesses(t *testing.T) {
	w, control := watch(t)
	sample(w)
	control.Set("hang device=0 call=memory")
	within(w, 50*time.Millisecond)
	w.devices[0].mu.Lock()
	w.devices[0].flying.began = time.Now().Add(-12 * time.Second)
	for i := range w.devices[0].targets[0].lists {
		w.devices[0].targets[0].lists[i].at = time.Now().Add(-12 * time.Second)
	}
	w.devices[0].mu.Unlock()
	n := sample(w)
	got := describe(n)
	if want := "101:(no answer for 12 s) 102:(no answer for 12 s)"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

// A driver that is slow costs lateness, not figures.
func TestSlow(t *testing.T) {
	w, control := watch(t)
	control.Set("slow ms=100 device=0 call=memory")
	if free := within(w, 20*time.Millisecond).Devices; len(free) > 0 && free[0].Index == 0 && free[0].MemoryFree.Known() {
		t.Error("a figure came before its call")
	}
	settle(t, w)
	expect(t, sample(w), head+line0+line1)
}

func TestInit(t *testing.T) {
	for code, words := range map[string]string{
		"9":  "driver is not loaded",
		"18": "reboot or reload the driver",
		"4":  "no permission",
		"33": "NVML error 33",
	} {
		t.Run(code, func(t *testing.T) {
			w, control := watch(t)
			control.Set("init " + code)
			n := sample(w)
			if n.Up || len(n.Faults) != 1 || n.Faults[0].Field != "nvml" || n.Faults[0].Scope != fragcalc.ScopeNode || !strings.Contains(n.Faults[0].Reason, words) {
				t.Fatalf("got %s", describe(n))
			}
			control.Set()
			if n := sample(w); n.Up {
				t.Error("NVML was tried again at once")
			}
			w.starting.ended = time.Now().Add(-restartEvery)
			expect(t, sample(w), head+line0+line1)
		})
	}
}

func TestInitHangs(t *testing.T) {
	w, control := watch(t)
	control.Set("slow ms=300 call=init")
	n := within(w, 30*time.Millisecond)
	if n.Up || len(n.Faults) != 1 || !strings.Contains(n.Faults[0].Reason, "no answer") {
		t.Errorf("got %s", describe(n))
	}
	expect(t, sample(w), head+line0+line1)
}

func TestNoLibrary(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "libnvidia-ml.so.1")
	if err := os.WriteFile(bad, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "libnvidia-ml.so.1") // for another processor
	content, err := os.ReadFile(standin)
	if err != nil {
		t.Fatal(err)
	}
	const machine = 18 // e_machine of an ELF header
	content[machine], content[machine+1] = 0xf7, 0
	if err := os.WriteFile(foreign, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for library, words := range map[string]string{
		foreign:                               "no NVIDIA driver found", // the loader passes it over
		filepath.Join(t.TempDir(), "none.so"): "--demo shows the tool",
		bad:                                   "cannot be loaded",
		"libm.so.6":                           "is not the NVIDIA driver's library",
	} {
		n := sample(New(Options{Library: library}))
		if n.Up || len(n.Faults) != 1 || !strings.Contains(n.Faults[0].Reason, words) {
			t.Errorf("%s: %s", library, describe(n))
		}
	}
}

func TestMIG(t *testing.T) {
	w, _ := watch(t)
	t.Setenv("GFT_FAKE_MIG", "2")
	n := sample(w)
	if len(n.Devices) != 4 {
		t.Fatalf("got %s", describe(n))
	}
	want := `0 MIG-67707566-7261-6774-6f70-2d6d69670100 "gpufragtop stand-in MIG 1g.10gb" total=40960 used=3000 free=37704 reserved=256` +
		` util=(not told for MIG instances) temp=60 power=(not told for MIG instances) 101:1000 102:2000`
	if got := strings.Split(describe(n), "\n")[1]; got != want {
		t.Errorf("first instance\n%s, want\n%s", got, want)
	}
	if second := n.Devices[1]; second.Index != 0 || second.UUID != "MIG-67707566-7261-6774-6f70-2d6d69670200" || len(second.Processes) != 0 {
		t.Errorf("second instance is %+v", second)
	}
}

// A device that is divided, or made whole again, while it is watched is looked
// at anew; the old handles are used no more.
func TestMIGChangesWhileWatched(t *testing.T) {
	w, _ := watch(t)
	for _, change := range []struct {
		instances string
		devices   int
	}{{"0", 2}, {"3", 6}, {"2", 4}, {"0", 2}} {
		t.Setenv("GFT_FAKE_MIG", change.instances)
		other := New(Options{Library: standin}) // NVML started again reads it
		other.Sample(t.Context(), true)
		other.Close()
		for _, d := range w.devices {
			d.lookedAt = time.Time{} // as after reattachEvery
		}
		if n := sample(w); len(n.Devices) != change.devices || len(n.Faults) != 0 {
			t.Errorf("%s instances each: %s", change.instances, describe(n))
		}
	}
}

// The dear questions are asked every two seconds only, the others each time.
func TestCalls(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	t.Setenv("GFT_FAKE_NVML_CALLS", calls)
	w, _ := watch(t)
	sample(w)
	os.Remove(calls)
	sample(w)
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for line := range strings.Lines(string(text)) {
		got[strings.TrimSpace(line)]++
	}
	// The list of two processes is asked for twice: go-nvml learns its length first.
	want := map[string]int{"memory 0": 1, "compute 0": 2, "utilization 0": 1, "temperature 0": 1, "memory 1": 1, "compute 1": 1, "utilization 1": 1, "temperature 1": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls of a second sample (-want +got):\n%s", diff)
	}
}
