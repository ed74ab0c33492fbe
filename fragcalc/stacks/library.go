package stacks

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// What frames belong to that are of no Python package.
const (
	Native    = "C++"            // compiled code
	Python    = "python"         // the interpreter and its standard library
	Torch     = "torch"          // PyTorch
	Generated = "generated code" // made by a library while the program runs
)

// Library names the library that a frame belongs to; it is empty for the
// program's own. Only the file decides:
//
//   - none, or "??", which is what symbolizers write for one they do not know
//     (addr2line, and PyTorch's torch/csrc/profiler/unwind after it): C++
//   - below site-packages (Python's site module) or dist-packages (Debian's
//     Python policy): the package. A program that is installed there itself is
//     a library too; see Name for what it is called by then
//   - a shared object, or source code of C, C++ or CUDA: C++, wherever it lies: wheels
//     are compiled anywhere
//   - below lib/python3.N (the installation schemes of sysconfig), or "<frozen …>"
//     (modules that are frozen into the interpreter): python
//   - "<eval_with_key>…" (torch.fx names what it generates so), below
//     torchinductor_USER (the cache of torch.compile's code), or in one of PyTorch's
//     own folders below one named torch, as in a source checkout: torch
//   - any other name in angle brackets: generated code, but for "<string>", "<stdin>"
//     and "<ipython-input…>", which the program's author has typed
func Library(f fragcalc.Frame) string {
	file := strings.ReplaceAll(f.File, `\`, "/")
	switch {
	case file == "" || file == "??" || file == "?":
		return Native
	case strings.HasPrefix(file, "<"):
		return unnamed(file)
	}
	for _, folder := range [...]string{"site-packages/", "dist-packages/"} {
		if at := strings.LastIndex(file, folder); at >= 0 {
			return packageOf(file[at+len(folder):])
		}
	}
	if compiled(file) {
		return Native
	}
	folder, before := "", ""
	for rest := file; ; {
		next, below, more := strings.Cut(rest, "/")
		switch {
		case strings.HasPrefix(folder, "python3") && (before == "lib" || before == "lib64"):
			return Python
		case folder == "torch" && torchOwns[strings.TrimSuffix(next, ".py")]:
			return Torch
		case more && strings.HasPrefix(next, "torchinductor_"):
			return Torch
		case !more:
			return ""
		}
		before, folder, rest = folder, next, below
	}
}

// unnamed is the owner of code that comes from no file.
func unnamed(file string) string {
	for _, known := range [...]struct{ start, owner string }{
		{"<string>", ""}, {"<stdin>", ""}, {"<ipython-input", ""},
		{"<frozen", Python}, {"<eval_with_key>", Torch},
	} {
		if strings.HasPrefix(file, known.start) {
			return known.owner
		}
	}
	return Generated
}

// packageOf is the package of a path below site-packages.
func packageOf(path string) string {
	name, _, _ := strings.Cut(path, "/")
	name, _, _ = strings.Cut(name, ".")
	return orElse(name, Generated)
}

// compiled tells whether a file is a shared object or a compiler's source.
func compiled(file string) bool {
	base := file[strings.LastIndexByte(file, '/')+1:]
	if strings.Contains(base, ".so.") {
		return true
	}
	dot := strings.LastIndexByte(base, '.')
	if dot < 0 {
		return false
	}
	switch base[dot+1:] {
	case "so", "c", "cc", "cpp", "cxx", "cu", "cuh", "h", "hh", "hpp", "hxx", "inl", "S":
		return true
	}
	return false
}

// torchOwns are modules and packages of PyTorch through which allocations come.
var torchOwns = map[string]bool{
	"_C": true, "_compile": true, "_decomp": true, "_dynamo": true, "_functorch": true, "_higher_order_ops": true,
	"_inductor": true, "_jit_internal": true, "_library": true, "_ops": true, "_prims": true, "_refs": true,
	"_subclasses": true, "_tensor": true, "_utils": true, "amp": true, "ao": true, "autograd": true, "compiler": true,
	"cuda": true, "distributed": true, "export": true, "functional": true, "func": true, "fx": true, "jit": true,
	"library": true, "linalg": true, "masked": true, "nested": true, "nn": true, "onnx": true, "optim": true,
	"overrides": true, "profiler": true, "random": true, "serialization": true, "sparse": true, "storage": true,
	"utils": true,
}
