package procs

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// identity is the identity of a living process.
func identity(t *testing.T, pid int) fragcalc.ProcessID {
	t.Helper()
	s, err := NewTree("", pid).stat(pid)
	if err != nil {
		t.Fatal(err)
	}
	return s.ProcessID
}

func TestATreeHasItsDescendantsAndKeepsOrphansItHasSeen(t *testing.T) {
	// A child with a child of its own, both of which say who they are. The
	// child ends when told; its child then has another parent.
	shell := exec.Command("sh", "-c", `sh -c 'echo $$; read line' <&3 & echo $$; read line`)
	stays, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	hold, release, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	shell.ExtraFiles = []*os.File{hold}
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer release.Close()
	defer func() { _ = shell.Process.Kill() }()
	var pids []int
	for lines := bufio.NewScanner(out); len(pids) < 2 && lines.Scan(); {
		var pid int
		fmt.Sscan(lines.Text(), &pid)
		pids = append(pids, pid)
	}
	child := identity(t, shell.Process.Pid)
	grandchild := pids[0]
	if grandchild == child.PID {
		grandchild = pids[1]
	}
	inner := identity(t, grandchild)

	tree, stranger := NewTree("", child.PID), NewTree("", child.PID)
	if !tree.Has(child) || !tree.Has(inner) {
		t.Error("the tree lacks its top or a descendant")
	}
	if self := identity(t, os.Getpid()); tree.Has(self) {
		t.Error("the parent is taken for a descendant")
	}
	if reused := (fragcalc.ProcessID{PID: grandchild, StartTicks: inner.StartTicks + 1}); tree.Has(reused) {
		t.Error("another process with the same PID is taken for a descendant")
	}
	stays.Close()
	_, _ = shell.Process.Wait()
	if !tree.Has(inner) {
		t.Error("an orphan that was seen before is not in the tree any more")
	}
	if stranger.Has(inner) {
		t.Error("an orphan is in the tree of a process that it does not descend from any more")
	}
}

func TestParentOfAProcessWithAnyName(t *testing.T) {
	s, err := parseStat(7, []byte("7 (a) S 1 ( b)) T 42 1 1 "+strings.Repeat("0 ", 15)+"900 0"))
	if err != nil || s.parent != 42 || s.state != 'T' || s.StartTicks != 900 {
		t.Errorf("%+v, %v", s, err)
	}
}
