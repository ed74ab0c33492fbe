package cudashim

import (
	"strings"
	"testing"
)

func TestInject(t *testing.T) {
	s := newShop(t)
	s.program(t, "train")
	launch, err := Prepare([]string{"train"}, s.env, RunOptions{Inject: true})
	if err != nil {
		t.Fatal(err)
	}
	shim := getenv(launch.Env, "CUDA_INJECTION64_PATH")
	if !strings.HasSuffix(shim, "/libgpufragtop.so") || getenv(launch.Env, "LD_PRELOAD") != "" || launch.Note != "" {
		t.Errorf("%q, note %q", launch.Env, launch.Note)
	}
	again, err := Prepare([]string{"train"}, launch.Env, RunOptions{Inject: true})
	if err != nil || again.Note != "" {
		t.Errorf("a second time: %v, note %q", err, again.Note)
	}
}

// A profiler's own library stays, and the user is told what that means.
func TestInjectLeavesAProfilerAlone(t *testing.T) {
	s := newShop(t)
	s.program(t, "train")
	env := append(s.env, "CUDA_INJECTION64_PATH=/opt/nsight/libToolsInjection64.so")
	launch, err := Prepare([]string{"train"}, env, RunOptions{Inject: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := getenv(launch.Env, "CUDA_INJECTION64_PATH"); got != "/opt/nsight/libToolsInjection64.so" {
		t.Errorf("the profiler's library was replaced by %s", got)
	}
	for _, word := range []string{"/opt/nsight/libToolsInjection64.so", "without the shim"} {
		if !strings.Contains(launch.Note, word) {
			t.Errorf("the note %q does not say %q", launch.Note, word)
		}
	}
	if getenv(launch.Env, "LD_PRELOAD") != "" {
		t.Error("it was preloaded, although that was not asked for")
	}
}
