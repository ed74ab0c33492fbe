package procs

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	command := exec.Command("sleep", "600")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

// What is kept of a process never leads to another, and is let go of with it.
func TestKeptFilesEndWithTheirProcess(t *testing.T) {
	r := New("/proc")
	defer r.Close()
	child := sleeper(t)
	pid := child.Process.Pid
	first := r.Sample(t.Context(), []int{pid}, none)[pid]
	if first.Presence == Gone || r.asked.kept != 1 {
		t.Fatalf("%+v, %d kept", first, r.asked.kept)
	}
	if second := r.Sample(t.Context(), []int{pid}, none)[pid]; second.ProcessID != first.ProcessID || second.Revision != first.Revision {
		t.Errorf("%+v is not as %+v", second, first)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	if third := r.Sample(t.Context(), []int{pid}, none)[pid]; third.ProcessID == first.ProcessID {
		t.Errorf("it has ended: %+v", third)
	}
	if r.asked.kept != 0 {
		t.Errorf("%d descriptors are kept", r.asked.kept)
	}
}

// Where there are too many to ask, a PID that was given away is still noticed.
func TestOneThatIsNotAskedIsStillItself(t *testing.T) {
	r := New("/proc")
	defer r.Close()
	r.asked.endings.end() // as on kernels before 5.3
	pid := sleeper(t).Process.Pid
	now := time.Now()
	e, err := r.entry(pid, now, true)
	if err != nil {
		t.Fatal(err)
	}
	r.known[pid] = e
	if again, err := r.entry(pid, now.Add(time.Second), false); err != nil || again != e || e.used.at != now {
		t.Errorf("it was asked: %v, %v", e.used.at, err)
	}
	e.file.inode++ // as if the PID were another process's
	if again, err := r.entry(pid, now.Add(time.Second), false); err != nil || again.used.at.Equal(now) {
		t.Errorf("it was not asked: %v", err)
	}
}

// Processes that are not asked are told to have ended all the same, also where a
// great many end between two samples.
func TestEndingsAreTold(t *testing.T) {
	r := New("/proc")
	defer r.Close()
	if r.asked.epoll < 0 {
		t.Fatal("this kernel tells no endings")
	}
	var children []*exec.Cmd
	var pids []int
	for range 200 {
		child := sleeper(t)
		children, pids = append(children, child), append(pids, child.Process.Pid)
	}
	room := r.asked.room
	first := r.Sample(t.Context(), pids, none)
	if r.asked.room != room-len(pids) {
		t.Errorf("%d of %d are watched", room-r.asked.room, len(pids))
	}
	for i, child := range children {
		if i%40 == 0 {
			continue
		}
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	r.asked.look()
	for i, pid := range pids {
		e := r.known[pid]
		e.file.inode = 0
		if got, want := r.asked.same(pid, &e.file), i%40 == 0; got != want || e.ProcessID != first[pid].ProcessID {
			t.Errorf("process %d: it runs: %v", i, got)
		}
	}
	r.Sample(t.Context(), nil, none)
	if r.asked.room != room || len(r.asked.fds) != 0 {
		t.Errorf("%d are still watched", room-r.asked.room)
	}
}

// On a proc file system of another PID namespace its numbers say nothing to
// system calls.
func TestOnlyOwnNumbersAreWatched(t *testing.T) {
	if !ownNumbers("/proc") {
		t.Error("these are our numbers")
	}
	root := t.TempDir()
	for status, want := range map[string]bool{"NSpid:\t7\n": true, "NSpid:\t7\t1\n": false, "Name:\tx\n": false} {
		if err := os.MkdirAll(root+"/self", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+"/self/status", []byte(status), 0o644); err != nil {
			t.Fatal(err)
		}
		if ownNumbers(root) != want {
			t.Errorf("%q", status)
		}
	}
}

func TestTurns(t *testing.T) {
	var a asked
	had := map[int]bool{}
	const many = 3*mostAsked + 7
	for range 4 {
		turns, n := a.turns(many), 0
		for i := range many {
			if turns(i) {
				had[i] = true
				n++
			}
		}
		if n != mostAsked {
			t.Errorf("%d in one sample", n)
		}
	}
	if len(had) != many {
		t.Errorf("%d of %d had their turn", len(had), many)
	}
}

func TestNothingIsKeptOfWhatIsNoProcFileSystem(t *testing.T) {
	a := newAsked(t.TempDir())
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if f := a.begin(1); a.keep(int(file.Fd()), &f) || f.inode != 0 || a.same(1, &f) {
		t.Errorf("%+v", f)
	}
	if _, err := unix.FcntlInt(file.Fd(), unix.F_GETFD, 0); err != nil {
		t.Error(err)
	}
}

// Looks at known processes are paced, and every process has its turn.
func TestLooksAgainTakeTurns(t *testing.T) {
	p := proctest.New(t, true)
	var pids []int
	for i := range 3 * mostAgain {
		pids = append(pids, 100+i)
		p.Add(100+i, 7, "python")
	}
	r := reader(t, p)
	all := func() (looked int) {
		before := map[int]*view{}
		for pid, e := range r.known {
			before[pid], e.next, e.again = e.latest(), time.Time{}, time.Hour
		}
		r.Sample(t.Context(), pids, none)
		for pid, e := range r.known {
			<-e.look.done
			if e.latest() != before[pid] {
				looked++
			}
		}
		return looked
	}
	if n := all(); n != len(pids) {
		t.Fatalf("%d of %d at first", n, len(pids))
	}
	again := map[int]bool{}
	for range 3 {
		before := map[int]*view{}
		for pid, e := range r.known {
			before[pid] = e.latest()
		}
		if n := all(); n != mostAgain {
			t.Errorf("%d in one sample", n)
		}
		for pid, e := range r.known {
			again[pid] = again[pid] || e.latest() != before[pid]
		}
	}
	for _, pid := range pids {
		if !again[pid] {
			t.Errorf("%d was not looked at again", pid)
		}
	}
}
