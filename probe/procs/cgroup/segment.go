package cgroup

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// unnamed is a container of a runtime that the names do not tell.
const unnamed = "container"

// walker is the way down a path.
type walker struct {
	Place
	parent string
	slurm  bool // below the control group of Slurm's daemon
	kube   bool // below kubepods
}

// step takes one segment into account. Each is one thing only.
func (w *walker) step(segment string) {
	switch {
	case strings.HasPrefix(segment, "libpod-conmon-"), strings.HasPrefix(segment, "crio-conmon-"): // it watches a container and is in none
	case w.kubernetes(segment), w.podman(segment), w.slurmStep(segment):
	case w.containerID(segment), w.machine(segment):
	case segment == "user.slice":
		w.Session = w.Runtime == ""
	default:
		w.unit(segment)
	}
}

// enter goes into a container. What was around it is outside.
func (w *walker) enter(runtime, id string) {
	if w.Container != "" {
		w.Outer = w.Runtime
	}
	w.Runtime, w.Container, w.Unit = runtime, id, ""
}

var runtimes = map[string]string{
	"docker": "docker", "libpod": "podman", "libpod-payload": "podman", "crio": "cri-o", "cri-o": "cri-o", "cri-containerd": "containerd",
	"containerd": "containerd", "nerdctl": "containerd", "moby": "docker",
}

// parents are groups that hold plain ids.
var parents = map[string]string{
	"docker": "docker", "buildkit": "docker", "moby": "docker", "libpod_parent": "podman", "default": "containerd", "k8s.io": "containerd",
	"nerdctl": "containerd",
}

// containerID recognises a container by its id: RUNTIME-ID.scope, RUNTIME-ID,
// ID, SLICE:RUNTIME:ID.
func (w *walker) containerID(segment string) bool {
	body := strings.TrimSuffix(segment, ".scope")
	if slice, rest, ok := strings.Cut(body, ":"); ok {
		runtime, id, ok := strings.Cut(rest, ":")
		if !ok || !isID(id) {
			return false
		}
		w.kubernetes(slice)
		w.enter(runtimeOf(runtime), id)
		return true
	}
	if isID(body) {
		runtime := parents[w.parent]
		if runtime == "" {
			runtime = unnamed
		}
		w.enter(runtime, body)
		return true
	}
	at := strings.LastIndexByte(body, '-')
	if at <= 0 || !isID(body[at+1:]) {
		return false
	}
	unit := w.Unit
	w.enter(runtimeOf(body[:at]), body[at+1:])
	if body[:at] == "libpod-payload" {
		w.Unit = unit // podman runs it inside of the unit that it was started by
	}
	return true
}

func runtimeOf(prefix string) string {
	if runtime := runtimes[prefix]; runtime != "" {
		return runtime
	}
	return unnamed
}

// kubernetes recognises pods: kubepods[-QOS]-podUID.slice, with any prefix, and
// podUID below kubepods.
func (w *walker) kubernetes(segment string) bool {
	body, slice := strings.CutSuffix(segment, ".slice")
	if at := strings.Index(body, "kubepods"); at == 0 || at > 0 && body[at-1] == '-' {
		w.kube = true
		_, uid, ok := strings.Cut(body[at:], "-pod")
		if uid = podUID(uid); slice && ok && uid != "" {
			w.pod(uid, "")
		}
		return slice || body == "kubepods"
	}
	if !w.kube {
		return false
	}
	if uid, ok := strings.CutPrefix(segment, "pod"); ok && podUID(uid) != "" {
		w.pod(podUID(uid), "")
		return true
	}
	return segment == "burstable" || segment == "besteffort" || segment == "guaranteed"
}

// podman recognises its pods.
func (w *walker) podman(segment string) bool {
	body := strings.TrimSuffix(segment, ".slice")
	if _, id, ok := strings.Cut(body, "libpod_pod_"); ok && isID(id) {
		w.pod("", id)
		return true
	}
	return segment == "libpod_parent"
}

func (w *walker) pod(uid, id string) {
	w.PodUID, w.Pod, w.Unit = uid, id, ""
}

// slurmStep recognises jobs and steps below slurm[_NODE] (version 1) or
// [NODE_]slurmstepd.scope (version 2).
func (w *walker) slurmStep(segment string) bool {
	switch {
	case segment == "slurm" && !w.slurm, strings.HasPrefix(segment, "slurm_") && !strings.HasSuffix(segment, ".scope") && !strings.HasSuffix(segment, ".service") && !strings.HasSuffix(segment, ".slice"),
		segment == "slurmstepd.scope", strings.HasSuffix(segment, "_slurmstepd.scope"):
		w.slurm = true
		return true
	case !w.slurm:
		return false
	}
	job, named := strings.CutPrefix(segment, "job_")
	if isSLUID(job) || named && isDigits(job) {
		w.SlurmJob, w.SlurmStep, w.Unit = job, "", ""
		return true
	}
	if step, ok := strings.CutPrefix(segment, "step_"); ok && w.SlurmJob != "" {
		if isDigits(step) || step == "batch" || step == "extern" || step == "interactive" {
			w.SlurmStep = step
		}
		return true
	}
	return strings.HasPrefix(segment, "uid_") || strings.HasPrefix(segment, "task_") || segment == "user" || segment == "slurm" || segment == "system"
}

// machine recognises what has a name only: LXC, systemd's machines.
func (w *walker) machine(segment string) bool {
	for _, prefix := range []string{"lxc.payload.", "lxc.monitor."} {
		if name, ok := strings.CutPrefix(segment, prefix); ok && name != "" {
			w.enter("lxc", clean(name))
			return true
		}
	}
	switch {
	case w.parent == "lxc" || w.parent == "lxc.payload" || w.parent == "lxc.monitor":
		w.enter("lxc", clean(segment))
		return true
	case segment == "lxc", segment == "lxc.payload", segment == "lxc.monitor":
		return true
	}
	name := unescape(segment)
	if machine, ok := cutBoth(name, "systemd-nspawn@", ".service"); ok {
		w.enter("nspawn", clean(machine))
		return true
	}
	if machine, ok := cutBoth(name, "machine-", ".scope"); ok && strings.HasSuffix(w.parent, ".slice") {
		runtime := "nspawn"
		switch {
		case strings.HasPrefix(machine, "qemu-"):
			runtime = "vm"
		case strings.HasPrefix(machine, "lxc-"):
			runtime = "lxc"
		}
		w.enter(runtime, clean(machine))
		return true
	}
	return false
}

// unit keeps the innermost service or scope.
func (w *walker) unit(segment string) {
	if segment == "init.scope" || !strings.HasSuffix(segment, ".service") && !strings.HasSuffix(segment, ".scope") {
		return
	}
	w.Unit = clean(unescape(segment))
}

// cutBoth takes a prefix and a suffix off, and something must be left.
func cutBoth(s, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, suffix)
	return s, ok && s != ""
}

func clean(name string) string { return text.Clean(name, maxName) }
