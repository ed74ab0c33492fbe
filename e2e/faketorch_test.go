//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// A torch of pure Python that misbehaves on command: whatever it does, the
// program goes on unharmed and what it tells is checked.
func TestStrangeTorch(t *testing.T) {
	const script = `
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
    print("{}", flush=True)
`
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
			b := newBench(t, "FAKE_TORCH="+c.mode)
			torch, err := pytorch()
			if err != nil {
				t.Fatal(err)
			}
			fake, err := filepath.Abs("testdata/faketorch")
			if err != nil {
				t.Fatal(err)
			}
			b.env = append(b.env, "PYTHONPATH="+fake, "CUDART="+torch["PYTHONPATH"]+"/nvidia/cuda_runtime/lib/libcudart.so.12")
			p := b.startCommand(binary, "run", "--", b.py, "-c", script)
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
