package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestSignalsEndAndStopProcesses(t *testing.T) {
	n := NewNode(1)
	at := time.Unix(1_700_000_000, 0)
	row := func(pid int) *fragcalc.Process {
		s := n.Snapshot(at)
		for i := range s.Processes {
			if s.Processes[i].PID == pid {
				return &s.Processes[i]
			}
		}
		return nil
	}
	train, bob := row(48121).ProcessID, row(50018).ProcessID
	if err := n.Signal(train, "STOP", at); err != nil {
		t.Fatal(err)
	}
	before := row(48121).Used
	at = at.Add(20 * time.Second)
	if row(48121).Used != before {
		t.Error("a stopped process goes on")
	}
	if err := n.Signal(train, "CONT", at); err != nil {
		t.Fatal(err)
	}
	at = at.Add(20 * time.Second)
	if row(48121).Used == before {
		t.Error("it does not go on after CONT")
	}
	if err := n.Signal(bob, "TERM", at); err == nil || !strings.Contains(err.Error(), "another user's") {
		t.Errorf("another user's process: %v", err)
	}
	free := n.Snapshot(at).GPUs[0].MemoryFree.Or(0) + row(48121).GPUMemory.Or(0)
	if err := n.Signal(train, "TERM", at); err != nil {
		t.Fatal(err)
	}
	if row(48121) != nil {
		t.Error("it is still there")
	}
	if now := n.Snapshot(at).GPUs[0].MemoryFree.Or(0); now != free {
		t.Errorf("%d bytes are free, want %d", now, free)
	}
	if err := n.Signal(train, "TERM", at); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("after its end: %v", err)
	}
}
