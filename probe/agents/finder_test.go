package agents

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
)

// fakeProc is a proc file system with these processes, which all started at
// boot.
func fakeProc(t *testing.T, pids ...int) proc {
	t.Helper()
	p := proc{t.TempDir()}
	for _, pid := range pids {
		if err := os.MkdirAll(p.path(pid, "fd"), 0o755); err != nil {
			t.Fatal(err)
		}
		writeStat(t, p, pid, "S")
		for fd := range 5 {
			if err := os.Symlink(fmt.Sprintf("/somewhere/%d", fd), filepath.Join(p.path(pid, "fd"), fmt.Sprint(fd))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(pageLink, filepath.Join(p.path(pid, "fd"), "7")); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func writeStat(t *testing.T, p proc, pid int, state string) {
	t.Helper()
	stat := fmt.Sprintf("%d (a) S 1) %s 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %d 0\n", pid, state, pid*10)
	if err := os.WriteFile(p.path(pid, "stat"), []byte(stat), 0o644); err != nil {
		t.Fatal(err)
	}
}

// seen are the processes that one search looks at, in order.
func seen(f *finder, listed []int, skipped ...int) []int {
	var pids []int
	skip := func(pid int) bool { return slices.Contains(skipped, pid) }
	f.search(context.Background(), listed, searchCredit, skip, func(s sighting) { pids = append(pids, s.id.PID) })
	return pids
}

func TestTheSearchLooksAtEveryProcessAndThenRarely(t *testing.T) {
	f := newFinder(fakeProc(t, 10, 20, 30, 40))
	if got := seen(f, []int{20}, 40); !slices.Equal(got, []int{20, 30, 10}) {
		t.Errorf("first %v: listed ones come first, then the youngest", got)
	}
	if got := seen(f, nil); !slices.Equal(got, []int{40}) {
		t.Errorf("then %v", got)
	}
	f.forget(30)
	if got := seen(f, nil); !slices.Equal(got, []int{30}) {
		t.Errorf("then %v", got)
	}
	for pid, want := range map[int]bool{10: true, 20: false} { // old, and not listed; listed
		if wait := time.Until(f.looks[pid].next); (wait > soonest) != want {
			t.Errorf("pid %d is looked at again in %v", pid, wait)
		}
	}
	if err := os.RemoveAll(f.proc.path(10, "")); err != nil {
		t.Fatal(err)
	}
	f.nextAll = time.Time{} // all are listed anew
	seen(f, nil)
	if _, remembered := f.looks[10]; remembered {
		t.Error("a process that has ended is remembered")
	}
}

func TestTheSearchKeepsToItsBudget(t *testing.T) {
	f := newFinder(fakeProc(t, 10, 20))
	f.others.credit = -time.Hour
	if got := seen(f, []int{20}); !slices.Equal(got, []int{20}) {
		t.Errorf("without credit %v, want the listed one only", got)
	}
	f.others.last = time.Now().Add(-searchShare * 2 * time.Hour)
	if got := seen(f, nil); !slices.Equal(got, []int{10}) {
		t.Errorf("with credit again %v", got)
	}
	if credit := f.others.credit; credit > searchCredit || credit < 0 {
		t.Errorf("%v of credit", credit)
	}
}

// A listed process that was looked at costs one question a search, until it
// opens something.
func TestAListedProcessIsLookedAtAgainWhenItHasOpenedSomething(t *testing.T) {
	f := newFinder(proc{"/proc"})
	if !f.counts {
		t.Log("this kernel does not tell how many descriptors a process has")
		return
	}
	own := os.Getpid()
	f.others.credit, f.others.last = -time.Hour, time.Now()
	if got := seen(f, []int{own}); !slices.Equal(got, []int{own}) {
		t.Fatalf("first %v", got)
	}
	f.looks[own] = look{next: time.Now().Add(time.Hour), had: f.looks[own].had}
	if got := seen(f, []int{own}); len(got) != 0 {
		t.Errorf("nothing has changed: %v", got)
	}
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := seen(f, []int{own}); !slices.Equal(got, []int{own}) {
		t.Errorf("it has opened something: %v", got)
	}
}

// On a crowded node listed processes take turns, and new ones do not wait.
func TestListedProcessesTakeTurns(t *testing.T) {
	var pids []int
	for i := range mostChecked + 10 {
		pids = append(pids, 100+i)
	}
	f := newFinder(fakeProc(t, pids...))
	f.others.credit, f.others.last = -time.Hour, time.Now()
	if got := seen(f, pids); len(got) != len(pids) {
		t.Fatalf("%d of %d at first", len(got), len(pids))
	}
	again := map[int]bool{}
	for range 3 {
		for pid, l := range f.looks {
			l.next = time.Time{}
			f.looks[pid] = l
		}
		f.again.credit, f.again.most = time.Hour, time.Hour
		got := seen(f, pids)
		if len(got) > mostChecked {
			t.Errorf("%d in one search", len(got))
		}
		for _, pid := range got {
			again[pid] = true
		}
	}
	if len(again) != len(pids) {
		t.Errorf("%d of %d had their turn", len(again), len(pids))
	}
}

// Where time for one look only is left in each search, nobody is passed over.
func TestListedProcessesShareTheBudget(t *testing.T) {
	pids := []int{100, 101, 102, 103, 104, 105}
	f := newFinder(fakeProc(t, pids...))
	f.others.credit, f.others.last = -time.Hour, time.Now()
	seen(f, pids)
	again := map[int]int{}
	for range 2 * len(pids) {
		for pid, l := range f.looks {
			l.next = time.Time{}
			f.looks[pid] = l
		}
		f.again = budget{credit: 1, most: 1, last: time.Now()}
		for _, pid := range seen(f, pids) {
			again[pid]++
		}
	}
	for _, pid := range pids {
		if again[pid] != 2 {
			t.Errorf("process %d was looked at %d times in two rounds: %v", pid, again[pid], again)
		}
	}
}

func TestASearchEndsWithItsContext(t *testing.T) {
	f := newFinder(fakeProc(t, 10, 20))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f.search(ctx, []int{10}, searchCredit, func(int) bool { return false }, func(s sighting) { t.Error("looked at", s.id) })
}

func TestZombiesAndOddProcessesAreNoProcesses(t *testing.T) {
	p := fakeProc(t, 10, 20)
	id, state, err := p.identify(10)
	if err != nil || id.StartTicks != 100 || state != 'S' {
		t.Errorf("%+v %c %v", id, state, err)
	}
	writeStat(t, p, 10, "Z")
	if _, _, err := p.identify(10); !os.IsNotExist(err) {
		t.Errorf("a zombie: %v", err)
	}
	if err := os.WriteFile(p.path(20, "stat"), []byte("20 (x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.identify(20); err == nil {
		t.Error("half a line was taken")
	}
}

func TestTheInnerPIDIsTheLastOne(t *testing.T) {
	p := fakeProc(t, 10)
	for status, want := range map[string]int{"Name:\tx\nNSpid:\t10\t7\t3\nNSpgid:\t10\n": 3, "NSpid:\t10\n": 10, "Name:\tx\n": 10} {
		if err := os.WriteFile(p.path(10, "status"), []byte(status), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := p.innerPID(10); got != want || err != nil {
			t.Errorf("%q: %d, %v", status, got, err)
		}
	}
}

func TestALookGoesOnWhereItStopped(t *testing.T) {
	file, err := pagetest.Memfd(page.PageName, 4096, pagetest.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd := int(file.Fd())
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)
	p := proc{"/proc"}
	for from, want := range map[int]bool{0: true, fd: true, fd + 1: false} {
		found, next, err := p.findLinks(os.Getpid(), from)
		if err != nil || next != 0 || slices.Contains(found.pages, path) != want {
			t.Errorf("from %d: %v, %d, %v", from, found.pages, next, err)
		}
	}
}

// Case 19.
func TestOnlySealedMemfdsAreOpened(t *testing.T) {
	m := newMemfds()
	if !m.checked {
		t.Fatal("no memfds here")
	}
	folder := t.TempDir()
	fifo, plain := filepath.Join(folder, "fifo"), filepath.Join(folder, "plain")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"fifo": fifo, "plain file": plain, "device": "/dev/zero", "folder": folder} {
		if _, _, err := m.open(path, "", os.O_RDWR, 1); !errors.Is(err, errNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
	}
	memfd := func(size int64, seals int) string {
		file, err := pagetest.Memfd("some", size, seals)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	}
	if _, _, err := m.open(memfd(4096, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW), "", os.O_RDWR, 1); !errors.Is(err, errNotOurs) {
		t.Errorf("seals can be added: %v", err)
	}
	if _, _, err := m.open(memfd(4095, pagetest.Sealed), "", os.O_RDWR, 4096); err == nil || !strings.Contains(err.Error(), "4095 of 4096") {
		t.Errorf("too short: %v", err)
	}
	file, _, err := m.open(memfd(4096, pagetest.Sealed), "/memfd:some (deleted)", os.O_RDWR, 4096)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if _, _, err := m.open(memfd(4096, pagetest.Sealed), pageLink, os.O_RDWR, 4096); !errors.Is(err, errMoved) {
		t.Errorf("of another name by now: %v", err)
	}
}

// Opening a file on a file system of another process's making may block for
// ever. A lease tells whether somebody has tried.
func TestAFileElsewhereIsNotEvenOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plain")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(unix.SIGIO) // tells that the lease is broken
	if _, _, err := newMemfds().open(path, "", os.O_RDONLY, 0); !errors.Is(err, errNotOurs) {
		t.Errorf("%v", err)
	}
	if lease, err := unix.FcntlInt(file.Fd(), unix.F_GETLEASE, 0); err != nil || lease != unix.F_WRLCK {
		t.Errorf("somebody has opened it: lease %d, %v", lease, err)
	}
}
