package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

// ourselves makes what a monitor sees of itself under /proc.
func ourselves(t *testing.T, capabilities, mounts, scope string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"self/status": "Name:\tx\nCapEff:\t" + capabilities + "\n", "self/mountinfo": mounts, "sys/kernel/yama/ptrace_scope": scope,
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	allowed  = "000001ffffffffff"
	bare     = "0000000000000000"
	open     = "25 30 0:22 / /proc rw,nosuid - proc proc rw\n"
	hiding   = "25 30 0:22 / /proc rw,nosuid - proc proc rw,hidepid=invisible\n"
	hidingNo = "25 30 0:22 / /proc rw,nosuid - proc proc rw,hidepid=0\n26 30 0:22 / /other rw - proc proc rw,hidepid=2\n"
)

func goodShim() Shim {
	return Shim{SourceHash: strings.Repeat("a", 64), Layout: fmt.Sprintf("%d.%d", page.ABIMajor, page.ABIMinor), Path: func() (string, error) { return "/cache/libgpufragtop.so", nil }}
}

func TestNVML(t *testing.T) {
	cases := []struct {
		name, command, library string
		level                  wayin.Level
		words                  []string
	}{
		{"as it should be", "", "", wayin.OK, []string{"1 GPU,", "driver 555.42"}},
		{"no library", "", "/nonexistent/libnvidia-ml.so.1", wayin.Problem, []string{"no NVIDIA driver", "--gpus all", wayin.DemoLine}},
		{"another library", "", "libc.so.6", wayin.Problem, []string{"is not the NVIDIA driver's library"}},
		{"not loaded", "init 9", "", wayin.Problem, []string{"not loaded", "modprobe nvidia"}},
		{"versions differ", "init 18", "", wayin.Problem, []string{"different versions", "reboot"}},
		{"no permission", "init 4", "", wayin.Problem, []string{"may not be used", "/dev/nvidia*"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			nvmltest.NewControl(t).Set(c.command)
			library := c.library
			if library == "" {
				library = standin
			}
			d := New(Options{NVMLPath: library, ProcRoot: proctest.New(t, true).Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: goodShim()})
			r := d.Diagnose(context.Background())
			whole(t, r)
			says(t, r, "nvml", c.level, c.words...)
			if r.Blocked() != (c.level == wayin.Problem) {
				t.Errorf("blocked %t: %+v", r.Blocked(), r.Findings)
			}
		})
	}
}

func TestRights(t *testing.T) {
	report := func(root proctest.Proc, own string) wayin.Report {
		return New(Options{NVMLPath: "/nonexistent", ProcRoot: root.Root, OwnProc: own, Shim: goodShim()}).Diagnose(context.Background())
	}
	host := proctest.New(t, true)
	r := report(host, ourselves(t, allowed, open, "1\n"))
	says(t, r, "rights", wayin.OK)
	for _, topic := range []string{"hidepid", "namespace", "ptrace"} {
		for _, f := range r.Findings {
			if f.Topic == topic {
				t.Errorf("with all rights: %+v", f)
			}
		}
	}
	r = report(host, ourselves(t, bare, hiding, "1\n"))
	whole(t, r)
	says(t, r, "rights", wayin.Hint, "CAP_SYS_PTRACE", "sudo gpufragtop")
	says(t, r, "hidepid", wayin.Hint, "hidepid=invisible")
	says(t, r, "ptrace", wayin.Hint, "ptrace_scope is 1", "sudo sysctl kernel.yama.ptrace_scope=0")
	says(t, report(host, ourselves(t, allowed, hidingNo, "3\n")), "ptrace", wayin.Hint, "not even root")
	for _, f := range report(host, ourselves(t, allowed, hidingNo, "0")).Findings {
		if f.Topic == "hidepid" {
			t.Errorf("of a mount that hides nothing, or of another one: %+v", f)
		}
	}
	container := proctest.New(t, false)
	if err := os.MkdirAll(filepath.Join(container.Root, "self/ns"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pid:[4026532000]", filepath.Join(container.Root, "self/ns/pid")); err != nil {
		t.Fatal(err)
	}
	says(t, report(container, ourselves(t, allowed, open, "0")), "namespace", wayin.Hint, "--pid=host", "hostPID: true")
}

func TestShimOfTheMonitor(t *testing.T) {
	shim := goodShim()
	report := func() wayin.Report {
		return New(Options{NVMLPath: "/nonexistent", ProcRoot: proctest.New(t, true).Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: shim}).Diagnose(context.Background())
	}
	says(t, report(), "shim", wayin.OK, "/cache/libgpufragtop.so", "layout "+shim.Layout)
	shim.Path = func() (string, error) { return "", fmt.Errorf("/cache lies on a file system mounted noexec") }
	says(t, report(), "shim", wayin.Problem, "noexec", "GPUFRAGTOP_CACHE_DIR")
	own := goodShim()
	own.Own = func() (string, string) { return "/home/me/d.so", "it differs from byte 7 on" }
	r := New(Options{NVMLPath: standin, ProcRoot: proctest.New(t, true).Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: own}).Diagnose(context.Background())
	if says(t, r, "shim", wayin.Hint, "your own build, /home/me/d.so", "from byte 7", "gpufragtop shim verify /home/me/d.so"); r.Blocked() {
		t.Errorf("a build of one's own blocks: %+v", r.Findings)
	}
	shim.Faults = func() []string { return []string{"/cache/x: it differs"} }
	says(t, report(), "shim", wayin.Problem, "it differs", "shim verify")
}
