package procs

import (
	"cmp"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

const (
	hostName = "HOSTNAME"                // in a pod, it is the pod's name
	inPod    = "KUBERNETES_SERVICE_HOST" // set in pods
)

// whereNames are variables that tell where a process lives.
var whereNames = []string{
	"POD_NAME", "POD_NAMESPACE", inPod, hostName, "APPTAINER_NAME", "SINGULARITY_NAME", "SLURM_JOB_NAME",
}

// Where says where a process lives and which part of which job it is. env are
// its variables as its page tells them; without a page those that were read
// from outside stand in. Control groups come first, and variables fill in what
// no group names: a pod's name, a job's number.
func (f *Facts) Where(env map[string]string) (fragcalc.Where, fragcalc.Task) {
	if env == nil {
		if f.outside != nil {
			return f.outside.where, f.outside.task
		}
		env = f.Env
	}
	w := f.where(env)
	return w, ranks.Read(env, w, f.Launcher)
}

// placed is what Where says without a page, found out once.
type placed struct {
	where fragcalc.Where
	task  fragcalc.Task
}

func (f *Facts) where(env map[string]string) fragcalc.Where {
	p := &f.Place
	w := fragcalc.Where{
		Container: p.Container, PodUID: p.PodUID, Pod: cmp.Or(p.PodUID, p.Pod), Outer: p.Outer, Unit: p.Unit,
		SlurmJob: p.SlurmJob, SlurmStep: p.SlurmStep,
	}
	if job := cmp.Or(env["SLURM_JOB_ID"], env["SLURM_JOBID"]); job != "" {
		w.SlurmJob, w.SlurmStep = job, cmp.Or(p.SlurmStep, ranks.SlurmStep(env["SLURM_STEP_ID"]))
	}
	pod := podName(env)
	image := cmp.Or(env["APPTAINER_NAME"], env["SINGULARITY_NAME"])
	queue, job := ranks.QueueOf(env)
	untold := !p.Told || p.Root && f.Narrow
	switch {
	case p.PodUID != "", pod != "" && (p.Container != "" || untold):
		w.Kind, w.ID, w.Name = "kubernetes", cmp.Or(p.PodUID, pod), pod
		if pod != "" {
			w.Pod = pod
			if namespace := env["POD_NAMESPACE"]; namespace != "" {
				w.Pod = namespace + "/" + pod
			}
		}
	case p.Container != "":
		w.Kind, w.ID = p.Runtime, p.Container
	case w.SlurmJob != "":
		w.Kind, w.ID, w.Name = "slurm", fragcalc.SlurmID(w.SlurmJob, w.SlurmStep), env["SLURM_JOB_NAME"]
		w.Container = image
	case queue != "":
		w.Kind, w.ID, w.Container = queue, job, image
	case image != "": // has no control group of its own
		w.Kind, w.ID, w.Name, w.Container = "apptainer", image, image, image
	case p.Unit != "" && !p.Session, p.Session && isService(p.Unit):
		w.Kind, w.ID = "systemd", p.Unit
	case p.Session:
		w.Kind, w.ID = "session", p.Unit
	case untold:
		w.Reason = f.whyUntold()
	default:
		w.Kind = "host"
	}
	return w
}

// whyUntold says why no place is known.
func (f *Facts) whyUntold() string {
	switch {
	case f.Late:
		return "the process did not let itself be read in time"
	case !f.Place.Told:
		return "its control groups cannot be read"
	default:
		return "this monitor runs in a container and sees no control groups outside of it"
	}
}

// podName is the name of the pod that the variables tell, empty when they do
// not. HOSTNAME is among them only where it is a pod's: see parseEnviron, and
// csrc/process.c for pages.
func podName(env map[string]string) string { return cmp.Or(env["POD_NAME"], env[hostName]) }

// isService tells whether a unit of a user's session is a service that the user
// has set up, and not the session itself, a terminal or a desktop's program.
func isService(unit string) bool {
	return strings.HasSuffix(unit, ".service") && !strings.HasPrefix(unit, "user@") && !strings.HasPrefix(unit, "app-")
}
