package demo

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Stacks of the trainer. The hidden states that it keeps come from
// contrastive.py: they are what pins its segments.
const (
	trainerWeights site = 1 + iota
	trainerGradients
	trainerMoments
	trainerNorm
	trainerQKV
	trainerAttention
	trainerKept
	trainerUp
	trainerActivation
	trainerMask
	trainerLoss
	trainerBackward
)

// trainerForward are the sites of a layer's activations, in their order.
var trainerForward = [...]site{trainerNorm, trainerQKV, trainerAttention, trainerKept, trainerUp, trainerActivation, trainerMask}

func trainerStacks() fragcalc.Stacks {
	const (
		step = `
			train.py:188 train
			train.py:219 main
			train.py:231 <module>`
		forward = `
			@call
			model.py:187 forward
			@call
			train.py:127 train_step` + step
		backward = `
			torch/autograd/graph.py:823 _engine_run_backward
			torch/autograd/__init__.py:347 backward
			torch/_tensor.py:626 backward
			train.py:131 train_step` + step
	)
	return recorded("lm", `
			@memory
			torch/nn/modules/module.py:1329 convert
			torch/nn/modules/module.py:930 _apply
			torch/nn/modules/module.py:903 _apply
			torch/nn/modules/module.py:903 _apply
			torch/nn/modules/module.py:1343 to
			train.py:74 build_model
			train.py:214 main
			train.py:231 <module>`, `
			@memory
			torch::autograd::AccumulateGrad::apply(std::vector<at::Tensor>&&)`+backward, `
			@memory
			torch/optim/adam.py:174 _init_group
			torch/optim/adam.py:234 step
			torch/optim/optimizer.py:91 _use_grad
			torch/optim/optimizer.py:493 wrapper
			torch/optim/lr_scheduler.py:140 wrapper
			train.py:136 train_step`+step, `
			@memory
			torch/nn/functional.py:2910 layer_norm
			torch/nn/modules/normalization.py:217 forward
			@call
			model.py:118 forward`+forward, `
			@linear
			model.py:84 attention
			model.py:119 forward`+forward, `
			@memory
			at::_ops::_scaled_dot_product_flash_attention::call(at::Tensor const&, at::Tensor const&, at::Tensor const&)
			model.py:93 attention
			model.py:119 forward`+forward, `
			@memory
			at::_ops::mean_dim::call(at::Tensor const&, c10::OptionalArrayRef<long>, bool, std::optional<c10::ScalarType>)
			contrastive.py:41 keep_states
			model.py:121 forward`+forward, `
			@linear
			model.py:104 mlp
			model.py:122 forward`+forward, `
			@memory
			torch/nn/modules/activation.py:734 forward
			@call
			model.py:105 mlp
			model.py:122 forward`+forward, `
			@memory
			model.py:64 position_mask
			model.py:117 forward`+forward, `
			@memory
			torch/nn/functional.py:3494 cross_entropy
			train.py:129 train_step`+step, `
			@memory
			torch::autograd::Engine::evaluate_function(std::shared_ptr<torch::autograd::GraphTask>&)`+backward)
}
