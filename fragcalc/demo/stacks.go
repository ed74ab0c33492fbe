package demo

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// site is the number of a stack among those of a workload, from 1 on; 0 where
// the program records no history.
type site uint32

// at says which stack allocates from now on.
func (h heap) at(s site) { h.SetStack(uint32(s)) }

const (
	projects = "/home/alice/"
	packages = "/home/alice/venv/lib/python3.11/site-packages/"
)

// macros are the calls that stand in every stack, as PyTorch 2.6 records them.
var macros = map[string]string{
	"@memory": `
		torch::CapturedTraceback::gather(bool, bool, bool)
		c10::cuda::CUDACachingAllocator::Native::NativeCachingAllocator::allocate(unsigned long)
		at::detail::empty_generic(c10::ArrayRef<long>, c10::Allocator*, c10::DispatchKeySet)`,
	"@call": `
		torch/nn/modules/module.py:1750 _call_impl
		torch/nn/modules/module.py:1739 _wrapped_call_impl`,
	"@linear": `
		@memory
		torch/nn/modules/linear.py:125 forward
		@call`,
	"@main": `
		<frozen runpy>:88 _run_code
		<frozen runpy>:198 _run_module_as_main`,
}

// recorded reads stacks, one a site: a call a line, innermost first, as
// "FILE:LINE FUNCTION" where it is of Python. Files of the program lie in its
// project's folder.
func recorded(project string, written ...string) fragcalc.Stacks {
	all := make(fragcalc.Stacks, len(written))
	for i, text := range written {
		all[i] = calls(nil, projects+project+"/", text)
	}
	return all
}

func calls(stack fragcalc.Stack, folder, text string) fragcalc.Stack {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		place, function, python := strings.Cut(line, ".py:")
		switch macro, ok := macros[line]; {
		case line == "":
		case ok:
			stack = calls(stack, folder, macro)
		case strings.HasPrefix(line, "<frozen runpy>:"):
			stack = append(stack, frame("<frozen runpy>", strings.TrimPrefix(line, "<frozen runpy>:")))
		case !python:
			stack = append(stack, fragcalc.Frame{File: "??", Function: line})
		case strings.HasPrefix(place, "torch/"):
			stack = append(stack, frame(packages+place+".py", function))
		default:
			stack = append(stack, frame(folder+place+".py", function))
		}
	}
	return stack
}

// frame is a call of which the rest is "LINE FUNCTION".
func frame(file, rest string) fragcalc.Frame {
	line, function, _ := strings.Cut(rest, " ")
	number, err := strconv.Atoi(line)
	if err != nil {
		panic(err) // the stacks of this package
	}
	return fragcalc.Frame{File: file, Line: number, Function: function}
}
