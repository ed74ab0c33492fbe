package cudashim

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// oldestGlibc is the newest version of glibc that the shim may need: 2.17.
var oldestGlibc = [2]int{2, 17}

// mayNeed are the libraries that the shim may need: any other is fatal to a
// program that is started where it is missing.
var mayNeed = []string{"libc.so.6", "libdl.so.2", "libpthread.so.0"}

// Built is what can be seen in a build of the shim.
type Built struct {
	Size       int
	SHA256     string
	SourceHash string // of the sources it says it was built from; empty = it is no shim
	ABI        string // layout of its page, "1.1"; empty where it does not say
	Exports    []string
	Needed     []string
	Glibc      string // the newest version it needs, "2.17"
	machine    elf.Machine
}

// Embedded is what can be seen in the embedded shim.
func Embedded() (Built, error) {
	if len(library) == 0 {
		return Built{}, noShim()
	}
	return inspect(library)
}

// inspect reads a build of the shim; the error says why it is none.
func inspect(content []byte) (Built, error) {
	sum := sha256.Sum256(content)
	b := Built{Size: len(content), SHA256: hex.EncodeToString(sum[:]), SourceHash: marked(content, hashMark, hashLength), ABI: abiOf(content)}
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return b, errors.New("it is no library of this system")
	}
	defer file.Close()
	b.machine = file.Machine
	dynamic, err := file.DynamicSymbols()
	if err != nil {
		return b, errors.New("it has no table of symbols")
	}
	for _, s := range dynamic {
		if s.Section != elf.SHN_UNDEF {
			b.Exports = append(b.Exports, text.Clean(s.Name, 200))
		}
	}
	slices.Sort(b.Exports)
	b.Exports = slices.Compact(b.Exports)
	needed, _ := file.ImportedLibraries()
	for _, name := range needed {
		b.Needed = append(b.Needed, text.Clean(name, 200))
	}
	slices.Sort(b.Needed)
	b.Glibc = newestGlibc(file)
	return b, nil
}

func newestGlibc(file *elf.File) string {
	var newest []int
	symbols, _ := file.ImportedSymbols()
	for _, s := range symbols {
		number, ok := strings.CutPrefix(s.Version, "GLIBC_")
		if !ok {
			continue
		}
		if version := numbers(number); slices.Compare(version, newest) > 0 {
			newest = version
		}
	}
	words := make([]string, len(newest))
	for i, n := range newest {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ".")
}

func numbers(version string) []int {
	var out []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// faults says what is wrong with a build: what it exports and needs is the
// promise that it changes nothing in a program.
func (b Built) faults() []string {
	var out []string
	if b.machine != ownMachine() {
		out = append(out, fmt.Sprintf("it is built for another machine (%v)", b.machine))
	}
	if b.SourceHash == "" {
		out = append(out, "it does not name its sources: it is no shim of gpufragtop")
	}
	if want, err := exportList(); err != nil {
		out = append(out, err.Error())
	} else if !slices.Equal(want, b.Exports) {
		out = append(out, difference("it exports", b.Exports, want, "which csrc/exports.map does not name", "it does not export"))
	}
	if extra := without(b.Needed, mayNeed); len(extra) > 0 {
		out = append(out, "it needs "+strings.Join(extra, ", ")+", without which programs would not start")
	}
	if slices.Compare(numbers(b.Glibc), oldestGlibc[:]) > 0 {
		out = append(out, fmt.Sprintf("it needs glibc %s: programs on an older one would not start (%d.%d is promised)", b.Glibc, oldestGlibc[0], oldestGlibc[1]))
	}
	return out
}

var exportName = regexp.MustCompile(`(?m)^\s+(\w+);`)

// exportList is what the embedded csrc/exports.map lets out, sorted.
func exportList() ([]string, error) {
	content, err := fs.ReadFile(sources, "csrc/exports.map")
	if err != nil {
		return nil, err
	}
	global, _, _ := strings.Cut(string(content), "local:")
	var names []string
	for _, found := range exportName.FindAllStringSubmatch(global, -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return names, nil
}

func without(list, known []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(known, s) })
}

func difference(has string, got, want []string, unknown, lacks string) string {
	var parts []string
	if extra := without(got, want); len(extra) > 0 {
		parts = append(parts, has+" "+strings.Join(extra, ", ")+", "+unknown)
	}
	if missing := without(want, got); len(missing) > 0 {
		parts = append(parts, lacks+" "+strings.Join(missing, ", "))
	}
	return strings.Join(parts, "; ")
}

func noShim() error {
	return failf(codeFailed, "there is no shim for %s/%s yet", runtime.GOOS, runtime.GOARCH)
}
