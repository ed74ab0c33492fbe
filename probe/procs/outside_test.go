package procs

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func TestReadMaps(t *testing.T) {
	const python = "/venv/lib/python3.11/site-packages/"
	for _, test := range []struct {
		paths, name, version string
		gpu                  bool
	}{
		{python + "torch/lib/libtorch_cuda.so", "pytorch", "", false},
		{"/usr/lib/libcudart.so.12.4.127 " + python + "torch/lib/libc10_cuda.so /usr/lib/libcuda.so.1", "pytorch", "", true},
		{python + "jaxlib/xla_extension.so", "jax", "", false},
		{python + "jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax", "", false},
		{"/opt/pkgs/jaxlib-0.4.30/x.so " + python + "jaxlib/a.so", "jax", "0.4.30", false},
		{python + "cupy/_core/core.cpython-311-x86_64-linux-gnu.so", "cupy", "", false},
		{python + "tensorflow/libtensorflow_framework.so.2.16.1", "tensorflow", "2.16.1", false},
		{"/opt/llama/libggml-cuda.so", "llama.cpp", "", false},
		{"/usr/lib/libnvinfer.so.10.0.1", "tensorrt", "10.0.1", false},
		{"/usr/local/cuda-12.2/lib64/libcudart.so.12 /usr/lib/libcuda.so.550", "cuda", "12.2", true},
		{"/usr/lib/libc.so.6", "", "", false},
		{"", "", "", false},
	} {
		var text strings.Builder
		for path := range strings.SplitSeq(test.paths, " ") {
			text.WriteString(proctest.MapsLine(path) + proctest.MapsLine(path) + "7f00-7f10 rw-p 00000000 00:00 0\n")
		}
		got := readMaps(strings.NewReader(text.String()))
		if got.framework.Name != test.name || got.framework.Version != test.version || got.gpu != test.gpu || got.framework.Source == outside != (test.name != "") {
			t.Errorf("%s: got %+v", test.paths, got)
		}
	}
}

func TestFrameworkOfCommand(t *testing.T) {
	for command, want := range map[string]string{"/usr/bin/llama-server -m x": "llama.cpp", "python -m vllm.entrypoints": "pytorch", "sleep 9": ""} {
		if got := frameworkOfCommand(command).Name; got != want {
			t.Errorf("%q: %q, want %q", command, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, test := range []struct{ environ, framework, text, backend string }{
		{"PYTORCH_CUDA_ALLOC_CONF=a:1", "pytorch", "a:1", ""},
		{"PYTORCH_CUDA_ALLOC_CONF=a:1\x00PYTORCH_ALLOC_CONF=b:2", "pytorch", "b:2", ""},
		{"PYTORCH_CUDA_ALLOC_CONF=backend: native ,x:1", "cuda", "backend: native ,x:1", "native"},
		{"PYTORCH_NO_CUDA_MEMORY_CACHING=1", "", "PYTORCH_NO_CUDA_MEMORY_CACHING=1", ""},
		{"XLA_PYTHON_CLIENT_PREALLOCATE=false\x00XLA_PYTHON_CLIENT_MEM_FRACTION=.5\x00PYTORCH_ALLOC_CONF=b:2", "jax",
			"XLA_PYTHON_CLIENT_PREALLOCATE=false XLA_PYTHON_CLIENT_MEM_FRACTION=.5", ""},
		{"TF_FORCE_GPU_ALLOW_GROWTH=true", "tensorflow", "TF_FORCE_GPU_ALLOW_GROWTH=true", ""},
		{"HOME=/x", "pytorch", "", ""},
	} {
		got := parseEnviron([]byte(test.environ)).settings(test.framework)
		want := fragcalc.AllocatorSettings{Text: test.text, Backend: test.backend}
		if test.text != "" {
			want.Source = outside
		}
		if got != want {
			t.Errorf("%q for %s: %+v, want %+v", test.environ, test.framework, got, want)
		}
	}
}

func TestJob(t *testing.T) {
	for environ, want := range map[string]string{
		"RANK=3\x00WORLD_SIZE=8\x00SLURM_JOB_ID=4711": "rank 3/8 slurm 4711",
		"RANK=3": "rank 3",
		"OMPI_COMM_WORLD_RANK=1\x00PBS_JOBID=9.h":          "rank 1 pbs 9.h",
		"POD_NAME=a\x00POD_NAMESPACE=ml\x00AWS_SECRET=x":   "pod ml/a",
		"RANK=\x1b]0;x\x07\x001\x00=\x00\x00=RANK\x00RANK": "rank ]0;x",
		"": "",
	} {
		if got := JobText(parseEnviron([]byte(environ))); got != want {
			t.Errorf("%q: %q, want %q", environ, got, want)
		}
	}
}

// Nothing but the listed variables is ever kept.
func TestEnvironAllowList(t *testing.T) {
	env := parseEnviron([]byte("AWS_SECRET_ACCESS_KEY=x\x00RANK=1\x00HF_TOKEN=y\x00LD_PRELOAD=z\x00"))
	if len(env) != 1 || env["RANK"] != "1" {
		t.Errorf("kept %v", env)
	}
}
