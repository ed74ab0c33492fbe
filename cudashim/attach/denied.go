package attach

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// denied says why the kernel does not let us into the process, and the way
// out.
func (t *target) denied() error {
	scope, _ := readSome("/proc/sys/kernel/yama/ptrace_scope", 16)
	info, err := os.Stat(t.path("fd"))
	owner := -1
	if err == nil {
		owner = int(info.Sys().(*syscall.Stat_t).Uid)
	}
	switch self := os.Geteuid(); {
	case self != 0 && t.uid != self:
		return deny("%d belongs to another user (uid %d): only its user and root may do this; with sudo gpufragtop attach %d", t.pid, t.uid, t.pid)
	case self != 0 && owner >= 0 && owner != t.uid:
		return deny("%d does not let other processes of its user look into it (it is not dumpable): only root may", t.pid)
	case strings.TrimSpace(scope) == "3":
		return deny("this kernel lets nobody into running processes (kernel.yama.ptrace_scope is 3, until the next boot); start it with gpufragtop run")
	case !mayTrace() && strings.TrimSpace(scope) != "" && strings.TrimSpace(scope) != "0":
		return deny("this kernel lets only root into running processes (kernel.yama.ptrace_scope is %s): with sudo gpufragtop attach %d", strings.TrimSpace(scope), t.pid)
	case self == 0 && !mayTrace():
		return deny("not permitted: this container has no CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE), or a seccomp profile forbids it")
	}
	return deny("the kernel does not permit it: a seccomp profile, a user namespace or a security module is in the way")
}

// mayTrace tells whether we have CAP_SYS_PTRACE.
func mayTrace() bool {
	const sysPtrace = 19
	status, _ := readSome("/proc/self/status", 16<<10)
	_, after, _ := strings.Cut(status, "CapEff:")
	line, _, _ := strings.Cut(after, "\n")
	caps, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return err == nil && caps>>sysPtrace&1 == 1
}
