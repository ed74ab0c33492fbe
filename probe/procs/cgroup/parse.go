// Package cgroup reads /proc/PID/cgroup: which container, pod, job step or unit
// a process lives in, as far as the names of its control groups tell. Names are
// conventions of runtimes and service managers; some can be chosen by their
// users, so what is read here labels a process and proves nothing.
package cgroup

import "strings"

// Bounds of what is looked at.
const (
	maxLines    = 64
	maxSegments = 64 // of a path, from its end: the innermost names count
	maxName     = 128
)

// Place is where a process lives.
type Place struct {
	// Runtime is what made the innermost container: "docker", "podman",
	// "containerd", "cri-o", "lxc", "nspawn", "vm", or "container" where the
	// names do not tell. Empty = no container.
	Runtime   string
	Container string // its id (64 hex digits), or its name where the runtime has names only
	PodUID    string // of a Kubernetes pod, with dashes; static pods have 32 hex digits
	Pod       string // id of a pod of podman
	SlurmJob  string // number, or SLUID
	SlurmStep string
	Unit      string // innermost systemd unit that is not one of the above, unescaped
	Session   bool   // below a user's slice
	Outer     string // runtime of the container around the innermost one
	Root      bool   // no control group but the root is named
	Told      bool   // the file told anything at all
}

// Parse reads the text of /proc/PID/cgroup, of version 1, 2 or both.
func Parse(text string) Place {
	var places []Place
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimRight(line, "\n"), ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			continue
		}
		p := parsePath(fields[2])
		// The hierarchies in which units are kept come first: where they name
		// one, the others do not.
		if fields[1] == "" || fields[1] == "name=systemd" {
			places = append([]Place{p}, places...)
		} else {
			places = append(places, p)
		}
		if len(places) == maxLines {
			break
		}
	}
	return merge(places)
}

// merge takes each part from the hierarchy that tells most of it. A unit in a
// hierarchy that knows nothing of the container or step is the one of the
// runtime, not the process's.
func merge(places []Place) Place {
	var out Place
	out.Root = true
	for _, p := range places {
		out.Told = true
		out.Root = out.Root && p.Root
		out.Session = out.Session || p.Session
		if p.contained() > out.contained() {
			out.Runtime, out.Container, out.PodUID, out.Pod, out.Outer = p.Runtime, p.Container, p.PodUID, p.Pod, p.Outer
		}
		if out.SlurmJob == "" || out.SlurmJob == p.SlurmJob && out.SlurmStep == "" {
			out.SlurmJob, out.SlurmStep = p.SlurmJob, p.SlurmStep
		}
	}
	out.Root = out.Root && out.Told
	for _, p := range places {
		if p.Unit != "" && p.Container == out.Container && (p.SlurmJob == out.SlurmJob || out.Container != "") {
			out.Unit = p.Unit
			break
		}
	}
	return out
}

// contained is how much is told of containers.
func (p *Place) contained() int {
	n := 0
	for _, told := range []bool{p.Container != "", p.PodUID != "" || p.Pod != "", p.Outer != "", p.Runtime != "" && p.Runtime != unnamed} {
		if told {
			n++
		}
	}
	return n
}

// parsePath walks down one path.
func parsePath(path string) Place {
	w := walker{Place: Place{Root: true}}
	segments := strings.Split(path, "/")
	if len(segments) > maxSegments {
		segments = segments[len(segments)-maxSegments:]
	}
	for _, segment := range segments {
		switch segment {
		case "", ".", "..": // ".." leads out of a namespace of control groups
			continue
		}
		if segment != "init.scope" {
			w.Root = false
		}
		w.step(segment)
		w.parent = segment
	}
	return w.Place
}
