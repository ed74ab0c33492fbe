package e2e

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What check says before it has anything to check: one line that names the
// thing, and the documented exit code.
func TestCheckErrorsAUserMeets(t *testing.T) {
	folder := t.TempDir()
	limits := filepath.Join(folder, "gate.toml")
	if err := os.WriteFile(limits, []byte("max-ooms = 0\nmax-sluck = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(plain, []byte("not a program\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	static := compileStatic(t, folder)
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"nothing", []string{}, 2, []string{"PID", "--"}},
		{"no limit", []string{"4711"}, 2, []string{"--max-fragmentation", "--limits"}},
		{"no program", []string{"--max-ooms", "0", "--"}, 2, []string{"-- python train.py"}},
		{"a program without --", []string{"--max-ooms", "0", "python", "train.py"}, 2, []string{"train.py", "--"}},
		{"a file before --", []string{"--max-ooms", "0", "file", "--", "true"}, 2, []string{"file", "--"}},
		{"no share", []string{"--max-fragmentation", "20", "4711"}, 2, []string{"--max-fragmentation", "20%"}},
		{"no size", []string{"--max-slack", "4XB", "4711"}, 2, []string{"--max-slack", "4XB", "GiB"}},
		{"no time", []string{"--max-growth", "50MiB", "4711"}, 2, []string{"50MiB/min"}},
		{"no count", []string{"--max-ooms", "none", "4711"}, 2, []string{"none"}},
		{"growth at one moment", []string{"--max-growth", "1MiB/s", "4711"}, 2, []string{"--duration 40s"}},
		{"duration of a program", []string{"--max-ooms", "0", "--duration", "1m", "--", "true"}, 2, []string{"--duration", "whole life"}},
		{"duration of a file", []string{"--max-ooms", "0", "--duration", "1m", "file"}, 2, []string{"--duration"}},
		{"mistyped flag", []string{"--max-oom", "0", "1"}, 2, []string{"--max-ooms"}},
		{"unknown output", []string{"--max-ooms", "0", "--output", "sarif", "1"}, 2, []string{"sarif", "junit"}},
		{"wrong limit file", []string{"--limits", limits, "1"}, 2, []string{limits, "line 2", "max-sluck", "max-slack"}},
		{"no limit file", []string{"--limits", limits + "x", "1"}, 2, []string{limits + "x"}},
		{"no price", []string{"--max-ooms", "0", "--gpu-hour-price", "-1", "1"}, 2, []string{"--gpu-hour-price"}},
		{"report nowhere", []string{"--max-ooms", "0", "--report", folder + "/no/such", "--", "true"}, 1, []string{"--report", "no/such"}},
		{"no such file", []string{"--max-ooms", "0", folder + "/gone"}, 1, []string{"gone"}},
		{"no snapshot", []string{"--max-ooms", "0", plain}, 1, []string{"notes.txt"}},
		{"no such process", []string{"--max-ooms", "0", "2147483600"}, 1, []string{"2147483600"}},
		{"command not found", []string{"--max-ooms", "0", "--", "no-such-program-here"}, 127, []string{"no-such-program-here"}},
		{"not executable", []string{"--max-ooms", "0", "--", plain}, 126, []string{plain}},
		{"static", []string{"--max-ooms", "0", "--", static}, 1, []string{"static"}},
		{"docker", []string{"--max-ooms", "0", "--", "docker", "run", "x"}, 2, []string{"docker"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := invoke(t, []string{"XDG_CACHE_HOME=" + folder}, append([]string{"check"}, c.args...)...)
			if got.code != c.code || got.stdout != "" {
				t.Errorf("exit code %d, want %d; standard output %q", got.code, c.code, got.stdout)
			}
			if strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("standard error is not one line: %q", got.stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("standard error does not name %q: %q", want, got.stderr)
				}
			}
		})
	}
}

// A program's own end: its output and input are its own, its failure wins, and
// one that used no GPU could not be measured.
func TestCheckPassesAProgramsFailureOn(t *testing.T) {
	cache := "XDG_CACHE_HOME=" + t.TempDir()
	for _, c := range []struct {
		script string
		flags  []string
		code   int
		says   string
	}{
		{"echo out", nil, 1, "could not be measured: max-ooms"},
		{"echo out", []string{"--allow-unknown"}, 0, "not known"},
		{"echo out; exit 7", nil, 7, "exit code 7"},
		{"echo out; exit 3", []string{"--allow-unknown"}, 3, "exit code 3"},
		{"echo out; kill -TERM $$", nil, 143, "signal 15"},
		{"echo out; kill -KILL $$", []string{"--allow-unknown"}, 137, "signal 9"},
	} {
		args := append(append([]string{"check", "--max-ooms", "0"}, c.flags...), "--", "sh", "-c", c.script)
		got := invoke(t, []string{cache}, args...)
		if got.code != c.code || got.stdout != "out\n" || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%s %v: exit code %d, want %d; %q, %q", c.script, c.flags, got.code, c.code, got.stdout, got.stderr)
		}
	}
}

func TestCheckWritesItsReportWhereItIsTold(t *testing.T) {
	folder := t.TempDir()
	env := []string{"XDG_CACHE_HOME=" + folder}
	report := func(format string, more ...string) string {
		t.Helper()
		path := filepath.Join(folder, "report")
		args := append([]string{"check", "--max-ooms", "0", "--output", format, "--report", path, "--", "sh", "-c", "echo out"}, more...)
		got := invoke(t, append(env, "GITHUB_STEP_SUMMARY="+folder+"/summary"), args...)
		if got.code != 1 || got.stdout != "out\n" || !strings.Contains(got.stderr, "max-ooms           not known") {
			t.Errorf("%s: exit code %d, %q, %q", format, got.code, got.stdout, got.stderr)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(written)
	}
	var document struct{ Schema, Verdict string }
	if err := json.Unmarshal([]byte(report("json")), &document); err != nil || document.Schema != "gpufragtop-check/1" || document.Verdict != "not_known" {
		t.Errorf("%v, %+v", err, document)
	}
	var suites struct {
		Errors int `xml:"errors,attr"`
	}
	if err := xml.Unmarshal([]byte(report("junit")), &suites); err != nil || suites.Errors != 1 {
		t.Errorf("%v, %+v", err, suites)
	}
	if got := report("text"); !strings.Contains(got, "nothing seen of sh -c echo out") {
		t.Error(got)
	}
	for range 2 {
		if got := report("github"); !strings.Contains(got, "\n::error title=gpufragtop check%3A max-ooms not known::") {
			t.Error(got)
		}
	}
	summary, err := os.ReadFile(filepath.Join(folder, "summary"))
	if err != nil || strings.Count(string(summary), "### gpufragtop check") != 2 {
		t.Errorf("two jobs' summary: %v, %q", err, summary)
	}
}

func TestCheckOfAProcessWithoutAGPU(t *testing.T) {
	got := invoke(t, []string{"XDG_CACHE_HOME=" + t.TempDir()}, "check", "--max-ooms", "0", fmt.Sprint(os.Getpid()))
	if got.code != 1 || !strings.Contains(got.stdout, "not known") || !strings.Contains(got.stderr, "could not be measured: max-ooms") {
		t.Errorf("exit code %d, %q, %q", got.code, got.stdout, got.stderr)
	}
}

// A real snapshot: the figures are those of open --json, and the exit codes
// those of its limits.
func TestCheckOfASnapshotFile(t *testing.T) {
	const file = "../probe/dump/testdata/decode_server.default.pickle.gz"
	var document struct {
		Processes []struct {
			Fragmentation float64 `json:"fragmentation_ratio"`
			LargestFree   int64   `json:"largest_free_block_bytes"`
		}
	}
	if err := json.Unmarshal([]byte(invoke(t, nil, "open", "--json", file).stdout), &document); err != nil || len(document.Processes) != 1 {
		t.Fatalf("open --json: %v", err)
	}
	figures := document.Processes[0]
	fragmentation, free := strconv.FormatFloat(figures.Fragmentation, 'f', -1, 64), strconv.FormatInt(figures.LargestFree, 10)
	for _, c := range []struct {
		limits []string
		code   int
		says   string
	}{
		{[]string{"--max-fragmentation", fragmentation, "--min-largest-free", free}, 0, ""},
		{[]string{"--max-fragmentation", strconv.FormatFloat(figures.Fragmentation/2, 'f', -1, 64)}, 3, "limit crossed: max-fragmentation"},
		{[]string{"--min-largest-free", free + "GiB"}, 3, "limit crossed: min-largest-free"},
		{[]string{"--max-fragmentation", "1", "--max-growth", "1MiB/min"}, 1, "could not be measured: max-growth"},
		{[]string{"--max-fragmentation", "1", "--max-growth", "1MiB/min", "--allow-unknown"}, 0, ""},
	} {
		got := invoke(t, nil, append(append([]string{"check"}, c.limits...), file)...)
		if got.code != c.code || !strings.Contains(got.stderr, c.says) || c.code == 0 && got.stderr != "" || !strings.Contains(got.stdout, "device-0") {
			t.Errorf("%v: exit code %d, want %d; %q, %q", c.limits, got.code, c.code, got.stdout, got.stderr)
		}
	}
	if figures.Fragmentation == 0 {
		t.Error("nothing is stranded in the file: this shows little")
	}
}

// A terminal sends Ctrl-C to the program as well as to check, which must not
// pass it on a second time.
func TestCheckLeavesTheKeysOfATerminalToIt(t *testing.T) {
	script := `n=0; trap 'n=$((n+1)); echo "interrupts $n"' INT; echo ready; while read line; do echo "said $line"; [ "$line" = end ] && exit 5; done`
	term := startTerminal(t, 200, 24, []string{"XDG_CACHE_HOME=" + t.TempDir()},
		"check", "--max-ooms", "0", "--allow-unknown", "--", "bash", "-c", script).drain()
	mark := term.await("ready", 0)
	term.press("\x03")
	mark = term.await("interrupts 1", mark)
	term.press("end\r")
	term.await("exit code 5", mark)
	if code := term.wait(); code != 5 || strings.Contains(term.text(), "interrupts 2") {
		t.Errorf("exit code %d: %q", code, term.text())
	}
}
