package cudashim

import (
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkProgram refuses programs into which the shim cannot be preloaded, or in
// which a preload is fatal.
func checkProgram(path string) error {
	if err := checkPrivilege(path); err != nil {
		return err
	}
	file, err := elf.Open(path)
	var format *elf.FormatError
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil // it may be executed and not read
	case errors.As(err, &format) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return failf(codeNotExecutable, "%s: not a program of this system", path)
	case err != nil:
		return failf(codeNotExecutable, "%v", err)
	}
	defer file.Close()
	return checkELF(path, file)
}

func checkELF(path string, file *elf.File) error {
	if file.Class != elf.ELFCLASS64 || file.Machine != ownMachine() {
		return failf(codeFailed, "%s is built for another machine (%v, %v): the shim for %s cannot be preloaded into it", path, file.Class, file.Machine, runtime.GOARCH)
	}
	interpreter := interpreterOf(file)
	switch {
	case interpreter == "":
		return failf(codeFailed, "%s is statically linked: nothing can be preloaded into it; run it without gpufragtop run, and the monitor shows what NVML tells", path)
	case strings.Contains(filepath.Base(interpreter), "ld-musl"):
		return failf(codeFailed, "%s is linked with musl: the shim needs glibc, and preloading it would stop the program; use a glibc build or image", path)
	case usesASan(file):
		return failf(codeFailed, "%s is built with AddressSanitizer, which refuses to start behind a preload; use a build without it", path)
	}
	return nil
}

func ownMachine() elf.Machine {
	if runtime.GOARCH == "arm64" {
		return elf.EM_AARCH64
	}
	return elf.EM_X86_64
}

// interpreterOf is the dynamic loader that the program asks for.
func interpreterOf(file *elf.File) string {
	const longest = 4096
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			name, _ := io.ReadAll(io.LimitReader(part.Open(), longest))
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}

func usesASan(file *elf.File) bool {
	libraries, _ := file.ImportedLibraries()
	if slices.ContainsFunc(libraries, func(name string) bool {
		return strings.HasPrefix(name, "libasan.so") || strings.HasPrefix(name, "libclang_rt.asan")
	}) {
		return true
	}
	symbols, _ := file.DynamicSymbols() // a static runtime exports its own
	return slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == "__asan_init" })
}

// checkPrivilege refuses programs that gain privileges when they start: the
// dynamic loader drops LD_PRELOAD then.
func checkPrivilege(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return failf(codeNotFound, "%v", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	gains := info.Mode()&os.ModeSetuid != 0 && int(stat.Uid) != os.Getuid() ||
		info.Mode()&os.ModeSetgid != 0 && int(stat.Gid) != os.Getgid()
	if !gains && os.Getuid() != 0 {
		size, err := unix.Getxattr(path, "security.capability", nil)
		gains = err == nil && size > 0
	}
	if gains {
		return failf(codeFailed, "%s starts with other privileges than yours (setuid, setgid or file capabilities), so that nothing is preloaded into it; start the program behind it with gpufragtop run", path)
	}
	return nil
}
