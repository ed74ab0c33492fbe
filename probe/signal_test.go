package probe

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

func sleeper(t *testing.T, as *syscall.Credential) (*exec.Cmd, fragcalc.ProcessID) {
	t.Helper()
	command := exec.Command("sleep", "300")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	started, err := procs.StartTicks(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return command, fragcalc.ProcessID{PID: command.Process.Pid, StartTicks: started}
}

func TestSignalReachesTheProcess(t *testing.T) {
	for _, choice := range fragcalc.SignalChoices() {
		command, target := sleeper(t, nil)
		if err := (Signaller{}).Signal(t.Context(), target, choice.Signal); err != nil {
			t.Fatalf("%s: %v", choice.Signal, err)
		}
		if !choice.Ends { // sleep shows nothing of STOP and CONT: that it can still be ended
			_ = (Signaller{}).Signal(t.Context(), target, "CONT")
			_ = (Signaller{}).Signal(t.Context(), target, "TERM")
		}
		_ = command.Wait()
		status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
		if choice.Ends && !strings.Contains(choice.Means, "its own") && !status.Signaled() {
			t.Errorf("%s: ended with %v", choice.Signal, command.ProcessState)
		}
	}
}

func TestASignalNeverHitsAnotherProcess(t *testing.T) {
	command, target := sleeper(t, nil)
	reused := target
	reused.StartTicks++
	for name, c := range map[string]struct {
		target fragcalc.ProcessID
		signal fragcalc.Signal
		want   string
	}{
		"a number that another one has taken": {reused, "KILL", "has ended"},
		"this monitor":                        {fragcalc.ProcessID{PID: os.Getpid()}, "KILL", "this monitor"},
		"init":                                {fragcalc.ProcessID{PID: 1}, "KILL", "no process that may be signalled"},
		"a group":                             {fragcalc.ProcessID{PID: -command.Process.Pid}, "KILL", "no process that may be signalled"},
		"no signal":                           {target, "NONE", "no signal NONE"},
	} {
		if err := (Signaller{}).Signal(t.Context(), c.target, c.signal); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := command.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the sleeper: %v", err)
	}
	if err := (Signaller{}).Signal(t.Context(), target, "TERM"); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if err := (Signaller{}).Signal(t.Context(), target, "TERM"); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("after its end: %v", err)
	}
}
