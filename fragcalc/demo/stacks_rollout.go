package demo

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Stacks of the rollout.
const (
	rolloutWeights site = 1 + iota
	rolloutGraphs
	rolloutOutputs
	rolloutStates
	rolloutLogProbs
)

func rolloutStacks() fragcalc.Stacks {
	const run = `
			rollout.py:164 run
			rollout.py:181 <module>`
	return recorded("rl", `
			@memory
			torch/nn/modules/module.py:1329 convert
			torch/nn/modules/module.py:930 _apply
			torch/nn/modules/module.py:903 _apply
			torch/nn/modules/module.py:1343 to
			rollout.py:38 load_policy
			rollout.py:158 run
			rollout.py:181 <module>`, `
			@linear
			decoder.py:72 forward
			@call
			decoder.py:118 capture
			rollout.py:160 run
			rollout.py:181 <module>`, `
			@memory
			decoder.py:121 capture
			rollout.py:160 run
			rollout.py:181 <module>`, `
			@memory
			decoder.py:94 extend
			torch/utils/_contextlib.py:116 decorate_context
			rollout.py:112 generate`+run, `
			@memory
			torch/nn/functional.py:2250 log_softmax
			rollout.py:119 keep_logprobs
			rollout.py:113 generate`+run)
}
