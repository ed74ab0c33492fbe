//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// container puts a program into PID and mount namespaces of its own.
var container = []string{"unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--"}

// image puts a program into a root of its own besides: the system's folders
// read from outside, a /tmp of its own, and no /proc if it shall have none.
func image(t *testing.T, proc bool, folders ...string) []string {
	t.Helper()
	root := t.TempDir()
	script := `set -e; root=$1; shift; mount -t tmpfs tmpfs "$root"
mkdir "$root/tmp" "$root/dev"; mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"; mount --bind /dev "$root/dev"
for f in ` + strings.Join(folders, " ") + `; do
	if [ -L "$f" ]; then mkdir -p "$root/${f%/*}"; cp -P "$f" "$root$f"; else mkdir -p "$root$f"; mount --rbind "$f" "$root$f"; fi
done
` + map[bool]string{true: `mkdir "$root/proc"; mount -t proc proc "$root/proc"`}[proc] + `
here=$PWD; exec chroot "$root" sh -c 'cd "$1"; shift; exec "$@"' sh "$here" "$@"`
	return append(append([]string{}, container...), "sh", "-c", script, "sh", root)
}

// Real PyTorch in two containers, one of them with a root of its own. In there
// both are process 1. From outside each has its own number, figures and release.
func TestContainersSeenFromTheHost(t *testing.T) {
	needRoot(t)
	b := newBench(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0", "HOME=/root")
	folder := shareable(t)
	env := append(b.env, "GFT_FAKE_DIR=", "GPUFRAGTOP_CACHE_DIR="+filepath.Join(folder, "cache"))
	work, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	torch, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{"/usr", "/bin", "/lib", "/lib64", "/etc", folder, work}
	folders = append(folders, strings.Split(torch["PYTHONPATH"]+":"+torch["LD_LIBRARY_PATH"], ":")...)
	if prefix, err := exec.Command(b.py, "-c", "import sys; print(sys.base_prefix)").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(prefix)))
	}
	var programs []*program
	var pids []int
	for i, wrapper := range [][]string{container, image(t, true, folders...)} {
		argv := append(append([]string{}, wrapper...), filepath.Join(folder, "gpufragtop"), "run", "--", b.py, "torch/program.py", strconv.Itoa(i))
		inside := &bench{t: t, env: env, py: b.py}
		p := inside.startCommand(argv[0], argv[1:]...)
		p.tell(fmt.Sprint("step ", 150+50*i))
		programs, pids = append(programs, p), append(pids, lastChild(t, p.pid()))
	}
	// NVML speaks of them by their numbers on the host.
	n := &node{t: t, monitor: binary, env: append(b.env, "GFT_FAKE_DIR=", fmt.Sprintf("GFT_FAKE_PROCS=%d:0:2000,%d:0:3000", pids[0], pids[1]))}
	document := n.look(nil)
	for i, p := range programs {
		row, want := document.row(t, pids[i]), p.truth(0)
		if row.Reserved == nil || *row.Reserved != want.reserved || !row.Available || row.Memory == nil || *row.Memory != int64(2000+1000*i)<<20 {
			t.Errorf("container %d: %+v, PyTorch says reserved %d", i, row, want.reserved)
		}
		if len(strings.Fields(nsPIDs(t, pids[i]))) < 2 || !strings.HasSuffix(nsPIDs(t, pids[i]), "\t1") {
			t.Fatalf("container %d is none: %q", i, nsPIDs(t, pids[i]))
		}
	}
	before, other := programs[0].truth(0), programs[1].truth(0)
	got := n.run(nil, "release", strconv.Itoa(pids[0]), "--yes")
	after, untouched := programs[0].truth(0), programs[1].truth(0)
	if got.code != 0 || before.reserved-after.reserved != before.releaseReturn || before.releaseReturn == 0 {
		t.Errorf("release: %d %q: reserved %d, then %d, PyTorch says %d come back", got.code, got.stderr, before.reserved, after.reserved, before.releaseReturn)
	}
	if untouched.reserved != other.reserved {
		t.Errorf("the other container's process 1 went from %d to %d", other.reserved, untouched.reserved)
	}

	// In the first container the same numbers are strangers'.
	enter := []string{"nsenter", "-t", strconv.Itoa(pids[0]), "--pid", "--mount", "--"}
	document = n.look(enter)
	row := document.row(t, 1)
	if row.Reserved == nil || *row.Reserved != after.reserved || row.Memory != nil {
		t.Errorf("from inside: %+v, PyTorch says reserved %d", row, after.reserved)
	}
	if !document.says("processes", "this monitor is in a container: 2 of NVML's 2 processes are outside it") || !document.says("gpu_memory_bytes", "cannot be told") {
		t.Errorf("from inside nothing is said of a container: %+v", document.Faults)
	}
	if got := n.run(enter, "release", "1", "--yes"); got.code != 0 {
		t.Errorf("release from inside: %d %q", got.code, got.stderr)
	}
}

// shareable is a folder outside of /tmp that holds the built program.
func shareable(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/var/tmp", "gpufragtop-share-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	content, err := os.ReadFile(binary)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "gpufragtop"), content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func nsPIDs(t *testing.T, pid int) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "NSpid:")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// In a container NVML's numbers are the host's: a process that has one of them
// in there, by chance, is not taken for it. Where it can be no other's, memory
// is inferred and marked so.
func TestAContainerShowsItsOwn(t *testing.T) {
	n := newNode(t)
	p := n.publish(container...)
	if p.innerPID == p.pid {
		t.Fatal("no container: this test has shown nothing")
	}
	enter := []string{"nsenter", "-t", strconv.Itoa(p.pid), "--pid", "--mount", "--"}

	n.charge(fmt.Sprintf("%d:0:10", p.innerPID), fmt.Sprintf("%d:0:500", p.pid), "2147480000:0:20")
	document := n.look(enter)
	mine := 0
	for _, row := range document.Processes {
		switch {
		case row.Instrumented:
			mine++
			if row.PID != p.innerPID || row.Memory == nil || *row.Memory != 500<<20 {
				t.Errorf("its own process: %+v", row)
			}
		case !strings.Contains(row.Command, "host pid") || !row.OutOfReach || row.User != nil:
			t.Errorf("one outside: %+v", row)
		}
	}
	if mine != 1 || len(document.Processes) != 3 {
		t.Errorf("%+v", document.Processes)
	}
	if !document.says("gpu_memory_bytes", fmt.Sprintf("inferred: taken for host pid %d", p.pid)) {
		t.Errorf("not marked as inferred: %+v", document.Faults)
	}
	if !document.says("processes", "this monitor is in a container: 2 of NVML's 3 processes are outside it") {
		t.Errorf("nothing is said of a container: %+v", document.Faults)
	}

	n.charge(fmt.Sprintf("%d:0:500", p.pid), "2147480000:0:600")
	if row := n.look(enter).row(t, p.innerPID); row.Memory != nil || row.Reserved == nil {
		t.Errorf("guessed: %+v", row)
	}
	if got := n.run(enter, "release", strconv.Itoa(p.innerPID), "--yes"); got.code != 0 || p.releases() != 1 {
		t.Errorf("release from inside: %d %q", got.code, got.stderr)
	}
	if got := n.run(enter, "--once"); !strings.Contains(got.stdout, "this monitor is in a container: 2 of NVML's 2") {
		t.Errorf("the screen's words: %s", got.stdout)
	}
}

// The shim in a root without /proc cannot tell when its process began; it is
// known by its agent all the same.
func TestARootWithoutProc(t *testing.T) {
	n := newNode(t)
	cuda, err := pytorch()
	if err != nil {
		t.Fatal(err)
	}
	source, program := filepath.Join(n.folder, "program.c"), filepath.Join(n.folder, "program")
	text := `#include <unistd.h>
int cudaMalloc(void **, unsigned long);
int main(void) { void *p; if (cudaMalloc(&p, 1 << 20)) return 3; if (write(1, "ready\n", 6) < 0) return 4; char c; return read(0, &c, 1) < 0; }
`
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	site := cuda["PYTHONPATH"]
	runtime := site + "/nvidia/cuda_runtime/lib/libcudart.so.12"
	libraries := filepath.Dir(runtime) + ":" + cuda["LD_LIBRARY_PATH"]
	if out, err := exec.Command("gcc", "-o", program, source, runtime).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	folders := []string{"/usr", "/bin", "/lib", "/lib64", "/etc", n.folder}
	folders = append(folders, site)
	if work, err := os.Getwd(); err == nil {
		folders = append(folders, work)
	}
	cache := filepath.Join(n.folder, "cache")
	env := append(n.env, "GPUFRAGTOP_CACHE_DIR="+cache, "LD_LIBRARY_PATH="+libraries)
	if got := invokeCommand(t, env, n.monitor, "run", "--", "true"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	shims, _ := filepath.Glob(cache + "/*/libgpufragtop.so")
	if len(shims) != 1 {
		t.Fatalf("%q", shims)
	}
	argv := append(image(t, false, folders...), "env", "LD_PRELOAD="+shims[0], program)
	command := exec.Command(argv[0], argv[1:]...)
	command.Env, command.Stderr = env, os.Stderr
	_, out := piped(t, command)
	if word := make([]byte, 6); !fill(out.Read, word) || string(word) != "ready\n" {
		t.Fatalf("the program said %q", word)
	}
	pid := lastChild(t, command.Process.Pid)
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/root/proc/self", pid)); err == nil {
		t.Fatal("there is a /proc: this test has shown nothing")
	}
	n.charge(fmt.Sprintf("%d:0:400", pid))
	if row := n.look(nil).row(t, pid); !row.Instrumented || row.Refusal == nil {
		t.Errorf("%+v", row)
	}
}

// A process that gets the number of one that has ended gets nothing else of
// it: no figures, no history, no release. In a PID namespace the kernel hands
// out the number that it is told to.
func TestAReusedPID(t *testing.T) {
	n := newNode(t)
	const pid = "5000"
	script := `next() { echo $((` + pid + ` - 1)) >/proc/sys/kernel/ns_last_pid; }
fifo=$(mktemp -u); mkfifo $fifo; sleep 1000 >$fifo & holder=$!
next; ` + publisherVariable + `=1 "$0.publisher" <$fifo >/dev/null & first=$!
sleep 1
"$0" --json --watch -d 0.1 --count 60 >"$1" & watch=$!
sleep 2; kill -9 $first; wait $first 2>/dev/null
next; sleep 1000 & second=$!
sleep 2
"$0" release $second --yes 2>"$1.release"; echo $? >>"$1.release"
wait $watch; kill $second $holder; echo "$first $second"`
	if err := os.Rename(n.publisher, n.monitor+".publisher"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(n.folder, "out")
	n.charge(pid + ":0:100")
	argv := append(append([]string{}, container...), "sh", "-c", script, n.monitor, out)
	began := time.Now()
	got := invokeCommand(t, n.env, argv[0], argv[1:]...)
	if got.stdout != pid+" "+pid+"\n" {
		t.Fatalf("%d %q %q", got.code, got.stdout, got.stderr)
	}
	t.Logf("took %v", time.Since(began))
	lines, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var with, without int
	var first, second uint64
	for line := range strings.Lines(string(lines)) {
		d := decodeBorders(t, line)
		for _, row := range d.Processes {
			switch {
			case row.Instrumented:
				with++
				first = row.StartTicks
				if without > 0 && second != 0 {
					t.Errorf("figures after the process had ended: %+v", row)
				}
			case row.StartTicks != 0:
				without++
				second = row.StartTicks
				if row.Reserved != nil || row.Available {
					t.Errorf("the new process: %+v", row)
				}
			}
		}
	}
	if with == 0 || without+with == 0 || first == second {
		t.Errorf("%d samples with figures, %d without, started at %d and %d", with, without, first, second)
	}
	if text, _ := os.ReadFile(out + ".release"); !strings.Contains(string(text), "not instrumented") || !strings.HasSuffix(string(text), "\n1\n") {
		t.Errorf("release: %q", text)
	}
}
