package doctor

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

const capPtrace = 19 // CAP_SYS_PTRACE

// rights says whose processes this monitor may look into.
func (d *Doctor) rights() []wayin.Finding {
	var out []wayin.Finding
	if d.mayTrace() {
		out = append(out, wayin.Finding{Level: wayin.OK, Topic: "rights", What: "This monitor may look into every user's programs"})
	} else {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "rights", What: "Only your own programs can be seen into",
			Why: "other users' need root or CAP_SYS_PTRACE", Do: "sudo gpufragtop"})
	}
	if !d.hostPIDs() {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "namespace", What: "This is a container with process numbers of its own",
			Why: "the driver tells the host's numbers, so that processes outside have no name here; instrumented ones inside are shown; docker run --pid=host, or hostPID: true in Kubernetes, shows all"})
	}
	if option := d.hidepid(); option != "" {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "hidepid", What: "/proc is mounted with " + option,
			Why: "other users' processes are hidden: they are shown without user and command", Do: "sudo gpufragtop"})
	}
	return append(out, d.ptraceScope()...)
}

// mayTrace tells whether other users' processes may be looked into.
func (d *Doctor) mayTrace() bool {
	value, ok := field(d.own("self/status"), "CapEff:")
	mask, err := strconv.ParseUint(value, 16, 64)
	return ok && err == nil && mask&(1<<capPtrace) != 0
}

// hidepid is the option with which /proc hides processes; empty if it does not.
func (d *Doctor) hidepid() string {
	for line := range strings.Lines(string(d.own("self/mountinfo"))) {
		mount, options, ok := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if !ok || len(fields) < 5 || fields[4] != "/proc" {
			continue
		}
		for option := range strings.FieldsFuncSeq(options, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }) {
			if value, found := strings.CutPrefix(option, "hidepid="); found && value != "0" && value != "off" {
				return option
			}
		}
	}
	return ""
}

// ptraceScope says what Yama allows: it rules attaching, never reading.
func (d *Doctor) ptraceScope() []wayin.Finding {
	scope := strings.TrimSpace(string(d.own("sys/kernel/yama/ptrace_scope")))
	f := wayin.Finding{Level: wayin.Hint, Topic: "ptrace", What: "kernel.yama.ptrace_scope is " + scope}
	switch {
	case scope == "" || scope == "0":
		return nil
	case scope == "3":
		f.Why, f.Do = "nobody can get into a program that runs already, not even root, until the next boot; programs are to be started through gpufragtop", wayin.RunLine("python train.py")
	case d.mayTrace():
		return nil
	default:
		f.Why, f.Do = "a program that runs already can be got into by root only; those started through gpufragtop are not concerned", "sudo sysctl kernel.yama.ptrace_scope=0"
	}
	return []wayin.Finding{f}
}

// shim says whether a program could be started with it.
func (d *Doctor) shim() []wayin.Finding {
	s := d.options.Shim
	var out []wayin.Finding
	if s.Faults != nil {
		for _, fault := range s.Faults() {
			out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "shim", What: "The shim is not as it should be", Why: fault, Do: "gpufragtop shim verify"})
		}
	}
	if s.Own != nil {
		if path, how := s.Own(); path != "" {
			out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "shim", What: "run preloads a shim of your own build, " + text.Clean(path, 512),
				Why: text.Clean(how, 1024), Do: "gpufragtop shim verify " + text.Clean(path, 512)})
		}
	}
	if s.Path == nil {
		return out
	}
	path, err := s.Path()
	if err != nil {
		return append(out, wayin.Finding{Level: wayin.Problem, Topic: "shim", What: "The shim cannot be unpacked, so that run refuses", Why: err.Error() + "; GPUFRAGTOP_CACHE_DIR names another place: a directory that only you can write and that is not mounted noexec"})
	}
	return append(out, wayin.Finding{Level: wayin.OK, Topic: "shim", What: fmt.Sprintf("run preloads %s (sources %.12s, layout %s)", path, s.SourceHash, s.Layout)})
}

// own reads a small file that tells of this monitor or its kernel.
func (d *Doctor) own(name string) []byte {
	return read(filepath.Join(d.options.OwnProc, name), 256<<10)
}

// read is the beginning of a file; empty when it cannot be read.
func read(path string, limit int64) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	content, _ := io.ReadAll(io.LimitReader(file, limit)) // what was read before an error counts
	return content
}

// field is the rest of the line that begins with name.
func field(content []byte, name string) (string, bool) {
	for line := range bytes.Lines(content) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			return strings.TrimSpace(string(rest)), true
		}
	}
	return "", false
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.Itoa(n) + " " + word
}
