package doctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// Process examines one process.
func (d *Doctor) Process(ctx context.Context, pid int) wayin.Report {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	reader := procs.New(d.options.ProcRoot)
	defer reader.Close()
	facts := reader.Sample(ctx, []int{pid}, func(int) bool { return false })[pid]
	r := d.report()
	r.PID, r.Command = pid, facts.Command
	add := func(f ...wayin.Finding) { r.Findings = append(r.Findings, f...) }
	if f, ends := presence(facts, pid); ends {
		add(f)
		return r
	}
	watcher := agents.New(agents.Options{ProcRoot: d.options.ProcRoot, Version: d.options.Version})
	defer watcher.Close()
	if !watcher.OpensFiles(pid) {
		add(wayin.Finding{Level: wayin.Problem, Topic: "rights", What: "It belongs to " + orUnknown(facts.User) + ", and this monitor may not look into it",
			Why: "that needs its user, root or CAP_SYS_PTRACE", Do: fmt.Sprintf("sudo gpufragtop doctor %d", pid)})
		r.Line = fmt.Sprintf("sudo gpufragtop doctor %d", pid)
		return r
	}
	add(wayin.Finding{Level: wayin.OK, Topic: "rights", What: "It belongs to " + orUnknown(facts.User) + ", and this monitor may look into it"})
	inside, status, reason := watcher.Inspect(ctx, pid)
	switch {
	case status == "":
		add(d.inside(inside)...)
		r.Line = wayin.WatchLine(strconv.Itoa(pid))
		return r
	case status == fragcalc.ReleaseGone:
		add(wayin.Finding{Level: wayin.Problem, Topic: "process", What: "It has ended meanwhile"})
		return r
	case status != fragcalc.ReleaseNotInstrumented:
		add(wayin.Finding{Level: wayin.Problem, Topic: "page", What: "It is instrumented, and its page cannot be read", Why: join(reason, "if the shim is as it should be, start the program again"), Do: pageWayOut(reason, pid)})
		return r
	}
	e := d.examine(pid, facts)
	add(d.outside(e, watcher.HasAgent(pid))...)
	switch {
	case e.mapped != "" && !e.environ.disabled:
		r.Line = wayin.WatchLine(strconv.Itoa(pid))
	case d.attachable(e):
		r.Line = wayin.AttachLine(pid)
	case wayin.Supported(facts.Framework.Name) && !e.hopeless && !e.offGPU():
		r.Line = wayin.RunLine(facts.ShellLine)
	}
	return r
}

func pageWayOut(reason string, pid int) string {
	if strings.Contains(reason, "only its user and root") || strings.Contains(reason, "needs root") {
		return fmt.Sprintf("sudo gpufragtop doctor %d", pid)
	}
	return "gpufragtop shim verify"
}

// presence is a finding that ends the examination, if there is one.
func presence(facts *procs.Facts, pid int) (wayin.Finding, bool) {
	f := wayin.Finding{Level: wayin.Problem, Topic: "process"}
	switch {
	case facts.Presence == procs.Gone:
		f.What, f.Why, f.Do = fmt.Sprintf("There is no process %d", pid), "it has ended, or the number is another one", "pgrep -af python"
	case facts.Presence == procs.Hidden:
		f.What, f.Why, f.Do = fmt.Sprintf("Process %d is hidden from this user", pid), "/proc is mounted with hidepid", fmt.Sprintf("sudo gpufragtop doctor %d", pid)
	case facts.Presence == procs.Foreign && facts.StartTicks == 0:
		f.What, f.Why, f.Do = fmt.Sprintf("There is no process %d in this container", pid), "the driver tells the host's process numbers, and this container has numbers of its own: look from the host, or from a container with docker run --pid=host", ""
	case facts.State == 'Z':
		f.What, f.Why = fmt.Sprintf("Process %d has ended and waits for its parent to take notice", pid), "it holds no memory any more"
	default:
		return wayin.Finding{}, false
	}
	return f, true
}

func orUnknown(user string) string {
	if user == "" {
		return "an unknown user"
	}
	return user
}

// compare compares a program's shim with the one that this monitor carries.
func (d *Doctor) compare(s agents.Shim) wayin.Finding {
	own := d.options.Shim
	name := strconv.Itoa(s.ID.PID) + ": "
	f := wayin.Finding{Level: wayin.Hint, Topic: "shim_version"}
	switch {
	case s.Err != nil:
		f.Level, f.What, f.Why = wayin.Problem, name+"its page cannot be read", s.Err.Error()
	case older(s.Layout, own.Layout):
		f.What, f.Why = name+"its shim is older than this monitor", fmt.Sprintf("layout %s, this monitor knows %s: what is new is not told, until the program is started again through this gpufragtop", s.Layout, own.Layout)
	case older(own.Layout, s.Layout):
		f.What, f.Why = name+"its shim is newer than this monitor", fmt.Sprintf("layout %s, this monitor knows %s: what is new is not shown; the gpufragtop that started it shows it", s.Layout, own.Layout)
	case own.SourceHash != "" && s.SourceHash != own.SourceHash:
		f.What, f.Why = name+"its shim is of another build than this monitor's", fmt.Sprintf("sources %.12s, not %.12s; they understand each other", s.SourceHash, own.SourceHash)
	default:
		f = wayin.Finding{Level: wayin.OK, Topic: "shim_version", What: name + "its shim is this monitor's own"}
	}
	return f
}

// older compares layouts of the form 1.2; what is no such form is not older.
func older(a, b string) bool {
	aMajor, aMinor, okA := layout(a)
	bMajor, bMinor, okB := layout(b)
	return okA && okB && (aMajor < bMajor || aMajor == bMajor && aMinor < bMinor)
}

func layout(s string) (major, minor int, ok bool) {
	left, right, found := strings.Cut(s, ".")
	major, errA := strconv.Atoi(left)
	minor, errB := strconv.Atoi(right)
	return major, minor, found && errA == nil && errB == nil
}
