package doctor

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

// started starts a program that lives until the test ends, and waits for its
// first line if it is to print one.
func started(t *testing.T, ready bool, env []string, args ...string) int {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if ready {
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "ready") {
			t.Fatalf("%v said %q, %v", args, line, err)
		}
	}
	return cmd.Process.Pid
}

func examineReal(t *testing.T, pid int, o Options) wayin.Report {
	t.Helper()
	o.Shim.SourceHash, o.Shim.Layout = goodShim().SourceHash, goodShim().Layout
	r := New(o).Process(context.Background(), pid)
	whole(t, r)
	return r
}

func TestNoSuchProcess(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	r := examineReal(t, ended.Process.Pid, Options{})
	says(t, r, "process", wayin.Problem, "no process")
	if !r.Blocked() || r.Line != "" {
		t.Errorf("%+v", r)
	}
}

func TestAZombie(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	for { // until it has ended
		if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid)); bytes.Contains(stat, []byte(") Z ")) {
			break
		}
	}
	says(t, examineReal(t, cmd.Process.Pid, Options{}), "process", wayin.Problem, "has ended")
}

func TestAPlainProgram(t *testing.T) {
	pid := started(t, false, []string{"HOME=/"}, "sleep", "1000")
	awaitExe(t, pid, "sleep")
	r := examineReal(t, pid, Options{})
	says(t, r, "instrumented", wayin.Problem, "was not started through gpufragtop")
	says(t, r, "framework", wayin.Hint, "does not use a GPU")
	if r.Line != "" || finding(t, r, "instrumented").Do != "" {
		t.Errorf("a way into what uses no GPU: %+v", r)
	}
}

// awaitExe waits until a child has become its program.
func awaitExe(t *testing.T, pid int, name string) {
	t.Helper()
	for {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(exe) == name || strings.HasPrefix(filepath.Base(exe), name) {
			return
		}
	}
}

func TestWhyAPreloadDidNotReachIt(t *testing.T) {
	dir := t.TempDir()
	library := filepath.Join(dir, "libgpufragtop.so")
	source := filepath.Join(dir, "x.c")
	if err := os.WriteFile(source, []byte("int gpufragtop_nothing;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	named := "LD_PRELOAD=" + library
	shell := func(env []string, script string) int { return started(t, true, env, "/bin/sh", "-c", script) }

	t.Run("waits for CUDA", func(t *testing.T) {
		r := examineReal(t, shell([]string{named}, "echo ready; read x"), Options{})
		says(t, r, "instrumented", wayin.Hint, "first CUDA call")
		if r.Blocked() || !strings.HasPrefix(r.Line, "gpufragtop -p ") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("switched off", func(t *testing.T) {
		r := examineReal(t, shell([]string{named, "GPUFRAGTOP_DISABLE=1"}, "echo ready; read x"), Options{})
		says(t, r, "instrumented", wayin.Problem, "switched off", "unset GPUFRAGTOP_DISABLE")
	})
	t.Run("the environment was not passed on", func(t *testing.T) {
		parent := shell([]string{named}, "env -i /bin/sh -c 'echo ready; read x'; true")
		child := childOf(t, parent)
		r := examineReal(t, child, Options{})
		says(t, r, "instrumented", wayin.Problem, fmt.Sprintf("its parent %d was started with the shim", parent), "env={}")
	})
	t.Run("the file is not there", func(t *testing.T) {
		r := examineReal(t, shell([]string{"LD_PRELOAD=/nonexistent/opt/libgpufragtop.so"}, "echo ready; read x"), Options{})
		says(t, r, "instrumented", wayin.Problem, "is not there for it", "shim install /nonexistent/opt")
	})
	t.Run("statically linked", func(t *testing.T) {
		program := compiled(t, dir, "static", `#include <stdio.h>
int main(void) { puts("ready"); fflush(stdout); getchar(); return 0; }`, "-static")
		check := func(path, name string) error {
			if resolved, err := filepath.EvalSymlinks(path); err != nil || resolved != program {
				return nil
			}
			return fmt.Errorf("%s is statically linked", name)
		}
		r := examineReal(t, started(t, true, []string{named}, program), Options{Shim: Shim{Program: check}})
		says(t, r, "instrumented", wayin.Problem, "was not loaded")
		says(t, r, "program", wayin.Problem, program+" is statically linked")
		if r.Line != "" {
			t.Errorf("a line that would not work: %q", r.Line)
		}
	})
	t.Run("other privileges", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Log("only root can make a program for another group: CI runs as root")
			return
		}
		program := compiled(t, dir, "setgid", `#include <stdio.h>
int main(void) { puts("ready"); fflush(stdout); getchar(); return 0; }`)
		if err := os.Chown(program, 0, 65534); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(program, 0o755|os.ModeSetgid); err != nil {
			t.Fatal(err)
		}
		r := examineReal(t, started(t, true, []string{named}, program), Options{})
		says(t, r, "instrumented", wayin.Problem, "dropped", "setgid")
	})
}

func compiled(t *testing.T, dir, name, code string, flags ...string) string {
	t.Helper()
	source, program := filepath.Join(dir, name+".c"), filepath.Join(dir, name)
	if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", append([]string{"-o", program, source}, flags...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

func childOf(t *testing.T, pid int) int {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		t.Fatalf("children of %d: %q", pid, children)
	}
	return child
}

// A process of a page: what the agent tells.
func TestAnInstrumentedProcess(t *testing.T) {
	cases := []struct {
		kind, topic string
		level       wayin.Level
		words       []string
	}{
		{"good", "figures", wayin.OK, []string{"block by block"}},
		{"good", "release", wayin.OK, nil},
		{"good", "shim_version", wayin.OK, nil},
		{"no framework", "figures", wayin.Problem, []string{"nothing that the shim can ask"}},
		{"not ready", "figures", wayin.Hint, []string{"has not used CUDA yet"}},
		{"async", "figures", wayin.Hint, []string{"no block map", "backend:cudaMallocAsync"}},
		{"history", "figures", wayin.Hint, []string{"records its memory's history"}},
		{"over budget", "figures", wayin.Hint, []string{"GPUFRAGTOP_MAX_HOLD_MS"}},
		{"hook off", "release", wayin.Hint, []string{"watch-only", "GPUFRAGTOP_ALLOW_RELEASE=0"}},
		{"no captures", "captures", wayin.Hint, []string{"not counted", "gpufragtop run"}},
		{"another layout", "page", wayin.Problem, []string{"layout version 9"}},
	}
	for _, c := range cases {
		t.Run(c.kind+" "+c.topic, func(t *testing.T) {
			pid := started(t, true, append(os.Environ(), pageVariable+"="+c.kind), os.Args[0])
			r := examineReal(t, pid, Options{})
			says(t, r, c.topic, c.level, c.words...)
			if blocked := c.level == wayin.Problem; r.Blocked() != blocked {
				t.Errorf("blocked %t: %+v", r.Blocked(), r.Findings)
			}
			if c.kind == "good" && r.Line != "gpufragtop -p "+strconv.Itoa(pid) {
				t.Errorf("the line: %q", r.Line)
			}
		})
	}
}

// The node's report names programs whose shim is another one.
func TestShimsOfTheNode(t *testing.T) {
	pid := started(t, true, append(os.Environ(), pageVariable+"=good"), os.Args[0])
	shim := goodShim()
	d := New(Options{NVMLPath: "/nonexistent", Shim: shim})
	says(t, d.Diagnose(context.Background()), "instrumented", wayin.OK, "instrumented program")
	shim.SourceHash = strings.Repeat("b", 64)
	d = New(Options{NVMLPath: "/nonexistent", Shim: shim})
	found := false
	for _, f := range d.Diagnose(context.Background()).Findings {
		found = found || f.Topic == "shim_version" && strings.HasPrefix(f.What, strconv.Itoa(pid)+":") && strings.Contains(f.What, "another build")
	}
	if !found {
		t.Errorf("%d is not named", pid)
	}
}

func TestOlderAndNewerShims(t *testing.T) {
	d := New(Options{Shim: Shim{SourceHash: "h", Layout: "1.10"}})
	for layout, word := range map[string]string{"1.9": "older", "1.11": "newer", "2.0": "newer", "1.10": "this monitor's own"} {
		if f := d.compare(agents.Shim{SourceHash: "h", Layout: layout}); !strings.Contains(f.What, word) {
			t.Errorf("%s: %+v", layout, f)
		}
	}
}

// Another user's process is said to be one, with the way out.
func TestAProcessOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can be two users: CI runs as root")
		return
	}
	dir := t.TempDir()
	for _, at := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "doctor")
	content, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	pid := started(t, false, []string{"HOME=/"}, "sleep", "1000")
	awaitExe(t, pid, "sleep")
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = []string{doctorVariable + "=" + strconv.Itoa(pid)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var r wayin.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole(t, r)
	says(t, r, "rights", wayin.Problem, "belongs to root", "may not look into it", fmt.Sprintf("sudo gpufragtop doctor %d", pid))
}

// What can only be set up in a /proc of our own.
func TestSignsInProc(t *testing.T) {
	auxv := func(secure uint64) string {
		var b bytes.Buffer
		for _, n := range []uint64{6, 4096, 23, secure, 0, 0} {
			_ = binary.Write(&b, binary.NativeEndian, n)
		}
		return b.String()
	}
	const python = "7f00-7f10 r--p 00000000 fe:00 123    /usr/lib/libpython3.7m.so.1.0\n"
	cases := []struct {
		name  string
		files map[string]string
		topic string
		level wayin.Level
		words []string
	}{
		{"old Python", map[string]string{"maps": python}, "python", wayin.Problem, []string{"3.7", "3.8 or newer"}},
		{"JAX", map[string]string{"maps": proctest.MapsLine("/x/jaxlib/xla_extension.so")}, "framework", wayin.Problem, []string{"jax", "no more than the driver"}},
		{"TensorFlow", map[string]string{"maps": proctest.MapsLine("/x/libtensorflow_framework.so.2")}, "framework", wayin.Problem, []string{"tensorflow"}},
		{"CuPy", map[string]string{"maps": proctest.MapsLine("/x/cupy/_core/core.so")}, "framework", wayin.Problem, []string{"cupy"}},
		{"PyTorch", map[string]string{"maps": proctest.MapsLine("/x/libtorch_cuda.so")}, "framework", wayin.OK, []string{"PyTorch"}},
		{"the async allocator", map[string]string{"maps": proctest.MapsLine("/x/libtorch_cuda.so"), "environ": "PYTORCH_CUDA_ALLOC_CONF=backend:cudaMallocAsync\x00"}, "backend", wayin.Hint, []string{"no block map"}},
		{"another shim", map[string]string{"environ": "LD_PRELOAD=/usr/local/vgpu/libvgpu.so\x00"}, "preload", wayin.Hint, []string{"libvgpu.so", "HAMi"}},
		{"32 bits", map[string]string{"maps": "08048000-08049000 r-xp 00000000 fe:00 1 /x/old\n"}, "program", wayin.Problem, []string{"32-bit"}},
		{"other privileges", map[string]string{"auxv": auxv(1)}, "program", wayin.Problem, []string{"other privileges"}},
		{"static runtime", map[string]string{"environ": "LD_PRELOAD=/a/libgpufragtop.so\x00", "maps": proctest.MapsLine("/a/libgpufragtop.so") + proctest.MapsLine("/usr/lib/libcuda.so.1")}, "instrumented", wayin.Problem, []string{"linked statically"}},
		{"by the driver", map[string]string{"environ": "CUDA_INJECTION64_PATH=libgpufragtop.so\x00"}, "instrumented", wayin.Hint, []string{"driver will load"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			proc := proctest.New(t, true)
			proc.Add(4711, 100, "python", "train.py")
			for name, content := range c.files {
				proc.Write(4711, name, content)
			}
			proc.Write(4711, "fd/.keep", "")
			r := New(Options{ProcRoot: proc.Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: goodShim(), Attach: true}).Process(context.Background(), 4711)
			whole(t, r)
			says(t, r, c.topic, c.level, c.words...)
		})
	}
}

func TestAContainer(t *testing.T) {
	proc := proctest.New(t, true)
	proc.Add(4711, 100, "python", "train.py")
	proc.Write(4711, "fd/.keep", "")
	proc.Write(4711, "maps", "7f00-7f10 r--p 00000000 fe:00 123    /usr/lib/libpython3.12.so.1.0\n"+proctest.MapsLine("/x/libtorch_cuda.so"))
	own := ourselves(t, allowed, open, "0")
	link := func(path, target string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(own, "self/ns/mnt"), "mnt:[1]")
	link(filepath.Join(proc.Root, "4711/ns/mnt"), "mnt:[2]")
	o := Options{ProcRoot: proc.Root, OwnProc: own, Shim: goodShim()}
	r := New(o).Process(context.Background(), 4711)
	says(t, r, "container", wayin.Hint, "recipe docker")
	for _, f := range r.Findings {
		if f.Topic == "attach" {
			t.Errorf("a verb that is not there: %+v", f)
		}
	}
	if r.Line != "gpufragtop run -- python train.py" {
		t.Errorf("without attach: %q", r.Line)
	}
	o.Attach = true
	r = New(o).Process(context.Background(), 4711)
	says(t, r, "attach", wayin.Hint, "gpufragtop attach 4711")
	says(t, r, "instrumented", wayin.Problem, "as it runs", "gpufragtop run -- python train.py")
	if r.Line != "gpufragtop attach 4711" {
		t.Errorf("a program that runs is to be started again: %q", r.Line)
	}
}

// Nothing that a process calls itself reaches the terminal as it is.
func TestHostileNames(t *testing.T) {
	proc := proctest.New(t, true)
	proc.Add(4711, 100, "python\x1b[2J", "x")
	proc.Write(4711, "fd/.keep", "")
	proc.Write(4711, "environ", "LD_PRELOAD=/\x1b[31m/libgpufragtop.so /\x1b]0;x\x07/libvgpu.so\x00")
	r := New(Options{ProcRoot: proc.Root, OwnProc: ourselves(t, allowed, open, "0"), Shim: goodShim()}).Process(context.Background(), 4711)
	var out bytes.Buffer
	for _, line := range r.Lines() {
		_, _ = io.WriteString(&out, line)
	}
	if strings.ContainsAny(out.String(), "\x1b\x07") {
		t.Errorf("%q", out.String())
	}
}
