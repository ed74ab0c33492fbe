package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// holder is a program that holds memory on GPUs.
type holder struct {
	pid    int
	memory int64 // on all of them, as far as it is known
}

// mostNamed is how many programs a finding names.
const mostNamed = 3

// notInstrumented names the programs that hold memory on a GPU and cannot be
// seen into, the largest first. Those that this monitor may not look into are
// left out: whether they are is not known.
func (d *Doctor) notInstrumented(ctx context.Context, processes []gpus.Process, shims []agents.Shim) []wayin.Finding {
	if !d.hostPIDs() { // the driver's numbers are not ours
		return nil
	}
	holders := d.holders(processes, shims)
	if len(holders) == 0 {
		return nil
	}
	reader := procs.New(d.options.ProcRoot)
	defer reader.Close()
	pids := make([]int, len(holders))
	for i, h := range holders {
		pids[i] = h.pid
	}
	facts := reader.Sample(ctx, pids, func(int) bool { return false })
	var names []string
	for _, h := range holders[:min(mostNamed, len(holders))] {
		held := ""
		if h.memory > 0 {
			held = ", " + units.Bytes(h.memory)
		}
		names = append(names, strconv.Itoa(h.pid)+" ("+orUnknown(facts[h.pid].User)+held+")")
	}
	if more := len(holders) - len(names); more > 0 {
		names = append(names, "and "+strconv.Itoa(more)+" more")
	}
	return []wayin.Finding{{Level: wayin.Hint, Topic: "uninstrumented",
		What: plural(len(holders), "program") + " on a GPU cannot be seen into: not instrumented",
		Why:  strings.Join(names, ", ") + "; the way into each is said by:", Do: fmt.Sprintf("gpufragtop doctor %d", holders[0].pid)}}
}

// holders are the processes without a shim, each once, the largest first.
func (d *Doctor) holders(processes []gpus.Process, shims []agents.Shim) []holder {
	watcher := agents.New(agents.Options{ProcRoot: d.options.ProcRoot, Version: d.options.Version})
	defer watcher.Close()
	var out []holder
	for _, p := range processes {
		at := slices.IndexFunc(out, func(h holder) bool { return h.pid == p.PID })
		switch {
		case at >= 0:
			out[at].memory += p.Memory.Or(0)
		case p.PID == os.Getpid(), slices.ContainsFunc(shims, func(s agents.Shim) bool { return s.ID.PID == p.PID }), !d.exists(p.PID), !watcher.OpensFiles(p.PID):
		default:
			out = append(out, holder{p.PID, p.Memory.Or(0)})
		}
	}
	slices.SortStableFunc(out, func(a, b holder) int { return cmp.Compare(b.memory, a.memory) })
	return out
}

func (d *Doctor) exists(pid int) bool {
	_, err := os.Stat(d.path(pid, "stat"))
	return err == nil
}
