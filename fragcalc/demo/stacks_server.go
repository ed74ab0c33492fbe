package demo

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Stacks of the server.
const (
	serverWeights site = 1 + iota
	serverCache
	serverPrompt
	serverTokens
)

func serverStacks() fragcalc.Stacks {
	const (
		run = `
			serve/engine.py:64 run
			serve/__main__.py:41 main
			serve/__main__.py:45 <module>
			@main`
		prefill = `
			@call
			serve/model.py:133 prefill
			torch/utils/_contextlib.py:116 decorate_context
			serve/scheduler.py:71 admit` + run
	)
	return recorded("chat", `
			@memory
			torch/nn/modules/module.py:2561 load_state_dict
			serve/loader.py:52 load_shard
			serve/loader.py:29 load
			serve/__main__.py:33 main
			serve/__main__.py:45 <module>
			@main`, `
			@memory
			serve/cache.py:77 grow
			serve/scheduler.py:118 decode
			torch/utils/_contextlib.py:116 decorate_context`+run, `
			@linear
			serve/model.py:88 forward`+prefill, `
			@memory
			serve/sampler.py:26 sample
			torch/utils/_contextlib.py:116 decorate_context
			serve/scheduler.py:79 admit`+run)
}
