package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gpufragtop/gpufragtop/fragcalc/document"
)

// report is what doctor --json prints.
type report struct {
	Schema   string
	PID      *int
	Blocked  bool
	Line     *string
	Findings []struct{ Level, Topic, What string }
}

func (r report) level(topic string) string {
	for _, f := range r.Findings {
		if f.Topic == topic {
			return f.Level
		}
	}
	return ""
}

// doctor asks for a report as JSON and checks what holds for each.
func doctor(t *testing.T, env []string, args ...string) report {
	t.Helper()
	got := invoke(t, env, append([]string{"doctor", "--json"}, args...)...)
	if got.stderr != "" {
		t.Errorf("it said %q", got.stderr)
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(string(document.DoctorSchema())))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("doctor.json", schema); err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(got.stdout))
	if err != nil {
		t.Fatalf("%v: %s", err, got.stdout)
	}
	if err := compiler.MustCompile("doctor.json").Validate(instance); err != nil {
		t.Errorf("%v: %s", err, got.stdout)
	}
	var r report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
		t.Fatal(err)
	}
	if want := map[bool]int{true: 1, false: 0}[r.Blocked]; got.code != want {
		t.Errorf("exit code %d, blocked %t", got.code, r.Blocked)
	}
	return r
}

// running starts a program that waits until the test ends; env comes on top.
func running(t *testing.T, env []string, args ...string) int {
	t.Helper()
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(cleanEnv(), env...)
	_, out := piped(t, command)
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return command.Process.Pid
}

const waits = "#include <stdio.h>\nint main(void) { puts(\"ready\"); fflush(stdout); getchar(); return 0; }\n"

// Real programs into which nothing can be preloaded, and one that waits for
// CUDA under run.
func TestDoctorOfAProcess(t *testing.T) {
	dir := t.TempDir()
	cache := "GPUFRAGTOP_CACHE_DIR=" + dir + "/cache"
	source := filepath.Join(dir, "waits.c")
	if err := os.WriteFile(source, []byte(waits), 0o644); err != nil {
		t.Fatal(err)
	}
	loader := filepath.Join(dir, "ld-musl-x86_64.so.1") // glibc's, under musl's name
	if err := os.Symlink("/lib64/ld-linux-x86-64.so.2", loader); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		flags []string
		words string
	}{
		{"plain", nil, ""},
		{"static", []string{"-static"}, "statically linked"},
		{"musl", []string{"-Wl,--dynamic-linker=" + loader}, "linked with musl"},
	} {
		program := filepath.Join(dir, c.name)
		if out, err := exec.Command("cc", append([]string{"-o", program, source}, c.flags...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		pid := fmt.Sprint(running(t, nil, program))
		r := doctor(t, []string{cache}, pid)
		if !r.Blocked || r.level("instrumented") != "problem" || (r.level("program") == "problem") != (c.words != "") || r.Line != nil {
			t.Errorf("%s: %+v", c.name, r)
		}
		text := invoke(t, []string{cache}, "doctor", pid)
		if text.code != 1 || !strings.Contains(text.stdout, c.words) {
			t.Errorf("%s: %+v", c.name, text)
		}
	}
	pid := running(t, []string{cache}, binary, "run", "--", filepath.Join(dir, "plain"))
	r := doctor(t, []string{cache}, fmt.Sprint(pid))
	if r.Blocked || r.level("instrumented") != "hint" || r.Line == nil || *r.Line != fmt.Sprintf("gpufragtop -p %d", pid) {
		t.Errorf("under run: %+v", r)
	}
	if r := doctor(t, nil, "2147483600"); !r.Blocked || r.level("process") != "problem" || r.PID == nil {
		t.Errorf("no such process: %+v", r)
	}
}

func TestDoctorOfTheNode(t *testing.T) {
	n := newNVML(t)
	if r := doctor(t, n.env); r.Blocked || r.level("nvml") != "ok" || r.PID != nil {
		t.Errorf("%+v", r)
	}
	n.set("init 9")
	if r := doctor(t, n.env); !r.Blocked || r.level("nvml") != "problem" {
		t.Errorf("%+v", r)
	}
	n.set()
	if r := doctor(t, append(n.env, "GFT_FAKE_DEVICES=0")); !r.Blocked || r.level("nvml") != "problem" {
		t.Errorf("no GPU: %+v", r)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if r := doctor(t, append(n.env, "GPUFRAGTOP_CACHE_DIR="+open)); !r.Blocked || r.level("shim") != "problem" {
		t.Errorf("a cache that others can write: %+v", r)
	}
	own := filepath.Join(t.TempDir(), "own.so")
	if got := invoke(t, nil, "shim", "build", "-o", own); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if r := doctor(t, append(n.env, "GPUFRAGTOP_SHIM="+own)); r.Blocked || r.level("shim") != "ok" {
		t.Errorf("a shim of one's own: %+v", r)
	}
}

func TestDoctorErrorsAUserMeets(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"0"}, {"-5"}, {"1", "2"}, {"99999999999999999999"}, {"--jsn"}} {
		got := invoke(t, nil, append([]string{"doctor"}, args...)...)
		if got.code != 2 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%q: %+v", args, got)
		}
	}
}
