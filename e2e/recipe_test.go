package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A recipe is ready to paste: the text alone, with reasons, and no word of what
// was to be filled in.
func TestRecipes(t *testing.T) {
	for name, words := range map[string][]string{
		"docker": {"FROM golang", "COPY --from=gpufragtop /opt/gpufragtop", "ENV LD_PRELOAD=/opt/gpufragtop/libgpufragtop.so", "--pid=host"},
		"kubernetes": {"initContainers:", "emptyDir: {}", "shareProcessNamespace", "hostPID: true", "/gpufragtop/libgpufragtop.so",
			"GPUFRAGTOP_ALLOW_RELEASE"},
		"slurm":    {"#!/bin/bash\n", "#SBATCH", "srun /shared/gpufragtop/gpufragtop run -- python train.py", "--overlap --pty"},
		"jupyter":  {"kernel.json", "ipykernel_launcher"},
		"torchrun": {"gpufragtop run -- torchrun"},
		"vllm":     {"gpufragtop run --watch-only -- vllm serve"},
		"ray":      {"gpufragtop run -- ray start --head"},
		"systemd":  {"[Service]", "Environment=LD_PRELOAD=/opt/gpufragtop/libgpufragtop.so", "Environment=GPUFRAGTOP_ALLOW_RELEASE=0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := invoke(t, nil, "recipe", name)
			if got.code != 0 || got.stderr != "" {
				t.Fatalf("%+v", got)
			}
			for _, word := range words {
				if !strings.Contains(got.stdout, word) {
					t.Errorf("it does not say %q:\n%s", word, got.stdout)
				}
			}
			for _, bad := range []string{"{{", "<no value>"} {
				if strings.Contains(got.stdout, bad) {
					t.Errorf("it says %q:\n%s", bad, got.stdout)
				}
			}
			if strings.Count(got.stdout, "\n#")+strings.Count(got.stdout, "  #") < 2 {
				t.Errorf("it gives no reasons:\n%s", got.stdout)
			}
		})
	}
}

func TestRecipeFlags(t *testing.T) {
	const off = "GPUFRAGTOP_ALLOW_RELEASE"
	for _, c := range []struct {
		args []string
		has  string
		not  string
	}{
		{[]string{"docker", "--image", "nvcr.io/nvidia/pytorch:25.01-py3"}, "FROM nvcr.io/nvidia/pytorch:25.01-py3", "FROM pytorch"},
		{[]string{"docker", "--watch-only"}, "ENV " + off + "=0", "<none>"},
		{[]string{"docker"}, "LD_PRELOAD", off},
		{[]string{"systemd", "--watch-only=false"}, "LD_PRELOAD", off},
		{[]string{"kubernetes", "--watch-only=false"}, "LD_PRELOAD", off},
		{[]string{"vllm", "--watch-only=false"}, "run -- vllm", "run --watch-only"},
		{[]string{"slurm", "--dir", "/gpfs/tools/", "--watch-only"}, "srun /gpfs/tools/gpufragtop run --watch-only -- python", "/shared"},
	} {
		got := invoke(t, nil, append([]string{"recipe"}, c.args...)...)
		if got.code != 0 || !strings.Contains(got.stdout, c.has) || strings.Contains(got.stdout, c.not) {
			t.Errorf("%v: code %d\n%s%s", c.args, got.code, got.stdout, got.stderr)
		}
	}
	for _, c := range [][]string{
		{}, {"podman"}, {"docker", "more"}, {"docker", "--image", "a b"}, {"docker", "--image", "x\nRUN evil"},
		{"slurm", "--dir", "relative"}, {"slurm", "--dir", "/a;rm -rf /"}, {"torchrun", "--image", "x"},
	} {
		got := invoke(t, nil, append([]string{"recipe"}, c...)...)
		if got.code != 2 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%q: %+v", c, got)
		}
	}
}

// A recipe names no library that it does not say how to get.
func TestRecipesSayWhereTheLibraryComesFrom(t *testing.T) {
	for name, word := range map[string]string{
		"slurm": "gpufragtop shim install /shared/gpufragtop", "ray": "gpufragtop shim install /opt/gpufragtop", "systemd": "gpufragtop shim install /opt/gpufragtop",
		"jupyter": "gpufragtop shim path", "torchrun": "gpufragtop shim path", "vllm": "gpufragtop shim path",
	} {
		text := invoke(t, nil, "recipe", name).stdout
		if !strings.Contains(text, word) || strings.Contains(text, "PATH/libgpufragtop.so") {
			t.Errorf("%s does not say %q:\n%s", name, word, text)
		}
	}
	if text := invoke(t, nil, "recipe", "ray").stdout; !strings.Contains(text, "workers themselves must have LD_PRELOAD") {
		t.Errorf("ray: nothing of the workers:\n%s", text)
	}
}

// Without gpufragtop on PATH no kernel is written that could not start.
func TestTheKernelRecipeWithoutTheProgram(t *testing.T) {
	data := t.TempDir()
	command := exec.Command("bash")
	command.Stdin = strings.NewReader(invoke(t, nil, "recipe", "jupyter").stdout)
	command.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + data, "JUPYTER_DATA_DIR=" + data}
	out, err := command.CombinedOutput()
	left, _ := filepath.Glob(filepath.Join(data, "*"))
	if len(left) > 0 || !strings.Contains(string(out), "gpufragtop or python3 is not on PATH") {
		t.Errorf("%v, left %v: %s", err, left, out)
	}
}

// The doors that a recipe names are doors of the shim.
func TestRecipesNameTheDoorsThereAre(t *testing.T) {
	exports := invoke(t, nil, "shim", "verify").stdout
	for door, word := range map[string]string{"InitializeInjection": "CUDA_INJECTION64_PATH", "gpufragtop_start": "gpufragtop_start()"} {
		for _, name := range []string{"docker", "systemd", "vllm"} {
			text := invoke(t, nil, "recipe", name).stdout
			if has := strings.Contains(exports, " "+door+"\n"); has != strings.Contains(text, word) {
				t.Errorf("%s names %s: %t; the shim has it: %t", name, word, !has, has)
			}
		}
	}
}
