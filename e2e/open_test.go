package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded are snapshots of real PyTorch.
const recorded = "../probe/dump/testdata/"

func TestOpenPrintsAFile(t *testing.T) {
	file := recorded + "decode_server.recorded_expandable.pickle.gz"
	got := invoke(t, nil, "open", file)
	if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "decode_server.recorded_expandable.pickle.gz") || strings.Contains(got.stdout, "\x1b") {
		t.Errorf("exit code %d, %q, %q", got.code, got.stdout, got.stderr)
	}
	if once := invoke(t, nil, "open", "--once", file); once.stdout != got.stdout {
		t.Error("without a terminal it is not as with --once")
	}
	got = invoke(t, nil, "open", "--json", "--detail", "segments", file)
	var told struct {
		Schema    string
		Processes []struct {
			Reserved int64  `json:"reserved_bytes"`
			Used     int64  `json:"used_bytes"`
			Settings string `json:"settings"`
			Pools    []struct{ Segments []struct{ Blocks []any } }
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &told); err != nil || got.code != 0 {
		t.Fatalf("exit code %d: %v", got.code, err)
	}
	p := told.Processes[0]
	if told.Schema != "gpufragtop/1" || p.Reserved != 488636416 || p.Used != 243671040 || p.Settings != "expandable_segments:True" || len(p.Pools[0].Segments[0].Blocks) == 0 {
		t.Errorf("%+v", told)
	}
}

func TestOpenShowsTheScreen(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, "open", recorded+"train.default.pickle.gz").drain()
	term.await(altScreen, 0)
	seen := term.await("train.default.pickle.gz", 0)
	term.press("\r")
	seen = term.await("device-0", seen)
	term.press("\r\r\r")
	term.await("allocated by", seen)
	term.press("q")
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
}

func TestErrorsOfOpen(t *testing.T) {
	folder := t.TempDir()
	evil := filepath.Join(folder, "evil.pickle")
	if err := os.WriteFile(evil, []byte("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x0ctouch harmed\x85R."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"open"}, 2, "gpufragtop open FILE"},
		{[]string{"open", "a", "b"}, 2, "one file"},
		{[]string{"open", folder + "/absent"}, 1, "no such file"},
		{[]string{"open", folder}, 1, "directory"},
		{[]string{"open", "main_test.go"}, 1, "_dump_snapshot"},
		{[]string{"open", "--json", evil}, 1, "byte 17: opcode STACK_GLOBAL refused"},
		{[]string{"open", "--detail", "x", evil}, 2, "--json"},
		{[]string{"open", "--watch", evil}, 2, "--watch"},
	} {
		got := invoke(t, nil, c.args...)
		if got.code != c.code || got.stdout != "" || !strings.Contains(got.stderr, c.says) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q, %q", c.args, got.code, got.stdout, got.stderr)
		}
	}
}
