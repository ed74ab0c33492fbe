package cudashim

import (
	"path/filepath"
	"strings"
)

// clients start a program elsewhere: in a container, on another node, as
// another user. Preloading the shim into them would instrument the wrong one.
// Launchers that execute locally (mpirun, torchrun) are not among them.
var clients = map[string]string{
	"docker":      "docker run … IMAGE",
	"podman":      "podman run … IMAGE",
	"nerdctl":     "nerdctl run … IMAGE",
	"singularity": "singularity exec … IMAGE",
	"apptainer":   "apptainer exec … IMAGE",
	"enroot":      "enroot start … IMAGE",
	"kubectl":     "kubectl exec … --",
	"oc":          "oc exec … --",
	"srun":        "srun …",
	"salloc":      "salloc …",
	"sbatch":      "",
	"qsub":        "",
	"bsub":        "",
	"ssh":         "ssh HOST",
	"sudo":        "sudo …",
	"doas":        "doas …",
	"su":          "",
}

// checkClient refuses programs that only ask others to run something.
func checkClient(argv []string, path string) error {
	name := filepath.Base(argv[0])
	before, isClient := clients[name]
	if !isClient {
		name = filepath.Base(path)
		if before, isClient = clients[name]; !isClient {
			return nil
		}
	}
	if before == "" {
		return failf(codeUsage, "this would instrument %s, not what it starts; put gpufragtop run inside the script, in front of the program that uses the GPU", name)
	}
	return failf(codeUsage, "this would instrument %s, not what it starts; put gpufragtop run behind it: %s", name,
		strings.Join([]string{before, "gpufragtop run -- COMMAND"}, " "))
}
