package doctor

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// Bounds of what is read of a process, in bytes.
const (
	mostEnviron = 256 << 10
	mostMaps    = 8 << 20
)

// shimFile begins the name of the shim's file.
const shimFile = "libgpufragtop"

// examined is what can be seen of a process that has no page.
type examined struct {
	pid   int
	facts *procs.Facts

	exe      string // path in its own mount namespace
	environ  variables
	mapped   string // path of the shim that it has mapped; empty = none
	cuda     bool   // the driver's library is mapped
	python   string // version, "3.11"; empty = no Python
	secure   bool   // it was started with other privileges than its user's
	bits32   bool
	contain  bool // it has a mount namespace of its own
	preload  string
	parent   int  // a parent whose environment names the shim; 0 = none
	missing  bool // the file that LD_PRELOAD names is not there for it
	program  error
	hopeless bool // nothing can be preloaded into it
}

// variables are those of a process's environment that matter here.
type variables struct {
	preload   []string
	injection string
	disabled  bool
}

func (d *Doctor) path(pid int, name string) string {
	return filepath.Join(d.options.ProcRoot, strconv.Itoa(pid), name)
}

func (d *Doctor) examine(pid int, facts *procs.Facts) *examined {
	e := &examined{pid: pid, facts: facts, environ: parseVariables(read(d.path(pid, "environ"), mostEnviron))}
	if exe, err := os.Readlink(d.path(pid, "exe")); err == nil {
		e.exe = strings.TrimSuffix(exe, " (deleted)")
	}
	e.readMaps(read(d.path(pid, "maps"), mostMaps))
	e.secure = secure(read(d.path(pid, "auxv"), 4096))
	e.contain = d.otherMounts(pid)
	e.preload = e.environ.shim()
	if e.preload == "" {
		e.parent = d.parentWithShim(pid)
	} else if strings.HasPrefix(e.preload, "/") {
		_, err := os.Stat(d.path(pid, "root") + e.preload)
		e.missing = os.IsNotExist(err)
	}
	if check := d.options.Shim.Program; check != nil && e.exe != "" {
		e.program = check(d.path(pid, "exe"), text.Clean(e.exe, 512))
	}
	e.hopeless = e.program != nil || e.secure || e.oldPython()
	return e
}

// parseVariables keeps what matters of an environment.
func parseVariables(environ []byte) variables {
	var v variables
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := strings.Cut(string(entry), "=")
		switch name {
		case "LD_PRELOAD":
			v.preload = nil
			for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ' ' || c == ':' }) {
				if len(v.preload) < 64 {
					v.preload = append(v.preload, text.Clean(part, 512))
				}
			}
		case "CUDA_INJECTION64_PATH":
			v.injection = text.Clean(value, 512)
		case "GPUFRAGTOP_DISABLE":
			v.disabled = value != "" && value != "0"
		}
	}
	return v
}

// shim is the path of the shim that the environment names; empty = none.
func (v variables) shim() string {
	for _, path := range append(v.preload[:len(v.preload):len(v.preload)], v.injection) {
		if strings.HasPrefix(filepath.Base(path), shimFile) {
			return path
		}
	}
	return ""
}

var (
	pythonLibrary = regexp.MustCompile(`/libpython(\d\.\d+)`)
	pythonProgram = regexp.MustCompile(`/python(\d\.\d+)$`)
)

func (e *examined) readMaps(maps []byte) {
	lines := bufio.NewScanner(bytes.NewReader(maps))
	highest := ""
	for lines.Scan() {
		line := lines.Text()
		if at := strings.IndexByte(line, '-'); at > 0 && !strings.Contains(line, "[vsyscall]") {
			highest = line[:at]
		}
		start := strings.IndexByte(line, '/')
		if start < 0 {
			continue
		}
		path := line[start:]
		if strings.HasPrefix(filepath.Base(path), shimFile) {
			e.mapped = text.Clean(path, 512)
		}
		e.cuda = e.cuda || strings.Contains(path, "/libcuda.so")
		if found := pythonLibrary.FindStringSubmatch(path); found != nil {
			e.python = found[1]
		}
	}
	e.bits32 = highest != "" && len(highest) <= 8
	if found := pythonProgram.FindStringSubmatch(e.exe); found != nil && e.python == "" {
		e.python = found[1]
	}
}

// oldPython tells whether it is a Python that the agent does not enter.
func (e *examined) oldPython() bool {
	major, minor, ok := layout(e.python)
	return ok && (major < 3 || major == 3 && minor < 8)
}

// secure tells whether the loader dropped LD_PRELOAD: AT_SECURE in the
// auxiliary vector, pairs of words.
func secure(auxv []byte) bool {
	const atSecure, pair = 23, 16
	for ; len(auxv) >= pair; auxv = auxv[pair:] {
		if binary.NativeEndian.Uint64(auxv) == atSecure {
			return binary.NativeEndian.Uint64(auxv[8:]) != 0
		}
	}
	return false
}

// otherMounts tells whether a process sees other files than this monitor.
func (d *Doctor) otherMounts(pid int) bool {
	theirs, err := os.Readlink(d.path(pid, "ns/mnt"))
	ours, errOurs := os.Readlink(filepath.Join(d.options.OwnProc, "self/ns/mnt"))
	return err == nil && errOurs == nil && theirs != ours
}

// parentWithShim is the nearest process above that was started with the shim:
// this one was not given its environment.
func (d *Doctor) parentWithShim(pid int) int {
	const highest = 16
	for range highest {
		value, ok := field(read(d.path(pid, "status"), 16<<10), "PPid:")
		parent, err := strconv.Atoi(value)
		if !ok || err != nil || parent <= 1 {
			return 0
		}
		if parseVariables(read(d.path(parent, "environ"), mostEnviron)).shim() != "" {
			return parent
		}
		pid = parent
	}
	return 0
}
