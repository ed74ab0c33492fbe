package demo

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

const notInstrumented = "not instrumented"

// newProcesses returns the programs of the node. What each shows:
//
//	48121 alice  variable-length training: badly fragmented, sometimes out of room
//	48344 alice  a server on both GPUs: cache left behind by bursts, pending frees
//	51207 alice  training with fixed shapes: healthy
//	52660 alice  expandable segments and a CUDA graph's private pool
//	48200 alice  llama.cpp, not instrumented
//	50018 bob    another user's training, which may not be looked into
func newProcesses(seed int64, gpus []*gpu) []*process {
	python := func(pid int, start uint64, command, settings string) *process {
		return &process{facts: fragcalc.Process{
			RowID:     fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid, StartTicks: start}},
			User:      "alice",
			UID:       1000,
			Command:   command,
			Framework: fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "page"},
			Settings:  fragcalc.AllocatorSettings{Text: settings, Source: "page", Backend: "native"},
		}}
	}
	train := python(48121, 8_812_004, "python train.py --config gpt-1b3.yaml --varlen", "")
	train.facts.Job = "rank 0/1 slurm 91827"
	train.join(gpus, 0, 560*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
		return newTrainer(a, random(seed, 1))
	})

	serve := python(48344, 8_813_377, "python -m serve --model chat-13b --tensor-parallel 2", "")
	for i := range gpus {
		serve.join(gpus, i, 734*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
			return newServer(a, random(seed, 2)) // both ranks see the same requests
		})
	}

	steady := python(51207, 9_200_415, "python pretrain.py --seq-len 2048 --micro-batch 4", "")
	steady.join(gpus, 1, 548*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
		return newSteady(a)
	})

	graphs := python(52660, 9_317_950, "python rollout.py --cuda-graphs", "expandable_segments:True")
	graphs.join(gpus, 1, 596*mib, whatif.Config{ExpandableSegments: true}, func(a *whatif.Allocator) workload {
		return newRollout(a, random(seed, 3))
	})

	llama := &process{unseen: notInstrumented, facts: fragcalc.Process{
		RowID:     fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 48200, StartTicks: 8_812_690}},
		User:      "alice",
		UID:       1000,
		Command:   "llama-server -m qwen3-32b-q4_k_m.gguf -ngl 99",
		Framework: fragcalc.Framework{Name: "llama.cpp", Source: "outside"},
	}}
	llama.occupy(gpus, 0, 19874*mib, nil)

	bob := &process{unseen: "not permitted: process of bob", facts: fragcalc.Process{
		RowID:     fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 50018, StartTicks: 9_001_133}},
		User:      "bob",
		UID:       1001,
		Command:   "torchrun --nproc-per-node 1 finetune.py",
		Framework: fragcalc.Framework{Name: "pytorch", Source: "outside"},
	}}
	bob.occupy(gpus, 1, 9*gib, random(seed, 4))

	return []*process{train, llama, serve, bob, steady, graphs}
}

// join gives the process a rank with an allocator on a GPU.
func (p *process) join(gpus []*gpu, i int, context int64, config whatif.Config, start func(*whatif.Allocator) workload) {
	memory := gpus[i].memory
	memory.Take(context)
	allocator := whatif.New(config, whatif.NewDriver(memory))
	p.ranks = append(p.ranks, &rank{gpu: i, context: context, allocator: allocator, workload: start(allocator)})
}
