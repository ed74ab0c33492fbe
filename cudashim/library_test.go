package cudashim

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sourcesHash computes what the Makefile builds into the library.
func sourcesHash(t *testing.T) string {
	t.Helper()
	names := []string{"Makefile"}
	for _, pattern := range []string{"page/*.h", "csrc/*.c", "csrc/*.h", "csrc/*.py", "csrc/*.map", "include/*.h"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	var list bytes.Buffer
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(content), name)
	}
	return fmt.Sprintf("%x", sha256.Sum256(list.Bytes()))
}

func TestLibraryIsBuiltFromItsSources(t *testing.T) {
	if got, want := SourceHash(), sourcesHash(t); got != want {
		t.Fatalf("lib/linux_amd64/libgpufragtop.so says %q, its sources say %q: run make -C cudashim and commit the result", got, want)
	}
}

func openLibrary(t *testing.T) *elf.File {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(library))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Case 11: what it needs, asks of the C library, exports and keeps per thread.
func TestLibraryNeedsOnlyLibc(t *testing.T) {
	needed, err := openLibrary(t).ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"libc.so.6", "libdl.so.2", "libpthread.so.0"}
	slices.Sort(needed)
	if !slices.Equal(needed, want) {
		t.Errorf("it needs %v, want %v: anything else is fatal where it is missing", needed, want)
	}
}

// Case 11.
func TestLibraryLoadsOnOldGlibc(t *testing.T) {
	symbols, err := openLibrary(t).ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	if len(symbols) < 20 {
		t.Fatalf("only %d imported symbols were found", len(symbols))
	}
	for _, symbol := range symbols {
		version, found := strings.CutPrefix(symbol.Version, "GLIBC_")
		if !found {
			continue // weak, without a version
		}
		parts := strings.Split(version, ".")
		minor, err := strconv.Atoi(parts[1])
		if parts[0] != "2" || err != nil || minor > 17 {
			t.Errorf("%s needs %s, newer than GLIBC_2.17", symbol.Name, symbol.Version)
		}
	}
}

// Case 11.
func TestLibraryExportsExactly(t *testing.T) {
	symbols, err := openLibrary(t).DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, symbol := range symbols {
		if symbol.Section != elf.SHN_UNDEF {
			exported = append(exported, symbol.Name)
		}
	}
	slices.Sort(exported)
	want := []string{
		"InitializeInjection",
		"cuInit", "cuMemAllocAsync", "cuMemAllocAsync_ptsz", "cuMemAllocManaged", "cuMemAlloc_v2",
		"cuStreamBeginCapture", "cuStreamBeginCaptureToGraph", "cuStreamBeginCaptureToGraph_ptsz",
		"cuStreamBeginCapture_ptsz", "cuStreamBeginCapture_v2", "cuStreamBeginCapture_v2_ptsz",
		"cuStreamEndCapture", "cuStreamEndCapture_ptsz",
		"cudaGetDeviceCount", "cudaMalloc", "cudaMallocAsync", "cudaMallocAsync_ptsz", "cudaMallocManaged", "cudaMemGetInfo", "cudaSetDevice",
		"cudaStreamBeginCapture", "cudaStreamBeginCaptureToGraph", "cudaStreamBeginCaptureToGraph_ptsz",
		"cudaStreamBeginCapture_ptsz", "cudaStreamEndCapture", "cudaStreamEndCapture_ptsz",
		"gpufragtop_set_release",
		"gpufragtop_start",
	}
	if !slices.Equal(exported, want) {
		t.Errorf("exported:\n%v\nwant:\n%v", exported, want)
	}
}

// A library with much thread-local storage cannot be loaded late, and takes room from others.
// Case 11.
func TestLibraryHasLittlePerThread(t *testing.T) {
	for _, part := range openLibrary(t).Progs {
		if part.Type == elf.PT_TLS && part.Memsz > 64 {
			t.Errorf("%d bytes of thread-local storage", part.Memsz)
		}
	}
}

// Case 11.
func TestLibraryHasNoConstructor(t *testing.T) {
	file := openLibrary(t)
	// crtbegin's frame_dummy is the only entry a compiler adds by itself.
	if section := file.Section(".init_array"); section != nil && section.Size > 8 {
		t.Errorf("%d constructors: nothing of ours may run before the first CUDA call", section.Size/8)
	}
	for _, name := range []string{".symtab", ".debug_info", ".note.gnu.build-id"} {
		if file.Section(name) != nil {
			t.Errorf("section %s: the library is not stripped, or not reproducible", name)
		}
	}
}
