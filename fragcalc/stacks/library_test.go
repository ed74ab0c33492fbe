package stacks

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestLibrary(t *testing.T) {
	for file, want := range map[string]string{
		"/home/alice/lm/train.py":                       "",
		"train.py":                                      "",
		"/home/alice/torch/train.py":                    "", // a folder that is only called so
		"/home/alice/lm/utils/functional.py":            "",
		"/tmp/ipykernel_4711/2207181.py":                "",
		"<stdin>":                                       "",
		"<string>":                                      "",
		"<ipython-input-3-0c1d>":                        "",
		"/usr/lib/python3/dist-packages/yaml/loader.py": "yaml",
		"/usr/lib/python3.11/threading.py":              Python,
		"/opt/conda/lib/python3.12/contextlib.py":       Python,
		"/usr/lib64/python3.13t/runpy.py":               Python,
		"<frozen runpy>":                                Python,
		"/venv/lib/python3.11/site-packages/torch/nn/modules/module.py":       Torch,
		"/venv/lib/python3.11/site-packages/six.py":                           "six",
		"/venv/lib/python3.11/site-packages/vllm/worker/model_runner.py":      "vllm",
		"/venv/lib/python3.11/site-packages/flash_attn_2_cuda.cpython-311.so": "flash_attn_2_cuda",
		`C:\Python311\Lib\site-packages\numpy\core\numeric.py`:                "numpy",
		"/workspace/pytorch/torch/nn/functional.py":                           Torch,
		"torch/_tensor.py":                      Torch,
		"torch/utils/checkpoint.py":             Torch,
		"/tmp/torchinductor_alice/ab/cabxyz.py": Torch,
		"<eval_with_key>.7":                     Torch,
		"<attrs generated init a.B>":            Generated,
		"":                                      Native,
		"??":                                    Native,
		"/pytorch/c10/cuda/CUDACachingAllocator.cpp":      Native,
		"/lib/x86_64-linux-gnu/libc.so.6":                 Native,
		"../sysdeps/x86_64/start.S":                       Native,
		"/usr/local/src/conda/python-3.11/Python/ceval.c": Native,
		"/home/alice/kernels/fused.cu":                    Native,
	} {
		if got := Library(fragcalc.Frame{File: file}); got != want {
			t.Errorf("%q is of %q, want %q", file, got, want)
		}
	}
}

// trace is a stack as PyTorch records it, innermost first.
var trace = fragcalc.Stack{
	{File: "??", Function: "torch::CapturedTraceback::gather(bool, bool, bool)"},
	{File: "/venv/lib/python3.11/site-packages/torch/nn/modules/linear.py", Line: 125, Function: "forward"},
	{File: "/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", Line: 1750, Function: "_call_impl"},
	{File: "/home/alice/lm/model.py", Line: 97, Function: "attention"},
	{File: "/home/alice/lm/model.py", Line: 120, Function: "forward"},
	{File: "/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", Line: 1750, Function: "_call_impl"},
	{File: "/home/alice/lm/train.py", Line: 212, Function: "step"},
	{File: "<frozen runpy>", Line: 88, Function: "_run_code"},
}

func TestFold(t *testing.T) {
	runs := Fold(trace)
	want := []struct {
		frames    int
		libraries []string
	}{{3, []string{Native, Torch}}, {2, nil}, {1, []string{Torch}}, {1, nil}, {1, []string{Python}}}
	if len(runs) != len(want) {
		t.Fatalf("%d runs: %+v", len(runs), runs)
	}
	at := 0
	for i, run := range runs {
		if len(run.Frames) != want[i].frames || len(run.Libraries) != len(want[i].libraries) || run.Own() != (want[i].libraries == nil) {
			t.Errorf("run %d: %+v", i, run)
		}
		for j, library := range want[i].libraries {
			if run.Libraries[j] != library {
				t.Errorf("run %d is of %v", i, run.Libraries)
			}
		}
		for _, f := range run.Frames {
			if f != trace[at] {
				t.Errorf("frame %d is %+v", at, f)
			}
			at++
		}
	}
	if at != len(trace) || Fold(nil) != nil {
		t.Errorf("%d frames of %d", at, len(trace))
	}
}

func TestName(t *testing.T) {
	installed := func(file, function string) fragcalc.Frame {
		return fragcalc.Frame{File: "/venv/lib/python3.11/site-packages/" + file, Line: 7, Function: function}
	}
	native := fragcalc.Frame{File: "??", Function: "at::empty_cuda"}
	for _, c := range []struct {
		want  string
		stack fragcalc.Stack
	}{
		{"model.py:97 attention", trace},
		{"vllm/worker/cache.py:7 allocate", fragcalc.Stack{native, installed("torch/_ops.py", "call"), installed("vllm/worker/cache.py", "allocate"), installed("vllm/main.py", "run")}},
		{"torch/_ops.py:7 call", fragcalc.Stack{native, installed("torch/_ops.py", "call"), installed("torch/nn/x.py", "forward")}},
		{"six.py:7 reraise", fragcalc.Stack{installed("six.py", "reraise")}},
		{"at::empty_cuda", fragcalc.Stack{{File: "??", Function: "??"}, native}},
		{"fused.cu:3 launch", fragcalc.Stack{{File: "/a/fused.cu", Line: 3, Function: "launch"}}},
		{"<stdin>:1 <module>", fragcalc.Stack{{File: "<stdin>", Line: 1, Function: "<module>"}}},
		{"train.py", fragcalc.Stack{{File: "train.py"}}},
		{"?", fragcalc.Stack{{}}},
		{None, nil},
	} {
		if got := Name(c.stack); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("/a/lib/python3.11/site-packages/torch/x.py", "<frozen x>", "f")
	f.Add("site-packages/", "torch/", "")
	f.Add(`\\\\`, "lib/python3", "torchinductor_/")
	f.Fuzz(func(t *testing.T, a, b, function string) {
		stack := fragcalc.Stack{{File: a, Function: function}, {File: b}, {File: a}}
		frames := 0
		for _, run := range Fold(stack) {
			frames += len(run.Frames)
		}
		if frames != len(stack) || Name(stack) == "" {
			t.Errorf("%d frames, named %q", frames, Name(stack))
		}
	})
}
