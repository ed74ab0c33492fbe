package procs

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// outside marks what was guessed without the process's help.
const outside = "outside"

// A framework is recognised by the libraries that it maps, or by its command.
// More telling ones come first: nearly all of them map libcudart as well.
var frameworks = []struct {
	name    string
	maps    []string // parts of a path
	command []string // parts of a command line
	version *regexp.Regexp
}{
	{"pytorch", []string{"/libtorch_cuda", "/libc10_cuda"}, []string{"torchrun", "torch.distributed", "vllm", "sglang"}, packageVersion("torch|pytorch")},
	{"jax", []string{"/xla_cuda_plugin", "/jax_plugins/", "/jaxlib/", "/libxla"}, nil, packageVersion("jaxlib|jax")},
	{"tensorflow", []string{"/libtensorflow_framework", "/libtensorflow_cc", "/_pywrap_tensorflow_"}, []string{"tensorflow_model_server"}, regexp.MustCompile(`libtensorflow\w*\.so\.(\d+\.\d+\.\d+)`)},
	{"cupy", []string{"/cupy/_core/", "/cupy_backends/", "/cupy/cuda/"}, nil, packageVersion("cupy(?:_cuda\\w+)?")},
	{"llama.cpp", []string{"/libggml-cuda", "/libggml_cuda", "/libllama.so"}, []string{"llama-server", "llama-cli", "llama-bench", "ollama"}, nil},
	{"onnxruntime", []string{"/libonnxruntime_providers_cuda"}, nil, regexp.MustCompile(`libonnxruntime\.so\.(\d+\.\d+\.\d+)`)},
	{"paddle", []string{"/libpaddle.so", "/libpaddle_inference"}, nil, nil},
	{"tensorrt", []string{"/libnvinfer.so"}, []string{"trtexec"}, regexp.MustCompile(`libnvinfer\.so\.(\d+\.\d+\.\d+)`)},
	{"rmm", []string{"/librmm.so"}, nil, nil},
	{"cuda", []string{"/libcudart.so", "/libcudart-", "/libcuda.so"}, nil, regexp.MustCompile(`(?:libcudart\.so\.|/cuda-)(\d+\.\d+)`)},
}

// packageVersion finds the version of a package in the paths of its files,
// where the path tells: an unpacked archive or a versioned folder.
func packageVersion(name string) *regexp.Regexp {
	return regexp.MustCompile(`/(?:` + name + `)-(\d+\.\d+(?:\.\d+)*(?:\+\w+)?)`)
}

// mapped is what a process's memory map shows.
type mapped struct {
	framework fragcalc.Framework
	gpu       bool // the driver or one of its devices is mapped
}

// readMaps looks for frameworks in the text of /proc/PID/maps.
func readMaps(maps io.Reader) mapped {
	var m mapped
	best, versions := len(frameworks), make([]string, len(frameworks))
	lines := bufio.NewScanner(io.LimitReader(maps, maxMaps))
	lines.Buffer(make([]byte, 0, 8<<10), 64<<10)
	var last []byte
	for lines.Scan() {
		start := bytes.IndexByte(lines.Bytes(), '/')
		if start < 0 || bytes.Equal(lines.Bytes()[start:], last) {
			continue
		}
		last = append(last[:0], lines.Bytes()[start:]...)
		path := string(last)
		m.gpu = m.gpu || strings.HasPrefix(path, "/dev/nvidia") || strings.Contains(path, "/libcuda.so")
		for i, f := range frameworks {
			if containsAny(path, f.maps) {
				best = min(best, i)
			}
			if f.version != nil && versions[i] == "" {
				if found := f.version.FindStringSubmatch(path); found != nil {
					versions[i] = text.Clean(found[1], 32)
				}
			}
		}
	}
	if best < len(frameworks) {
		m.framework = fragcalc.Framework{Name: frameworks[best].name, Version: versions[best], Source: outside}
	}
	return m
}

// frameworkOfCommand guesses from the command line alone, for processes whose
// maps may not be read.
func frameworkOfCommand(command string) fragcalc.Framework {
	for _, f := range frameworks {
		if containsAny(command, f.command) {
			return fragcalc.Framework{Name: f.name, Source: outside}
		}
	}
	return fragcalc.Framework{}
}

func containsAny(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
