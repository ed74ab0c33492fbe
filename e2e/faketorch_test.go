//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A torch of pure Python that misbehaves on command: whatever it does, the
// program goes on unharmed and what it tells is checked.
func TestStrangeTorch(t *testing.T) {
	for _, c := range []struct {
		mode                          string
		framework, reserved, stranded bool // whether they are known
	}{
		{"ok", true, true, true},
		{"blocks", true, true, true},
		{"wild", true, true, false},
		{"rubbish", true, false, false},
		{"raises", false, false, false},
		{"half", false, false, false}, // looked at while it is being imported
	} {
		t.Run(c.mode, func(t *testing.T) {
			b, p := startFakeTorch(t, c.mode)
			if c.mode != "half" {
				p.tell("import")
			}
			row := b.rows(p)[0]
			if row["instrumented"] != true {
				t.Error("not instrumented")
			}
			if known := row["framework_source"] == "page"; known != c.framework {
				t.Errorf("framework %v from %v", row["framework"], row["framework_source"])
			}
			if known := row["reserved_bytes"] != nil; known != c.reserved {
				t.Errorf("reserved %v", format(row["reserved_bytes"]))
			}
			if known := row["stranded_bytes"] != nil; known != c.stranded {
				t.Errorf("stranded %v: %s", format(row["stranded_bytes"]), tail(b.monitor("--json").stdout, 1500))
			}
			if c.mode == "ok" && (format(row["reserved_bytes"]) != "1536000" || format(row["used_bytes"]) != "512000" || format(row["pending_bytes"]) != "512000") {
				t.Errorf("reserved %v, used %v, pending %v", format(row["reserved_bytes"]), format(row["used_bytes"]), format(row["pending_bytes"]))
			}
			if code, words := p.quit(0); code != 0 || strings.TrimSpace(words) != "" {
				t.Errorf("exit code %d, standard error %q", code, words)
			}
		})
	}
}

// fakeTorch imports the torch of pure Python as soon as it starts, and does
// what it is told.
const fakeTorch = `
import ctypes, json, os, sys, threading
ctypes.CDLL(os.environ["CUDART"], mode=ctypes.RTLD_GLOBAL)
calls = ctypes.CDLL(None)  # as through the PLT: the shim's functions come first
address = ctypes.c_void_p()
assert calls.cudaMalloc(ctypes.byref(address), ctypes.c_size_t(1 << 20)) == 0
importing = threading.Thread(target=lambda: __import__("torch"))
importing.start()
print(json.dumps({"pid": os.getpid()}), flush=True)
for line in sys.stdin:
    word = line.split()[0]
    if word == "quit":
        sys.exit(0)
    if word == "import":
        importing.join()
    C = vars(sys.modules.get("torch._C", sys))
    print(json.dumps({"on": C.get("history", {}).get("on"), "switch": C.get("_cuda_record_memory_history").__class__.__name__,
        "empties": C.get("calls", {}).get("empty"), "snapshots": C.get("calls", {}).get("snapshot")}), flush=True)
`

func startFakeTorch(t *testing.T, mode string) (*bench, *program) {
	t.Helper()
	b := newBench(t, "FAKE_TORCH="+mode)
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	fake, err := filepath.Abs("testdata/faketorch")
	if err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "PYTHONPATH="+fake, "CUDART="+torch["PYTHONPATH"]+"/nvidia/cuda_runtime/lib/libcudart.so.12")
	return b, b.startCommand(binary, "run", "--", b.py, "-c", fakeTorch)
}

// Whatever a torch does when it is asked to record, nothing stays on, nothing
// is said, and its own switch is in its place again.
func TestStrangeTorchIsRecorded(t *testing.T) {
	for _, c := range []struct {
		mode, status, reason string
		events               int
	}{
		{"ok", "done", "", 1},
		{"half", "no_hook", "", 0},
		{"old", "unsupported", "older than 2.1", 0},
		{"asks for more", "unsupported", "wants to know 'colour'", 0},
		{"on raises", "unsupported", "on today", 0},
		{"off raises", "done", "", 1}, // it is asked again
		{"traces raise", "failed", "traces today", 0},
		{"traces are rubbish", "failed", "not as PyTorch makes it", 0},
		{"traces are wild", "done", "", 2},
		{"traces are of nothing", "failed", "not as PyTorch makes it", 0},
		{"silent", "lost", "", 0}, // it says that it is not on
		{"wild", "failed", "", 0},
		{"rubbish", "failed", "", 0},
	} {
		t.Run(c.mode, func(t *testing.T) {
			_, p := startFakeTorch(t, c.mode)
			w := watcher(t)
			if c.mode != "half" {
				p.tell("import")
			}
			got := p.record(w, recording/5, 1000)
			if string(got.Status) != c.status || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%s: %q, want %s: %q", got.Status, got.Reason, c.status, c.reason)
			}
			if c.status == "done" && len(got.Devices[0].Trace.Events) != c.events {
				t.Errorf("%+v, want %d events", got.Devices, c.events)
			}
			after := p.tell("import")
			for end := time.Now().Add(hang); after["on"] == true; after = p.tell("import") {
				if time.Now().After(end) {
					t.Fatal("history stays on")
				}
				time.Sleep(10 * time.Millisecond)
			}
			if after["switch"] != "function" {
				t.Errorf("in place of the switch there is a %v", after["switch"])
			}
			if code, words := p.quit(0); code != 0 || strings.TrimSpace(words) != "" {
				t.Errorf("exit code %d, standard error %q", code, words)
			}
		})
	}
}
