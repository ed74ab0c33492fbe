// Package recipe holds lines that are ready to paste: how programs are started
// with the shim where they are started by something else, each with its reason.
// The texts lie in templates, one file a recipe.
package recipe

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

//go:embed templates
var files embed.FS

// Recipe is one way in.
type Recipe struct {
	Name      string
	Short     string
	file      string
	Image     string // the image it names if none is given; empty = it names none
	Dir       string // the folder of the shim if none is given; empty = it has none
	WatchOnly bool   // nothing can be released, unless asked for
	laid      bool   // the recipe itself puts the library into Dir, or says how
}

// All are the recipes there are.
var All = []Recipe{
	{Name: "docker", Short: "an image whose programs can be seen into", file: "docker.Dockerfile", Image: "pytorch/pytorch:latest", Dir: "/opt/gpufragtop", laid: true},
	{Name: "kubernetes", Short: "a pod that gets the shim from an init container, and one that watches", file: "kubernetes.yaml",
		Image: "registry.example/gpufragtop:latest", Dir: "/opt/gpufragtop", WatchOnly: true, laid: true},
	{Name: "slurm", Short: "a batch job, and a look into it while it runs", file: "slurm.sbatch", Dir: "/shared/gpufragtop"},
	{Name: "jupyter", Short: "a kernel for notebooks", file: "jupyter.sh"},
	{Name: "torchrun", Short: "all ranks of a distributed program", file: "torchrun.sh"},
	{Name: "vllm", Short: "an inference server", file: "vllm.sh", WatchOnly: true},
	{Name: "ray", Short: "all workers of a Ray cluster", file: "ray.sh", Dir: "/opt/gpufragtop", laid: true},
	{Name: "systemd", Short: "a service", file: "systemd.conf", Dir: "/opt/gpufragtop", WatchOnly: true, laid: true},
}

// Options fill in a recipe.
type Options struct {
	Image     string
	Dir       string
	WatchOnly bool
	Version   string // of gpufragtop, as `go install` takes it
	Injection bool   // the shim has the driver's door (CUDA_INJECTION64_PATH)
	Start     bool   // and one for programs: gpufragtop_start()
}

// filled is what the templates are filled in with.
type filled struct {
	Options
	Laid bool // the library lies in Dir once the recipe is followed
}

// Defaults are the options of a recipe that was asked for without any.
func (r Recipe) Defaults() Options {
	return Options{Image: r.Image, Dir: r.Dir, WatchOnly: r.WatchOnly, Version: "latest"}
}

// What is pasted into shells, YAML and unit files has no character that means
// something there.
var (
	imageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$`)
	dirName   = regexp.MustCompile(`^/[A-Za-z0-9._/-]{1,254}$`)
	version   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$`)
)

// Text is the recipe, filled in. The error names the option that cannot be.
func (r Recipe) Text(o Options) (string, error) {
	switch {
	case r.Image != "" && !imageName.MatchString(o.Image):
		return "", fmt.Errorf("--image %q is no name of an image", o.Image)
	case r.Dir != "" && !dirName.MatchString(o.Dir):
		return "", fmt.Errorf("--dir %q: give an absolute path of letters, digits and ._-", o.Dir)
	case !version.MatchString(o.Version):
		o.Version = "latest"
	}
	o.Dir = strings.TrimRight(o.Dir, "/")
	t, err := template.ParseFS(files, "templates/"+r.file, "templates/doors.txt")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.ExecuteTemplate(&out, r.file, filled{o, r.laid}); err != nil {
		return "", err
	}
	return out.String(), nil
}
