package procs

import (
	"bytes"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Variables are kept only when they are on one of these lists: those that set
// up an allocator, by framework, and those that tell rank and job.
var settingNames = map[string][]string{
	"pytorch":    {"PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_NO_CUDA_MEMORY_CACHING"},
	"jax":        {"XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_PYTHON_CLIENT_MEM_FRACTION", "XLA_CLIENT_MEM_FRACTION", "XLA_PYTHON_CLIENT_ALLOCATOR"},
	"tensorflow": {"TF_FORCE_GPU_ALLOW_GROWTH", "TF_GPU_ALLOCATOR"},
}

// jobNames are variables that name a job, with the word that goes before.
var jobNames = []struct{ word, name string }{
	{"slurm", "SLURM_JOB_ID"}, {"slurm", "SLURM_JOBID"}, {"pbs", "PBS_JOBID"}, {"lsf", "LSB_JOBID"}, {"flux", "FLUX_JOB_ID"}, {"ray", "RAY_JOB_ID"},
}

var rankNames = [][2]string{{"RANK", "WORLD_SIZE"}, {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"}}

var podNames = [2]string{"POD_NAMESPACE", "POD_NAME"}

var allowed = func() map[string]bool {
	names := map[string]bool{podNames[0]: true, podNames[1]: true}
	for _, list := range settingNames {
		for _, name := range list {
			names[name] = true
		}
	}
	for _, job := range jobNames {
		names[job.name] = true
	}
	for _, pair := range rankNames {
		names[pair[0]], names[pair[1]] = true, true
	}
	for _, list := range [][]string{ranks.Names(), whereNames} {
		for _, name := range list {
			names[name] = true
		}
	}
	return names
}()

// environ holds the allowed variables of a process.
type environ map[string]string

// parseEnviron keeps the allowed variables of the text of /proc/PID/environ.
func parseEnviron(data []byte) environ {
	env := environ{}
	for entry := range bytes.SplitSeq(data, []byte{0}) {
		name, value, ok := bytes.Cut(entry, []byte{'='})
		if ok && len(value) > 0 && allowed[string(name)] {
			env[string(name)] = text.Clean(string(value), 512)
		}
	}
	if env[inPod] == "" {
		delete(env, hostName)
	}
	delete(env, inPod)
	return env
}

// settings are the allocator settings that the environment gives the
// framework; for an unknown one, those of PyTorch, which is the likeliest.
func (e environ) settings(framework string) fragcalc.AllocatorSettings {
	var s fragcalc.AllocatorSettings
	switch framework {
	case "", "cuda":
		framework = "pytorch"
	}
	var parts []string
	for _, name := range settingNames[framework] {
		value, ok := e[name]
		switch {
		case !ok:
		case strings.HasSuffix(name, "ALLOC_CONF"):
			if len(parts) == 0 {
				parts = append(parts, value)
			}
			if _, backend, found := strings.Cut(value, "backend:"); found {
				s.Backend, _, _ = strings.Cut(backend, ",")
				s.Backend = strings.TrimSpace(s.Backend)
			}
		default:
			parts = append(parts, name+"="+value)
		}
	}
	if len(parts) > 0 {
		s.Text, s.Source = strings.Join(parts, " "), outside
	}
	return s
}

// JobText says which part of which job a process with these variables is, for
// example "rank 3/8 slurm 4711"; it is empty when they do not tell.
func JobText(e map[string]string) string {
	var parts []string
	for _, pair := range rankNames {
		if rank := e[pair[0]]; rank != "" {
			if size := e[pair[1]]; size != "" {
				rank += "/" + size
			}
			parts = append(parts, "rank "+rank)
			break
		}
	}
	for _, job := range jobNames {
		if id := e[job.name]; id != "" {
			parts = append(parts, job.word+" "+id)
			break
		}
	}
	if pod := e[podNames[1]]; pod != "" {
		if namespace := e[podNames[0]]; namespace != "" {
			pod = namespace + "/" + pod
		}
		parts = append(parts, "pod "+pod)
	}
	return strings.Join(parts, " ")
}
