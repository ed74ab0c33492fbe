package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every row is something a user meets: one line that names the thing and the
// way out, and the documented exit code.
func TestErrorsAUserMeets(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(plain, []byte("not a program\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	static := compileStatic(t, folder)
	absent, tape := filepath.Join(folder, "absent"), filepath.Join(folder, "short.tape")
	if got := invoke(t, nil, "record", "--demo", "--for", "1ms", "-o", tape); got.code != 0 {
		t.Fatalf("record: exit code %d, %q", got.code, got.stderr)
	}
	cache := "XDG_CACHE_HOME=" + folder
	for _, c := range []struct {
		name string
		env  []string
		args []string
		code int
		says []string
	}{
		{"unknown flag", nil, []string{"--jsn"}, 2, []string{"--jsn", "--json"}},
		{"unknown verb", nil, []string{"relase", "1"}, 2, []string{"relase", "release"}},
		{"watch without json", nil, []string{"--watch"}, 2, []string{"--json"}},
		{"unknown detail", nil, []string{"--json", "--detail", "x"}, 2, []string{"segments"}},
		{"bad delay", nil, []string{"-d", "fast"}, 2, []string{"fast"}},
		{"bad filter", nil, []string{"--demo", "--once", "--filter", "frag>>"}, 2, []string{"--filter"}},
		{"bad sort", nil, []string{"--demo", "--once", "--sort", "size"}, 2, []string{"size", "stranded"}},
		{"bad theme", nil, []string{"--demo", "--once", "--theme", "pink"}, 2, []string{"pink", "mono"}},
		{"bad price", nil, []string{"--demo", "--once", "--gpu-hour-price", "-2"}, 2, []string{"--gpu-hour-price", "2.50"}},
		{"no price", nil, []string{"--demo", "--once", "--gpu-hour-price", "free"}, 2, []string{"free"}},
		{"bad pid filter", nil, []string{"--demo", "--once", "-p", "x"}, 2, []string{"x"}},
		{"run nothing", nil, []string{"run"}, 2, []string{"gpufragtop run --"}},
		{"run not found", []string{cache}, []string{"run", "--", "no-such-program-here"}, 127, []string{"no-such-program-here"}},
		{"run not executable", []string{cache}, []string{"run", "--", plain}, 126, []string{plain}},
		{"run static", []string{cache}, []string{"run", "--", static}, 1, []string{"static"}},
		{"run docker", []string{cache}, []string{"run", "--", "docker", "run", "x"}, 2, []string{"docker", "gpufragtop run --"}},
		{"run ssh", []string{cache}, []string{"run", "--", "ssh", "host", "python"}, 2, []string{"ssh", "gpufragtop run --"}},
		{"cache with a space", []string{"XDG_CACHE_HOME=" + filepath.Join(folder, "a b")}, []string{"run", "--", "true"}, 1, []string{"a b", "GPUFRAGTOP_CACHE_DIR"}},
		{"release without a pid", nil, []string{"release"}, 2, []string{"PID"}},
		{"release nonsense", nil, []string{"release", "abc", "--yes"}, 2, []string{"abc"}},
		{"release of no GPU", nil, []string{"release", "--gpu", "x"}, 2, []string{"--gpu x", "index", "UUID"}},
		{"release of an absent GPU", nil, []string{"release", "--gpu", "917"}, 1, []string{"no GPU 917", "gpufragtop --once"}},
		{"release of no rank", nil, []string{"release", "--ranks", "2147483600"}, 1, []string{"2147483600 is no rank"}},
		{"release of no job", nil, []string{"release", "--job", "none"}, 1, []string{`"none"`}},
		{"ranks of no number", nil, []string{"release", "--ranks", "x"}, 2, []string{`"x" for "--ranks" flag: give a whole number (gpufragtop release --help`}},
		{"a flag that is no truth", nil, []string{"release", "1", "--yes=maybe"}, 2, []string{"give true or false"}},
		{"a number too large", nil, []string{"release", "--ranks", "99999999999999999999"}, 2, []string{"too large"}},
		{"unknown recipe", nil, []string{"recipe", "foo"}, 2, []string{`recipe: unknown name "foo"`, "docker, jupyter, kubernetes"}},
		{"recipe nearly right", nil, []string{"recipe", "dokcer"}, 2, []string{`did you mean "docker"`, "slurm"}},
		{"unknown shim verb", nil, []string{"shim", "foo"}, 2, []string{`shim: unknown name "foo"`, "build, install, path, verify"}},
		{"release unconfirmed", nil, []string{"release", "1"}, 2, []string{"--yes"}},
		{"explain nothing", nil, []string{"explain"}, 2, []string{"explain", "Ctrl-D"}},
		{"explain two files", nil, []string{"explain", plain, plain}, 2, []string{"one file"}},
		{"explain unknown text", nil, []string{"explain", plain}, 1, []string{"not a program", "out of memory"}},
		{"explain unknown text as JSON", nil, []string{"explain", "--json", plain}, 1, []string{"not a program"}},
		{"explain a missing file", nil, []string{"explain", plain + ".log"}, 1, []string{plain + ".log", "no such file"}},
		{"explain a folder", nil, []string{"explain", folder}, 1, []string{folder, "directory"}},
		{"explain with an unknown flag", nil, []string{"explain", "--jsno"}, 2, []string{"--jsno", "--json"}},
		{"whatif of nothing", nil, []string{"whatif"}, 2, []string{"gpufragtop whatif FILE|PID"}},
		{"whatif under no setting", nil, []string{"whatif", plain, "--set", "expandable"}, 2, []string{"--set", "name:value"}},
		{"whatif on no device", nil, []string{"whatif", plain, "--total", "none"}, 2, []string{"--total", "24GiB"}},
		{"whatif of no snapshot", nil, []string{"whatif", plain}, 1, []string{plain}},
		{"whatif unconfirmed", nil, []string{"whatif", "1"}, 2, []string{"--yes"}},
		{"whatif of a stranger", nil, []string{"whatif", "2147483600", "--yes"}, 1, []string{"2147483600"}},
		{"check of no snapshot", nil, []string{"check", "--max-fragmentation", "0.01", plain}, 1, []string{plain}},
		{"fit without a size", nil, []string{"fit"}, 2, []string{"gpufragtop fit 4GiB"}},
		{"fit of no size", nil, []string{"fit", "big"}, 2, []string{"big", "2GiB"}},
		{"fit of nothing", nil, []string{"fit", "0"}, 2, []string{"above 0"}},
		{"fit on a bad stream", nil, []string{"fit", "4GiB", "--demo", "--stream", "main"}, 2, []string{"main", "--stream"}},
		{"fit with --free and no file", nil, []string{"fit", "4GiB", "1", "--free", "1GiB"}, 2, []string{"--free", "FILE"}},
		{"fit of a stranger", nil, []string{"fit", "4GiB", "2147483600"}, 1, []string{"2147483600"}},
		{"release not instrumented", nil, []string{"release", "2147483600", "--yes"}, 1, []string{"2147483600"}},
		{"record without a file", nil, []string{"record"}, 2, []string{"record -o"}},
		{"record over a file", nil, []string{"record", "--demo", "-o", plain}, 1, []string{plain, "--force"}},
		{"record too small", nil, []string{"record", "--demo", "-o", absent, "--max-size", "3k"}, 2, []string{"3k", "1.00 MiB"}},
		{"record no size", nil, []string{"record", "--demo", "-o", absent, "--max-size", "big"}, 2, []string{"big"}},
		{"record backwards", nil, []string{"record", "--demo", "-o", absent, "--for", "-1h"}, 2, []string{"-1h"}},
		{"record without dashes", nil, []string{"record", "-o", absent, "python"}, 2, []string{"python", "--"}},
		{"record not found", []string{cache}, []string{"record", "-o", absent, "--", "no-such-program-here"}, 127, []string{"no-such-program-here"}},
		{"record into nowhere", nil, []string{"record", "--demo", "-o", filepath.Join(absent, "x")}, 1, []string{absent}},
		{"replay nothing", nil, []string{"replay"}, 2, []string{"replay FILE"}},
		{"replay nowhere", nil, []string{"replay", absent}, 1, []string{absent, "no such file"}},
		{"replay a text", nil, []string{"replay", plain}, 1, []string{plain, "not a recording"}},
		{"replay a bad time", nil, []string{"replay", "--once", "--at", "noon", tape}, 2, []string{"noon", "14:02:03"}},
		{"replay outside", nil, []string{"replay", "--once", "--at", "+9h", tape}, 2, []string{"+9h", "outside"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := invoke(t, append(c.env, alone(t)), c.args...)
			if got.code != c.code {
				t.Errorf("exit code %d, want %d", got.code, c.code)
			}
			if lines := strings.Count(strings.TrimSpace(got.stderr), "\n") + 1; lines != 1 || got.stderr == "" {
				t.Errorf("%d lines on standard error, want one: %q", lines, got.stderr)
			}
			if got.stdout != "" {
				t.Errorf("words on standard output: %q", got.stdout)
			}
			for _, want := range c.says {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("standard error does not name %q: %q", want, got.stderr)
				}
			}
		})
	}
}

// alone is an environment in which the monitor sees no process at all, so that
// other tests and other users of the machine do not matter.
func alone(t *testing.T) string {
	t.Helper()
	return "HOST_PROC=" + t.TempDir()
}

func compileStatic(t *testing.T, folder string) string {
	t.Helper()
	source := filepath.Join(folder, "static.c")
	program := filepath.Join(folder, "static")
	if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-static", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc -static: %v: %s", err, out)
	}
	return program
}

func TestDumbTerminalIsToldWhatWorks(t *testing.T) {
	term := startTerminal(t, 80, 24, []string{"TERM=dumb"}, "--demo").drain()
	if code := term.wait(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	term.await("--json", 0)
	if strings.Contains(term.text(), "\x1b") {
		t.Errorf("an escape was written to a dumb terminal: %q", term.text())
	}
}

// Without a driver --json and --once still print a document, and say why it
// is empty; the screen says what is missing; the exit code is 4.
func TestNoDriver(t *testing.T) {
	if _, err := os.Stat("/dev/nvidiactl"); err == nil {
		t.Log("this machine has a driver: the words for none are tested on machines without")
		return
	}
	got := invoke(t, []string{alone(t)}, "--json")
	if got.code != 4 {
		t.Errorf("--json: exit code %d, want 4", got.code)
	}
	var document struct {
		Schema string
		Faults []struct{ Scope, Field, Reason string }
	}
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		t.Fatalf("--json printed no document: %v", err)
	}
	if document.Schema != "gpufragtop/1" || len(document.Faults) == 0 || document.Faults[0].Field != "nvml" {
		t.Errorf("the document does not name the fault: %+v", document)
	}
	term := startTerminal(t, 80, 24, []string{alone(t)}).drain()
	term.await("There is no NVIDIA driver here", 0)
	term.await("--demo", 0)
	term.press("q")
	if code := term.wait(); code != 4 {
		t.Errorf("screen: exit code %d, want 4", code)
	}
}

func TestNotATerminalPrintsOnce(t *testing.T) {
	got := invoke(t, nil, "--demo")
	once := invoke(t, nil, "--demo", "--once")
	if got.code != 0 || got.stdout == "" || strings.Contains(got.stdout, "\x1b") {
		t.Errorf("exit code %d, output %q", got.code, got.stdout)
	}
	if firstWord(got.stdout) != firstWord(once.stdout) {
		t.Errorf("without a terminal:\n%s\nwith --once:\n%s", got.stdout, once.stdout)
	}
}

func firstWord(text string) string { return strings.Fields(text + " -")[0] }
