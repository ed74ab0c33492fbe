package tui

import (
	"strings"
	"testing"
)

// Who uses several GPUs is released on all of them, and a job that is no choice
// is named with the reason.
func TestReleaseOfAGPUSaysWhatElseItReaches(t *testing.T) {
	d, _ := livingDemo(t, 120, 40)
	d.selectPID(48121)
	d.keys("R")
	d.shows("all of GPU 0", "In all ", "on GPUs 0, 1: each process", "The ranks of its job cannot be released together: ", "cannot be asked")
	if n := strings.Count(strings.Join(d.screen(), "\n"), "all of GPU 0"); n != 1 {
		t.Errorf("the choice is named %d times", n)
	}
	d.keys("up")
	d.shows("this process")
	d.hides("In all ")
}
