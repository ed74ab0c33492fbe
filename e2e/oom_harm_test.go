//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What a signal handler raises arrives in the program, however often an alarm
// falls into the observer, which waits for its report.
func TestOOMSignalsPass(t *testing.T) {
	const script = `
import signal, time
fired = caught = 0
class Alarm(Exception): pass
def handler(*_):
    global fired
    fired += 1
    raise Alarm
signal.signal(signal.SIGALRM, handler)
torch.empty(1 << 20, dtype=torch.uint8, device="cuda")
for i in range(60):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0001 * (i % 20 + 1))
        try:
            torch.empty(5 << 40, dtype=torch.uint8, device="cuda")
        except torch.cuda.OutOfMemoryError:
            pass
        time.sleep(1)
    except Alarm:
        caught += 1
print(fired, caught)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.raise_signal(signal.SIGINT)
`
	b := newOOMBench(t)
	got := b.python(true, script)
	if got.stdout != "60 60\n" || got.code != -1 && got.code != 130 && got.code != 1 || !strings.Contains(got.stderr, "KeyboardInterrupt") {
		t.Errorf("%+v", got)
	}
}

func TestOOMReportsOff(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000", "GPUFRAGTOP_REPORTS=0")
	if got := b.python(true, dies); got.code != 1 {
		t.Errorf("%+v", got)
	}
	if found, err := os.ReadDir(filepath.Dir(b.folder)); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// Of many reports the newest 20 stay. Nothing else is removed.
func TestOOMReportsAreRotated(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	if err := os.Mkdir(b.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	theirs := []string{"notes.txt", "oom-1-2.report", "oom-00000000000000000001-2.report.bak", "oom-00000000000000000001-x.report"}
	for _, name := range theirs {
		plant(t, b.folder, name)
	}
	for i := range 90 {
		plant(t, b.folder, fmt.Sprintf("oom-%020d-77.report", 1000+i))
	}
	plant(t, b.folder, "oom-00000000000000000500-77.report.tmp") // left behind long ago
	b.python(true, dies)
	found := b.reports()
	var left []string
	for _, path := range found {
		if strings.HasSuffix(path, "-77.report") {
			left = append(left, filepath.Base(path))
		}
	}
	if len(left) != 19 || left[0] != fmt.Sprintf("oom-%020d-77.report", 1071) {
		t.Errorf("left: %v", left)
	}
	for _, name := range theirs {
		if _, err := os.Lstat(filepath.Join(b.folder, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(filepath.Join(b.folder, "oom-00000000000000000500-77.report.tmp")); err == nil {
		t.Error("a file that was never finished is still there")
	}
	if list := b.monitor("reports"); list.code != 0 || strings.Count(list.stdout, ".report") != 20 || !strings.Contains(list.stdout, "truly full") {
		t.Errorf("reports: %+v", list)
	}
}

func plant(t *testing.T, folder, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Who asks for a device's room with the GIL held, before the agent has found a
// PyTorch, does not wait for an agent that waits for the GIL; nor does anybody
// wait for good while another thread keeps it.
func TestOOMNobodyWaitsForTheGIL(t *testing.T) {
	const script = `
import ctypes, threading
def ask(library):
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    return library.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total))
with_gil, without = ctypes.PyDLL(None), ctypes.CDLL(None)
count = ctypes.c_int()
failed = without.cudaGetDeviceCount(ctypes.byref(count))  # the agent starts, and looks in vain: torch.cuda is not initialized
asked = [ask(with_gil) for _ in range(100)]
keeper = threading.Thread(target=lambda: ctypes.PyDLL(None).usleep(500000))
keeper.start()
asked += [ask(without) for _ in range(20)]
keeper.join()
print(failed, set(asked), torch.cuda.is_initialized())
`
	b := newOOMBench(t)
	if bare, got := b.python(false, script), b.python(true, script); got != bare || got.stdout != "0 {0} False\n" {
		t.Errorf("with us:\n%+v\nwithout:\n%+v", got, bare)
	}
}

// Whatever lies in the place of the folder, the program dies as it would have.
func TestOOMHostileFolder(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, folder string)
	}{
		{"link", func(t *testing.T, folder string) {
			check(t, os.Symlink(t.TempDir(), folder))
		}},
		{"FIFO", func(t *testing.T, folder string) { check(t, unix.Mkfifo(folder, 0o600)) }},
		{"file", func(t *testing.T, folder string) { check(t, os.WriteFile(folder, nil, 0o600)) }},
		{"others may write", func(t *testing.T, folder string) {
			check(t, os.Mkdir(folder, 0o700))
			check(t, os.Chmod(folder, 0o777))
		}},
		{"foreign", func(t *testing.T, folder string) {
			if os.Geteuid() != 0 {
				t.Fatal("needs root to give a folder away")
			}
			check(t, os.Mkdir(folder, 0o700))
			check(t, os.Chown(folder, 65534, 65534))
		}},
		{"full", func(t *testing.T, folder string) {
			check(t, os.Mkdir(folder, 0o700))
			if err := unix.Mount("none", folder, "tmpfs", 0, "size=4k,mode=700"); err != nil {
				t.Fatalf("cannot mount: %v", err)
			}
			t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
			c.make(t, b.folder)
			if bare, got := b.python(false, dies), b.python(true, dies); got != bare {
				t.Errorf("with us:\n%+v\nwithout:\n%+v", got, bare)
			}
			var files []string
			_ = filepath.WalkDir(filepath.Dir(b.folder)+"/.", func(path string, entry os.DirEntry, err error) error {
				if err == nil && strings.Contains(filepath.Base(path), "oom-") {
					files = append(files, path)
				}
				return nil
			})
			if target, err := filepath.EvalSymlinks(b.folder); err == nil {
				inside, _ := filepath.Glob(filepath.Join(target, "*"))
				files = append(files, inside...)
			}
			if len(files) > 0 {
				t.Errorf("files were left: %v", files)
			}
		})
	}
}

// Root makes nothing in the home of another user, which sudo may leave it with.
func TestOOMInAnotherUsersHome(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("needs root")
	}
	home := t.TempDir()
	check(t, os.Chown(home, 65534, 65534))
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	got := b.python(true, dies, "GPUFRAGTOP_REPORT_DIR=", "XDG_STATE_HOME=", "HOME="+home, "GPUFRAGTOP_CACHE_DIR="+t.TempDir())
	if got.code != 1 {
		t.Fatalf("%+v", got)
	}
	if made, err := os.ReadDir(home); err != nil || len(made) > 0 {
		t.Errorf("root made %v, %v", made, err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Under a limit of the size of files the program is not killed by SIGXFSZ: the
// page cannot be made there, and nothing is reported.
func TestOOMUnderFileSizeLimit(t *testing.T) {
	const limited = `
import resource
torch.empty(1 << 20, dtype=torch.uint8, device="cuda")
import time; time.sleep(0.5)  # the page is there
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
` + dies
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	if bare, got := b.python(false, limited), b.python(true, limited); got != bare {
		t.Errorf("with us:\n%+v\nwithout:\n%+v", got, bare)
	}
	if found := b.reports(); len(found) > 0 {
		t.Errorf("there are reports: %v", found)
	}
}
