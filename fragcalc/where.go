package fragcalc

import "strings"

// Where says in whose name a process runs: the container, pod, job step or
// unit that it lives in. All texts are cleaned; an empty one is unknown or has
// no meaning for the process. The zero Where is unknown.
type Where struct {
	// Kind is what it lives in, innermost first: "kubernetes", "docker",
	// "podman", "containerd", "cri-o", "lxc", "nspawn", "vm", "apptainer",
	// "container" (of a runtime that is not known), "slurm", "pbs", "lsf",
	// "sge", "flux", "ray", "systemd" (a unit), "session" (a user's login) or
	// "host" (none of these). Empty = unknown.
	Kind      string
	ID        string // of that: container id, job and step, unit
	Name      string // what people call it, where that is known: a pod's name, a job's
	Container string // id (64 hex digits), or name where the runtime has names only
	Pod       string // namespace/name, name, or uid, whichever is known
	PodUID    string
	SlurmJob  string
	SlurmStep string
	Unit      string // systemd unit, unescaped
	Outer     string // kind of the container around the innermost one
	Reason    string // why Kind is empty
}

// shortID is how many digits of a container's id are shown: as many as
// the runtimes' own tools show.
const shortID = 12

// Text is where the process lives in a few cells; empty when that is unknown.
func (w Where) Text() string {
	switch w.Kind {
	case "":
		return ""
	case "kubernetes":
		return "pod " + orFirst(w.Name, short(w.Pod), short(w.Container))
	case "slurm":
		return "slurm " + w.ID
	case "systemd":
		return w.Unit
	case "host", "session":
		return w.Kind
	default:
		return strings.TrimSpace(w.Kind + " " + orFirst(w.Name, short(w.Container), w.ID))
	}
}

// Full is all that is known of where the process lives, in one line; why it is
// unknown when nothing is.
func (w Where) Full() string {
	if w.Kind == "" {
		return "unknown: " + orFirst(w.Reason, "not available")
	}
	parts := []string{w.Text()}
	add := func(word, value string) {
		if value != "" && !strings.HasSuffix(parts[0], value) {
			parts = append(parts, word+" "+value)
		}
	}
	add("pod", w.Pod)
	if w.PodUID != w.Pod {
		add("uid", w.PodUID)
	}
	add("container", w.Container)
	if w.Kind != "slurm" && w.SlurmJob != "" {
		add("slurm", SlurmID(w.SlurmJob, w.SlurmStep))
	}
	add("unit", w.Unit)
	add("inside", w.Outer)
	return strings.Join(parts, ", ")
}

// SlurmID writes a job and its step as Slurm does.
func SlurmID(job, step string) string {
	if job == "" || step == "" {
		return job
	}
	return job + "." + step
}

func short(id string) string {
	if len(id) == 64 {
		return id[:shortID]
	}
	return id
}

func orFirst(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// Task says which part of which job a process is.
type Task struct {
	// JobKind is how the job is known: "slurm", "torchrun", "ray", "pbs", "lsf",
	// "sge", "flux", "rendezvous" (address and port at which its ranks meet) or
	// "launcher" (the process that started them). Empty = no job is known.
	JobKind    string
	JobID      string // two processes with equal kind and id are of one job
	Rank       Known[int]
	World      Known[int] // ranks of the whole job, on all nodes
	LocalRank  Known[int] // among those that the same launcher started on this node
	LocalWorld Known[int]
}

// UnknownTask is the task of a process of which nothing is known, for one
// reason.
func UnknownTask(reason string) Task {
	n := Unknown[int](reason)
	return Task{Rank: n, World: n, LocalRank: n, LocalWorld: n}
}
