package procs

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/process"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/procs/cgroup"
)

// view is what a look at a process shows, beyond its stat.
type view struct {
	uid       int // -1 when unknown
	command   string
	shellLine string
	innerPID  int
	framework fragcalc.Framework
	settings  fragcalc.AllocatorSettings
	job       string
	env       environ      // nil when it may not be read, or was not
	place     cgroup.Place // its control groups
	gpu       bool         // it has a GPU open
	denied    bool         // its maps and environment may not be read
}

// look reads everything about a process but its stat. It may block for as long
// as the process is stuck in the kernel. What it computes with is not looked
// for again once last knows it: reading the maps costs the process something.
func (r *Reader) look(s stat, last *view, instrumented bool) view {
	ctx := context.WithValue(context.Background(), common.EnvKey, common.EnvMap{common.HostProcEnvKey: r.root})
	v := view{uid: -1, place: r.place(s.PID)}
	if last != nil {
		v.innerPID = last.innerPID // for life
	} else {
		v.innerPID = r.innerPID(s.PID)
	}
	v.command, v.shellLine = r.command(s)
	p := process.Process{Pid: int32(s.PID)}
	if uids, err := p.UidsWithContext(ctx); err == nil && len(uids) > 0 {
		v.uid = int(uids[0])
	}
	if instrumented {
		v.gpu = true
		return v
	}
	if last != nil && last.framework.Name != "" && last.framework.Name != "cuda" {
		v.framework, v.settings, v.job, v.env, v.gpu, v.denied = last.framework, last.settings, last.job, last.env, last.gpu, last.denied
		return v
	}
	maps, err := open(r.path(s.PID, "maps"))
	if err == nil {
		m := readMaps(maps)
		maps.Close()
		v.framework, v.gpu = m.framework, m.gpu
	}
	v.denied = os.IsPermission(err) || r.closed(s.PID)
	if v.framework.Name == "" {
		v.framework = frameworkOfCommand(v.command)
	}
	v.gpu = v.gpu || !r.hostPIDs && r.hasDevice(s.PID)
	if data, err := r.read(s.PID, "environ", maxEnviron); err == nil {
		v.env = parseEnviron(data)
		v.settings, v.job = v.env.settings(v.framework.Name), JobText(v.env)
	}
	return v
}

// place is where the process's control groups say it lives. The file is small
// and anybody's to read, also where the process itself may not be looked into.
func (r *Reader) place(pid int) cgroup.Place {
	groups, err := r.read(pid, "cgroup", maxGroups)
	if err != nil {
		return cgroup.Place{}
	}
	return cgroup.Parse(string(groups))
}

// closed tells whether the descriptors, among which a page would be, may not be
// read. Between user namespaces the kernel can allow the one and not the other.
func (r *Reader) closed(pid int) bool {
	fds, err := open(r.path(pid, "fd"))
	if err == nil {
		fds.Close()
	}
	return os.IsPermission(err)
}

// command is the command line; zombies and kernel threads have none, they go
// by their name. shell is it as a shell takes it; empty where there is none.
func (r *Reader) command(s stat) (shown, shell string) {
	line, err := r.read(s.PID, "cmdline", maxCommand)
	line = bytes.TrimRight(line, "\x00")
	if err != nil || len(line) == 0 {
		return bracketed(s.name), ""
	}
	args := strings.Split(string(line), "\x00")
	return command(args), shellLine(args)
}

// innerPID is the process's PID in its own PID namespace: the last of NSpid.
func (r *Reader) innerPID(pid int) int {
	status, err := r.read(pid, "status", maxStatus)
	if err != nil {
		return pid
	}
	for line := range bytes.Lines(status) {
		if pids, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			fields := bytes.Fields(pids)
			if len(fields) > 0 {
				if inner, err := strconv.Atoi(string(fields[len(fields)-1])); err == nil {
					return inner
				}
			}
		}
	}
	return pid
}

// hasDevice tells whether the process has a device of the NVIDIA driver open.
func (r *Reader) hasDevice(pid int) bool {
	dir, err := open(r.path(pid, "fd"))
	if err != nil {
		return false
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(maxFDs)
	for _, name := range names {
		if target, err := os.Readlink(r.path(pid, "fd/"+name)); err == nil && strings.HasPrefix(target, "/dev/nvidia") {
			return true
		}
	}
	return false
}

// bracketed shows a name that is not a command line as ps does.
func bracketed(name string) string { return "[" + text.Clean(name, 64) + "]" }
