package cudashim

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Compiled is what Build has made.
type Compiled struct {
	Path     string
	Compiler string // its first line about itself
	Built    Built
	Same     bool   // the very bytes of the embedded shim
	Untrust  string // why run would not take it from there; empty if it would
}

// Build compiles the embedded sources with the given compiler (empty: $CC, else
// cc), with the flags of the Makefile but for the warnings, and puts the result
// at path once it exports and needs what it should. Nothing in it depends on
// where or when it is built. Its errors are *Error.
func Build(ctx context.Context, path, cc string) (Compiled, error) {
	how, err := readMakefile(sources, runtime.GOARCH)
	if err != nil {
		return Compiled{}, failf(codeFailed, "%v", err)
	}
	hash, err := hashOf(sources, how.inputs)
	if err != nil {
		return Compiled{}, failf(codeFailed, "%v", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return Compiled{}, failf(codeFailed, "%v", err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return Compiled{}, failf(codeFailed, "%s: no such folder", filepath.Dir(path))
	}
	compiler := compilerWords(cc)
	dir, err := os.MkdirTemp("", "gpufragtop-build-")
	if err != nil {
		return Compiled{}, failf(codeFailed, "no place to build: %v", plain(err))
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, sources); err != nil {
		return Compiled{}, failf(codeFailed, "no place to build: %v", plain(err))
	}
	const made = "made.so"
	args := append(compiler[1:len(compiler):len(compiler)], how.cflags...)
	args = append(append(args, `-DGFT_SOURCE_HASH="`+hash+`"`), how.units...)
	cmd := exec.CommandContext(ctx, compiler[0], append(append(args, "-o", made), how.ldflags...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return Compiled{}, compileError(compiler, out, err)
	}
	content, err := os.ReadFile(filepath.Join(dir, made))
	if err != nil {
		return Compiled{}, failf(codeFailed, "the compiler made nothing: %v", plain(err))
	}
	done := Compiled{Path: path, Compiler: versionOf(ctx, compiler, dir), Same: bytes.Equal(content, library)}
	if done.Built, err = inspect(content); err != nil {
		return Compiled{}, failf(codeFailed, "what %s made is of no use: %v", compiler[0], err)
	}
	if faults := done.Built.faults(); len(faults) > 0 {
		return Compiled{}, failf(codeFailed, "what %s made is not kept: %s", compiler[0], strings.Join(faults, "; "))
	}
	if err := write(path, content); err != nil {
		return Compiled{}, failf(codeFailed, "%v", plain(err))
	}
	if _, _, err := readTrusted(path); err != nil {
		done.Untrust = err.Error()
	}
	return done, nil
}

// compilerWords is the compiler with the arguments it is always given, as make
// takes CC: "ccache gcc" is two words.
func compilerWords(cc string) []string {
	for _, words := range []string{cc, os.Getenv("CC"), "cc"} {
		if fields := strings.Fields(words); len(fields) > 0 {
			return fields
		}
	}
	return nil // not reached: the last has one
}

func compileError(compiler []string, out []byte, err error) error {
	if len(out) == 0 {
		return failf(codeFailed, "no compiler: %v; install gcc or clang, or name one with --cc", err)
	}
	line := firstError(string(out))
	return failf(codeFailed, "%s failed: %s", compiler[0], text.Clean(line, 500))
}

// firstError is the line of a compiler's output that says most.
func firstError(out string) string {
	first := ""
	for line := range strings.Lines(out) {
		if strings.Contains(line, "error") {
			return strings.TrimSpace(line)
		}
		if first == "" {
			first = strings.TrimSpace(line)
		}
	}
	return first
}

// versionOf asks the compiler for its name, in a folder of ours: it may be a
// script that leaves something there.
func versionOf(ctx context.Context, compiler []string, dir string) string {
	cmd := exec.CommandContext(ctx, compiler[0], append(compiler[1:len(compiler):len(compiler)], "--version")...)
	cmd.Dir = dir
	out, err := cmd.Output()
	line, _, _ := strings.Cut(string(out), "\n")
	if err != nil || line == "" {
		return compiler[0]
	}
	return text.Clean(line, 120)
}

// String tells the size and hash of a build in a few words.
func (b Built) String() string { return fmt.Sprintf("%d bytes, sha256 %s", b.Size, b.SHA256) }
