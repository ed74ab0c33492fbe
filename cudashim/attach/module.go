package attach

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mapping is a line of /proc/PID/maps.
type mapping struct {
	start, end uint64
	perms      string
	path       string
}

// module is an ELF file that is mapped.
type module struct {
	path     string // in the process's own file system
	main     bool   // the program itself
	base     uint64 // where its first byte is mapped
	mappings []mapping

	opened   bool
	segments []elf.ProgHeader
	bias     uint64            // of addresses in the file
	symbols  map[string]uint64 // where its functions and data are in memory
	pending  [][2]uint64       // functions that may hold the lock of pending calls: from, to
	pyState  uint64            // of the section .PyRuntime; 0 = there is none
}

const (
	mostMappings = 1 << 17
	mostModules  = 1 << 13
)

func (t *target) readModules() error {
	file, err := os.Open(t.path("maps"))
	if err != nil {
		return t.denied()
	}
	defer file.Close()
	exe, _ := os.Readlink(t.path("exe"))
	byPath := map[string]*module{}
	lines := bufio.NewScanner(file)
	for n := 0; lines.Scan() && n < mostMappings && len(t.modules) < mostModules; n++ {
		m, offset, ok := parseMapping(lines.Text())
		if !ok {
			continue
		}
		known := byPath[m.path]
		if known == nil && offset == 0 {
			known = &module{path: m.path, base: m.start, main: m.path == exe}
			byPath[m.path] = known
			t.modules = append(t.modules, known)
		}
		if known != nil {
			known.mappings = append(known.mappings, m)
		}
	}
	if lines.Err() != nil {
		return refuse("what is mapped in %d cannot be read: %v", t.pid, lines.Err())
	}
	if len(t.modules) == 0 {
		return t.denied()
	}
	// What the kernel lets a tracer do: asked now, so that the answer comes before any question.
	if _, err := t.word(t.modules[0].base); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return t.denied()
	}
	return nil
}

func parseMapping(line string) (m mapping, offset uint64, ok bool) {
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 6 {
		return m, 0, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	var errs [3]error
	m.start, errs[0] = strconv.ParseUint(from, 16, 64)
	m.end, errs[1] = strconv.ParseUint(to, 16, 64)
	offset, errs[2] = strconv.ParseUint(fields[2], 16, 64)
	m.perms, m.path = fields[1], strings.TrimLeft(fields[5], " ")
	return m, offset, errors.Join(errs[:]...) == nil && strings.HasPrefix(m.path, "/") && len(m.perms) == 4
}

// open reads the module's file as the process has it, if it is what is mapped.
func (m *module) open(t *target) error {
	if m.opened {
		return nil
	}
	// Where the process has a root of its own but shares our mounts, maps has our path.
	paths := []string{t.path("root") + m.path, m.path}
	if m.main {
		paths = []string{t.path("exe")}
	}
	var worst error
	for _, path := range paths {
		if worst = m.openFile(t, path); worst == nil {
			return nil
		}
	}
	return worst
}

func (m *module) openFile(t *target, path string) error {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", m.path)
	}
	head, mapped := make([]byte, 1024), make([]byte, 1024)
	if _, err := file.ReadAt(head, 0); err != nil {
		return err
	}
	if err := t.peek(m.base, mapped); err != nil {
		return err
	}
	if !bytes.Equal(head, mapped) {
		return fmt.Errorf("%s is not the file that is mapped", m.path)
	}
	parsed, err := elf.NewFile(file)
	if err != nil {
		return err
	}
	return m.parse(parsed)
}

func (m *module) parse(file *elf.File) error {
	const pageMask = ^uint64(4095)
	first := true
	for _, part := range file.Progs {
		if part.Type != elf.PT_LOAD {
			continue
		}
		if first {
			m.bias, first = m.base-part.Vaddr&pageMask, false
		}
		m.segments = append(m.segments, part.ProgHeader)
	}
	m.symbols = map[string]uint64{}
	dynamic, _ := file.DynamicSymbols()
	static, _ := file.Symbols() // most are stripped
	for _, s := range append(dynamic, static...) {
		if s.Section == elf.SHN_UNDEF || s.Value == 0 {
			continue
		}
		at := m.bias + s.Value
		switch s.Name {
		case "Py_AddPendingCall", "Py_Version", "dlopen", "dlsym":
			m.symbols[s.Name] = at
		}
		if name := strings.ToLower(strings.ReplaceAll(s.Name, "_", "")); s.Size > 0 && strings.Contains(name, "pendingcall") {
			m.pending = append(m.pending, [2]uint64{at, at + s.Size})
		}
	}
	if section := file.Section(".PyRuntime"); section != nil {
		m.pyState = m.bias + section.Addr
	}
	m.opened = true
	return nil
}

// covers tells whether memory from at to end is mapped with all of perms.
func (m *module) covers(at, end uint64, perms string) bool {
	for _, p := range m.mappings {
		if at >= p.start && end <= p.end && strings.Contains(p.perms, perms) {
			return true
		}
	}
	return false
}

// find is where the process has a function of a library with one of these names.
func (t *target) find(symbol string, libraries ...string) (uint64, error) {
	for _, m := range t.modules {
		base := filepath.Base(m.path)
		for _, library := range libraries {
			if strings.HasPrefix(base, library) && m.open(t) == nil && m.symbols[symbol] != 0 {
				return m.symbols[symbol], nil
			}
		}
	}
	return 0, refuse("%s is not to be found in %d", symbol, t.pid)
}

// peek reads memory of the process, which need not be stopped.
func (t *target) peek(at uint64, b []byte) error {
	n, err := unix.ProcessVMReadv(t.pid, iovec(b), remote(at, len(b)), 0)
	if err == nil && n < len(b) {
		err = fmt.Errorf("memory at %#x of %d ends early", at, t.pid)
	}
	return err
}

// poke writes memory of the process, which need not be stopped.
func (t *target) poke(at uint64, b []byte) error {
	n, err := unix.ProcessVMWritev(t.pid, iovec(b), remote(at, len(b)), 0)
	if err == nil && n < len(b) {
		err = fmt.Errorf("memory at %#x of %d ends early", at, t.pid)
	}
	return err
}

func iovec(b []byte) []unix.Iovec {
	return []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
}

func remote(at uint64, length int) []unix.RemoteIovec {
	return []unix.RemoteIovec{{Base: uintptr(at), Len: length}}
}

func (t *target) word(at uint64) (uint64, error) {
	var b [8]byte
	err := t.peek(at, b[:])
	return native.Uint64(b[:]), err
}
