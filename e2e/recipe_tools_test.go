//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// checkers is the python that has the tools which check recipes: made once by
// recipes/install.
var checkers = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("recipes/install").Output()
	if err != nil {
		return "", fmt.Errorf("recipes/install: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})

func checkerPython(t *testing.T) string {
	t.Helper()
	python, err := checkers()
	if err != nil {
		t.Fatal(err)
	}
	return python
}

// tool runs a checker on a text and returns what it said, on both outputs.
func tool(t *testing.T, input string, env []string, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func recipeText(t *testing.T, args ...string) string {
	t.Helper()
	got := invoke(t, nil, append([]string{"recipe"}, args...)...)
	if got.code != 0 {
		t.Fatalf("%+v", got)
	}
	return got.stdout
}

// both are a recipe with and without releases.
func both(t *testing.T, name string) []string {
	return []string{recipeText(t, name, "--watch-only"), recipeText(t, name, "--watch-only=false")}
}

func TestRecipesForShells(t *testing.T) {
	for _, name := range []string{"slurm", "jupyter", "torchrun", "vllm", "ray"} {
		for _, text := range both(t, name) {
			if out, err := tool(t, text, nil, "bash", "-n"); err != nil || out != "" {
				t.Errorf("%s: %v: %s", name, err, out)
			}
		}
	}
	if _, err := tool(t, "if true; then", nil, "bash", "-n"); err == nil {
		t.Error("bash finds nothing wrong with anything")
	}
}

func TestRecipeForDocker(t *testing.T) {
	build := func(text string) (string, error) {
		cmd := exec.Command("go", "run", ".")
		cmd.Dir = "dockerfile"
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := build("FROM a\nCOPIE b c\n"); err == nil {
		t.Errorf("BuildKit's reader finds nothing wrong with anything: %s", out)
	}
	for _, text := range both(t, "docker") {
		out, err := build(text)
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, out, text)
		}
		emulateImage(t, out)
	}
}

// emulateImage does what an image's instructions say, in a folder that stands
// for its root, and starts a program with its environment.
func emulateImage(t *testing.T, instructions string) {
	t.Helper()
	roots := map[string]string{}
	root, env := "", []string{}
	for line := range strings.Lines(instructions) {
		words := strings.Fields(line)
		switch {
		case words[0] == "FROM":
			root = t.TempDir()
			if len(words) > 2 {
				roots[words[2]] = root
			}
		case strings.HasPrefix(line, "RUN gpufragtop shim install "):
			if got := invoke(t, nil, "shim", "install", root+words[4]); got.code != 0 {
				t.Fatalf("%s: %+v", line, got)
			}
		case words[0] == "COPY":
			from := roots[strings.TrimPrefix(words[1], "--from=")]
			if out, err := exec.Command("cp", "-r", "-T", from+words[2], mkdirs(t, root+words[3])).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", line, err, out)
			}
		case words[0] == "ENV":
			name, value, _ := strings.Cut(words[1], "=")
			if strings.HasPrefix(value, "/") {
				value = root + value
			}
			env = append(env, name+"="+value)
		}
	}
	out, err := tool(t, "", env, "sh", "-c", "grep -c libgpufragtop.so /proc/self/maps; echo $GPUFRAGTOP_ALLOW_RELEASE")
	if err != nil || strings.HasPrefix(out, "0") || strings.Contains(out, "ERROR") {
		t.Errorf("a program in the image: %v: %s", err, out)
	}
}

func mkdirs(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// manifest is what the test needs of a pod.
type manifest struct {
	Kind string
	Spec struct {
		HostPID                    bool
		InitContainers, Containers []struct {
			Command      []string
			Env          []struct{ Name, Value string }
			VolumeMounts []struct {
				Name, MountPath string
				ReadOnly        bool
			}
		}
		Volumes []struct{ Name string }
	}
}

func TestRecipeForKubernetes(t *testing.T) {
	python := checkerPython(t)
	for _, text := range both(t, "kubernetes") {
		if out, err := tool(t, strings.Replace(text, "initContainers:", "initContainer:", 1), nil, python, "recipes/manifest.py"); err == nil {
			t.Errorf("a field that does not exist is accepted: %s", out)
		}
		out, err := tool(t, text, nil, python, "recipes/manifest.py")
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var pods []manifest
		for line := range strings.Lines(out) {
			var pod manifest
			if err := json.Unmarshal([]byte(line), &pod); err != nil {
				t.Fatal(err)
			}
			pods = append(pods, pod)
		}
		if len(pods) != 2 || !pods[1].Spec.HostPID {
			t.Fatalf("%+v", pods)
		}
		emulatePod(t, pods[0])
	}
}

// emulatePod does what the init container does, and starts a program as the
// container would, with a folder for the volume that both mount.
func emulatePod(t *testing.T, pod manifest) {
	t.Helper()
	image, volume := t.TempDir(), t.TempDir()
	if got := invoke(t, nil, "shim", "install", image+"/opt/gpufragtop"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	first, main := pod.Spec.InitContainers[0], pod.Spec.Containers[0]
	mount := first.VolumeMounts[0].MountPath
	inside := func(path string) string {
		if rest, ok := strings.CutPrefix(path, mount+"/"); ok {
			return filepath.Join(volume, rest)
		}
		if strings.HasPrefix(path, "/") {
			return image + path
		}
		return path
	}
	var command []string
	for _, word := range first.Command {
		command = append(command, inside(word))
	}
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v %s", command, err, out)
	}
	if main.VolumeMounts[0].MountPath != mount || !main.VolumeMounts[0].ReadOnly || len(pod.Spec.Volumes) != 1 {
		t.Errorf("the volume: %+v, %+v", main.VolumeMounts, pod.Spec.Volumes)
	}
	var env []string
	for _, e := range main.Env {
		if e.Value != "" {
			env = append(env, e.Name+"="+inside(e.Value))
		}
	}
	if out, err := tool(t, "", env, "sh", "-c", "grep -c libgpufragtop.so /proc/self/maps"); err != nil || strings.HasPrefix(out, "0") {
		t.Errorf("a program in the pod: %v: %s, environment %v", err, out, env)
	}
}

func TestRecipeForSystemd(t *testing.T) {
	verify := func(dropIn string) (string, error) {
		dir := t.TempDir()
		mkdirs(t, filepath.Join(dir, "served.service.d"))
		for name, text := range map[string]string{"served.service": "[Service]\nExecStart=/bin/true\n", "served.service.d/gpufragtop.conf": dropIn} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return tool(t, "", []string{"SYSTEMD_UNIT_PATH=" + dir + ":"}, "systemd-analyze", "verify", "--man=no", filepath.Join(dir, "served.service"))
	}
	for _, text := range both(t, "systemd") {
		if out, err := verify(text); err != nil || out != "" {
			t.Errorf("%v: %s", err, out)
		}
		if out, _ := verify(strings.Replace(text, "Environment=", "Envvironment=", 1)); !strings.Contains(out, "gpufragtop.conf") {
			t.Errorf("the drop-in is not looked at: %s", out)
		}
	}
}

// The kernel of the recipe runs as Jupyter runs kernels, with the shim in it,
// and can be interrupted.
func TestRecipeForJupyter(t *testing.T) {
	python := checkerPython(t)
	dir := t.TempDir()
	env := []string{"HOME=" + dir, "JUPYTER_DATA_DIR=" + dir + "/data", "GPUFRAGTOP_CACHE_DIR=" + dir + "/cache", "LD_PRELOAD=",
		"PATH=" + filepath.Dir(binary) + ":" + filepath.Dir(python) + ":" + os.Getenv("PATH")}
	for _, flag := range []string{"--watch-only", "--watch-only=false"} {
		if out, err := tool(t, recipeText(t, "jupyter", flag), env, "bash", "-eu"); err != nil || out != "" {
			t.Fatalf("%v: %s", err, out)
		}
		content, err := os.ReadFile(dir + "/data/kernels/gpufragtop/kernel.json")
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.DisallowUnknownFields()
		var kernel struct {
			Argv                    []string
			DisplayName             string `json:"display_name"`
			Language, InterruptMode string
			Mode                    string         `json:"interrupt_mode"`
			Metadata                map[string]any `json:"metadata"`
		}
		if err := decoder.Decode(&kernel); err != nil || len(kernel.Argv) < 8 || kernel.Argv[0] != binary || kernel.Argv[len(kernel.Argv)-1] != "{connection_file}" {
			t.Errorf("%v: %s", err, content)
		}
	}
	out, err := tool(t, "", env, python, "recipes/kernel.py")
	if err != nil || !strings.Contains(out, dir+"/cache/") || !strings.Contains(out, "True\nKeyboardInterrupt") {
		t.Errorf("%v: %s", err, out)
	}
}

// The line for torchrun, with real PyTorch: each rank is seen into.
func TestRecipeForTorchrun(t *testing.T) {
	b := newBench(t, "GFT_FAKE_DEVICES=2")
	dir := t.TempDir()
	script := "#!/bin/sh\nexec " + b.py + " -W ignore -m torch.distributed.run \"$@\"\n"
	program := `import os, time, torch
kept = torch.zeros(1 << 20, device="cuda:" + os.environ["LOCAL_RANK"])
end = time.time() + 120
while time.time() < end and not os.path.exists("stop"):
    time.sleep(0.05)
`
	for name, text := range map[string]string{"torchrun": script, "train.py": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("bash", "-eu")
	command.Dir = dir
	command.Stdin = strings.NewReader(strings.Replace(recipeText(t, "torchrun"), "--nproc-per-node=8", "--nproc-per-node=2", 1))
	command.Env = append(b.env, "PATH="+dir+":"+filepath.Dir(binary)+":"+os.Getenv("PATH"), "OMP_NUM_THREADS=1")
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() { _ = command.Process.Kill() })
	ranks := func() int {
		out, _ := tool(t, "", b.env, binary, "--json")
		var document struct {
			Processes []struct {
				Instrumented bool
				Command      string
				Reserved     *int64 `json:"reserved_bytes"`
			}
		}
		_ = json.Unmarshal([]byte(out), &document) // not whole: asked again
		n := 0
		for _, p := range document.Processes {
			if p.Instrumented && strings.Contains(p.Command, "train.py") && p.Reserved != nil {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(2 * hang); ranks() != 2; {
		if time.Now().After(end) {
			t.Fatalf("%d of 2 ranks are seen into: %s", ranks(), said.String())
		}
		time.Sleep(200 * time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(dir, "stop"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%v: %s", err, said.String())
		}
	case <-time.After(hang):
		t.Error("torchrun did not end")
	}
}
