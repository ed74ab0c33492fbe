package cudashim

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
)

// newDoor builds the program that opens the shim's own door, with a second copy
// of the shim beside.
func newDoor(t *testing.T) (program, shim, copied string) {
	t.Helper()
	dir := t.TempDir()
	program, copied = filepath.Join(dir, "door"), filepath.Join(dir, "copy.so")
	compile(t, "testdata/door.c", "-ldl", "-o", program)
	shim, err := unpackTo(filepath.Join(dir, "cache"), library)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, library, 0o755); err != nil {
		t.Fatal(err)
	}
	return program, shim, copied
}

func TestOwnDoor(t *testing.T) {
	program, shim, copied := newDoor(t)
	started := "loaded agents=0 pages=0\nstart 0\nstarted agents=1 pages=1\nagain 0\nclosed 0\n"
	got := output(t, exec.Command(program, shim, copied))
	if want := started + "copy 0\ncopy agents=1 pages=1\nchild 125\nend agents=1 pages=1\n"; got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	disabled := exec.Command(program, shim)
	disabled.Env = append(os.Environ(), "GPUFRAGTOP_DISABLE=1")
	want := "loaded agents=0 pages=0\nstart 1\nstarted agents=0 pages=0\nagain 125\nclosed 125\nchild 125\nend agents=0 pages=0\n"
	if got := output(t, disabled); got != want {
		t.Errorf("disabled: got:\n%swant:\n%s", got, want)
	}
}

// The one that was preloaded is asked instead, and its hooks are in the way of
// every call.
func TestOwnDoorBesideAPreload(t *testing.T) {
	program, shim, copied := newDoor(t)
	cmd := exec.Command(program, copied)
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+shim)
	want := "loaded agents=0 pages=0\nstart 0\nstarted agents=1 pages=1\nagain 0\nclosed 0\nchild 125\nend agents=1 pages=1\n"
	if got := output(t, cmd); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// Only a shim whose hooks are in the way says nothing of being late.
func TestLateIsTold(t *testing.T) {
	program, shim, copied := newDoor(t)
	for _, preload := range []string{"", shim} {
		cmd := exec.Command(program, copied)
		cmd.Env = append(os.Environ(), "LD_PRELOAD="+preload, "GPUFRAGTOP_TICK_MS=100")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		m := shimtest.Open(t, cmd.Process.Pid)
		m.Watch(t)
		m.Counters(t)
		if got, want := m.Header(t).Capabilities.Has(page.CapLate), preload == ""; got != want {
			t.Errorf("preloaded %q: late is %v", preload, got)
		}
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// Two profilers cannot share CUPTI; whoever comes second fails. We never come.
func TestLibraryKnowsNothingOfCUPTI(t *testing.T) {
	if bytes.Contains(bytes.ToLower(library), []byte("cupti")) {
		t.Error("the shim names CUPTI")
	}
	symbols, err := openLibrary(t).DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range symbols {
		if strings.Contains(strings.ToLower(symbol.Name), "subscribe") {
			t.Errorf("the shim has or wants %s", symbol.Name)
		}
	}
}
