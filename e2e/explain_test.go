package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const pasted = "[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 1 has a total capacity of 40.00 GiB of which 1.00 GiB is free. " +
	"Including non-PyTorch memory, this process has 38.50 GiB memory in use. Of the allocated memory 31.00 GiB is allocated by PyTorch, and 6.00 GiB is reserved by PyTorch but unallocated.\n"

// A message comes from a pipe or a file, in a log of any length, and needs no
// GPU: it is explained in plain lines, or as JSON.
func TestExplainReadsPipesAndLongLogs(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte(strings.Repeat("\x1b[31mepoch\x1b[0m 1\r\n", 2<<20)+pasted), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"a pipe": {"explain"}, "a dash": {"explain", "-"}, "a long log": {"explain", log}} {
		command := exec.Command(binary, args...)
		command.Env, command.Stdin = append(cleanEnv(), alone(t)), strings.NewReader(pasted)
		out, err := command.Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, words := range []string{"on GPU 1", "Stranded: fragmentation is the likely cause", "6.00 GiB", "Next: gpufragtop whatif PID --set expandable_segments:True\n"} {
			if !strings.Contains(string(out), words) {
				t.Errorf("%s: does not say %q:\n%s", name, words, out)
			}
		}
		if bytes.ContainsAny(out, "\x1b\r") {
			t.Errorf("%s: control characters on standard output: %q", name, out)
		}
	}
	got := invoke(t, []string{alone(t)}, "explain", "--json", log)
	var document struct {
		Schema, Verdict string
		Figures         map[string]*int64
	}
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil || got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, %v, %q", got.code, err, got.stderr)
	}
	request, allowed := document.Figures["request_bytes"], document.Figures["allowed_bytes"]
	if document.Schema != "gpufragtop-explain/1" || document.Verdict != "stranded" || request == nil || *request != 5<<29 || allowed != nil {
		t.Errorf("%s", got.stdout)
	}
}
