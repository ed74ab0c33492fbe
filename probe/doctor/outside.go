package doctor

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

// outside says why a process has no page, and what else will matter once it is
// started anew.
func (d *Doctor) outside(e *examined, starting bool) []wayin.Finding {
	out := []wayin.Finding{e.notInstrumented(starting, d.attachable(e))}
	out = append(out, e.inProgram()...)
	if f, ok := e.framework(); ok {
		out = append(out, f)
	}
	if f, ok := e.otherShims(); ok {
		out = append(out, f)
	}
	if e.facts.Settings.Backend == "cudaMallocAsync" {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "backend", What: "It uses backend:cudaMallocAsync",
			Why: "that allocator has no block map: pools and holes are seen where PYTORCH_ALLOC_CONF does not name it"})
	}
	if e.contain {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "container", What: "It runs in a container, or with other files than this monitor sees",
			Why: "the shim must lie inside, at a path that is the same there (gpufragtop recipe kubernetes: for a pod)", Do: "gpufragtop recipe docker"})
	}
	if d.attachable(e) {
		out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "attach", What: "It runs Python " + e.python + ": it can be got into as it runs",
			Why: "without a new start; its captures are not counted then", Do: wayin.AttachLine(e.pid)})
	}
	return out
}

// attachable tells whether a process can be got into as it runs.
func (d *Doctor) attachable(e *examined) bool {
	return d.options.Attach && e.python != "" && !e.hopeless && e.mapped == "" && wayin.Supported(e.facts.Framework.Name)
}

// offGPU tells whether nothing says that the program will ever use a GPU.
func (e *examined) offGPU() bool { return e.facts.Framework.Name == "" && !e.cuda && e.python == "" }

// notInstrumented is the one reason why there is no page.
func (e *examined) notInstrumented(starting, attachable bool) wayin.Finding {
	f := wayin.Finding{Level: wayin.Problem, Topic: "instrumented"}
	switch {
	case e.preload == "" && e.mapped == "" && e.parent != 0:
		f.What = fmt.Sprintf("It is not instrumented: its parent %d was started with the shim, and did not pass the environment on", e.parent)
		f.Why = "whatever started it gave it other variables (env={} in Python's subprocess, env -i, sudo, a cluster's launcher): it has to pass LD_PRELOAD on, or gpufragtop run stands in front of this very command"
	case e.preload == "" && e.mapped == "":
		f.What = "It is not instrumented: it was not started through gpufragtop"
		if e.facts.ShellLine != "" && !e.offGPU() {
			f.Do = wayin.RunLine(e.facts.ShellLine)
		}
		switch {
		case attachable && f.Do != "":
			f.Why = "it can be got into as it runs, see below; the next time it is to be started with:"
		case f.Do == "":
			f.Why = "what it is started with stands behind gpufragtop run --"
		}
	case e.environ.disabled:
		f.What, f.Why, f.Do = "The shim is switched off in it", "GPUFRAGTOP_DISABLE is set in its environment: it has to be started again without", "unset GPUFRAGTOP_DISABLE"
	case starting:
		f.Level, f.What, f.Why = wayin.Hint, "The shim's agent runs in it and is about to make its page", "ask again in a second"
	case e.mapped != "" && !e.cuda:
		f.Level, f.What, f.Why = wayin.Hint, "The shim is in it and waits for its first CUDA call", "until then it does nothing: nothing is to be done"
	case e.mapped != "":
		f.What = "The shim is in it, and has not seen its first successful CUDA call"
		f.Why = "CUDA has not been used yet, or its calls do not pass the dynamic loader: a CUDA runtime linked statically"
	case e.missing:
		f.What = "The shim that its environment names is not there for it: " + e.preload
		f.Why = "the file does not exist in its container or was removed before it started; inside that container (see gpufragtop recipe docker):"
		f.Do = "gpufragtop shim install " + filepath.Dir(e.preload)
	case e.secure:
		f.What, f.Why = "The loader has dropped the shim", "the program starts with other privileges than its user's (setuid, setgid or file capabilities): gpufragtop run has to stand before the program behind it"
	case e.environ.injection == e.preload:
		f.Level, f.What, f.Why = wayin.Hint, "The CUDA driver will load the shim when it starts", "the program has not used CUDA yet"
	default:
		f.What, f.Why = "The shim is named in its environment and was not loaded", "the program is not one that the dynamic loader starts, or the file could not be mapped (noexec, another machine)"
		f.Do = "gpufragtop shim verify " + e.preload
	}
	return f
}

// inProgram says what is in the way in the program itself.
func (e *examined) inProgram() []wayin.Finding {
	var out []wayin.Finding
	if e.program != nil {
		out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "program", What: "Nothing can be preloaded into its program", Why: e.program.Error()})
	} else if e.bits32 {
		out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "program", What: "It is a 32-bit program", Why: "the shim is for 64-bit ones"})
	}
	if e.secure && e.preload == "" {
		out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "program", What: "It was started with other privileges than its user's",
			Why: "the loader drops every preload then (setuid, setgid or file capabilities): gpufragtop run has to stand before the program behind it"})
	}
	if e.oldPython() {
		out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "python", What: "Its Python " + e.python + " is too old",
			Why: "the agent enters Python 3.8 or newer only: older ones can crash"})
	}
	return out
}

// framework says what is to be expected of what it computes with.
func (e *examined) framework() (wayin.Finding, bool) {
	framework := e.facts.Framework
	switch {
	case !wayin.Supported(framework.Name):
		return wayin.Finding{Level: wayin.Problem, Topic: "framework", What: "It computes with " + framework.Name, Why: wayin.Unsupported(framework.Name)}, true
	case framework.Name == "" && !e.cuda:
		return wayin.Finding{Level: wayin.Hint, Topic: "framework", What: "It does not use a GPU, as far as can be seen", Why: "no CUDA library is mapped into it"}, true
	case framework.Name == "pytorch":
		return wayin.Finding{Level: wayin.OK, Topic: "framework", What: "It computes with PyTorch, which the shim can ask"}, true
	}
	return wayin.Finding{}, false
}

// interposers are libraries of others that stand between programs and CUDA,
// with what they are.
var interposers = []struct{ file, name string }{
	{"libvgpu", "HAMi"}, {"torch_memory_saver", "torch_memory_saver"}, {"libnvshare", "nvshare"}, {"kvcached", "kvcached"}, {"libcuinj64", "a profiler"},
}

// otherShims says that another library stands between the program and CUDA.
func (e *examined) otherShims() (wayin.Finding, bool) {
	for _, path := range append(e.environ.preload[:len(e.environ.preload):len(e.environ.preload)], e.environ.injection) {
		for _, known := range interposers {
			if strings.Contains(filepath.Base(path), known.file) {
				return wayin.Finding{Level: wayin.Hint, Topic: "preload", What: "Another library stands between it and CUDA: " + path + " (" + known.name + ")",
					Why: "both work, ours behind it; what it changes in sizes is seen as it changes it"}, true
			}
		}
	}
	return wayin.Finding{}, false
}
