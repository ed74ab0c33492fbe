package demo

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

const notInstrumented = "not instrumented"

// newProcesses returns the programs of the node. What each shows:
//
//	48121 alice  variable-length training: badly fragmented, sometimes out of room;
//	             rank 0 of eight, of which two run here
//	48122 alice  rank 1 of that job, not instrumented
//	48344 alice  a server on both GPUs: cache left behind by bursts, pending frees
//	51207 alice  training with fixed shapes: healthy
//	52660 alice  expandable segments and a CUDA graph's private pool
//	48200 alice  llama.cpp, not instrumented
//	50018 bob    another user's training, which may not be looked into
//
// All but 51207 record which stack allocated each block.
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
	train.facts.Stacks = trainerStacks()
	task(&train.facts, 0)
	train.join(gpus, 0, 560*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
		return newTrainer(a, random(seed, 1))
	})

	other := &process{unseen: notInstrumented, facts: fragcalc.Process{
		RowID:     fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 48122, StartTicks: 8_812_004}},
		User:      "alice",
		UID:       1000,
		Command:   train.facts.Command,
		Framework: fragcalc.Framework{Name: "pytorch", Source: "outside"},
	}}
	task(&other.facts, 1)
	other.occupy(gpus, 1, 3*gib, nil)

	serve := python(48344, 8_813_377, "python -m serve --model chat-13b --tensor-parallel 2", "")
	serve.facts.Where = fragcalc.Where{
		Kind: "kubernetes", ID: "7d3f9c52-41b8-4c0e-9e8a-52c3b1d6f740", Name: "chat-13b-0", Pod: "serving/chat-13b-0",
		PodUID: "7d3f9c52-41b8-4c0e-9e8a-52c3b1d6f740", Container: "5be1f0c2a9d84e7736b5c4d2e1f00a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f",
	}
	serve.facts.Stacks = serverStacks()
	for i := range gpus {
		serve.join(gpus, i, 734*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
			return newServer(a, random(seed, 2)) // both ranks see the same requests
		})
	}

	steady := python(51207, 9_200_415, "python pretrain.py --seq-len 2048 --micro-batch 4", "")
	steady.facts.Where = session("session-12.scope")
	steady.join(gpus, 1, 548*mib, whatif.Config{}, func(a *whatif.Allocator) workload {
		return newSteady(a)
	})

	graphs := python(52660, 9_317_950, "python rollout.py --cuda-graphs", "expandable_segments:True")
	graphs.facts.Where = fragcalc.Where{Kind: "docker", ID: rolloutContainer, Container: rolloutContainer}
	graphs.facts.Stacks = rolloutStacks()
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
	llama.facts.Where = fragcalc.Where{Kind: "systemd", ID: "llama-server.service", Unit: "llama-server.service"}
	llama.occupy(gpus, 0, 19874*mib, nil)

	bob := &process{unseen: "not permitted: process of bob", facts: fragcalc.Process{
		RowID:     fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 50018, StartTicks: 9_001_133}},
		User:      "bob",
		UID:       1001,
		Command:   "torchrun --nproc-per-node 1 finetune.py",
		Framework: fragcalc.Framework{Name: "pytorch", Source: "outside"},
	}}
	bob.facts.Where = session("session-31.scope")
	bob.occupy(gpus, 1, 9*gib, random(seed, 4))

	all := []*process{train, other, llama, serve, bob, steady, graphs}
	for i, p := range all {
		p.facts.Type = "C"
		p.facts.Host = fragcalc.HostUse{CPU: fragcalc.Of(1.02 + 0.37*float64(i)), Memory: fragcalc.Of(int64(i+2) * 1450 * mib)}
		if p.facts.Task.JobKind == "" {
			p.facts.Task = ranks.Read(nil, p.facts.Where, 0)
		}
	}
	return all
}

const rolloutContainer = "93c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2"

func session(scope string) fragcalc.Where {
	return fragcalc.Where{Kind: "session", ID: scope, Unit: scope}
}

// task makes a process a rank of the node's job of Slurm, which runs on four
// such nodes.
func task(p *fragcalc.Process, rank int) {
	local := strconv.Itoa(rank)
	p.Job = "rank " + local + "/8 slurm 91827"
	p.Where = fragcalc.Where{Kind: "slurm", ID: "91827.0", Name: "gpt-1b3", SlurmJob: "91827", SlurmStep: "0"}
	p.Task = ranks.Read(map[string]string{"RANK": local, "WORLD_SIZE": "8", "LOCAL_RANK": local, "LOCAL_WORLD_SIZE": "2"}, p.Where, 0)
}

// join gives the process a rank with an allocator on a GPU.
func (p *process) join(gpus []*gpu, i int, context int64, config whatif.Config, start func(*whatif.Allocator) workload) {
	memory := gpus[i].memory
	memory.Take(context)
	allocator := whatif.New(config, whatif.NewDriver(memory))
	p.ranks = append(p.ranks, &rank{gpu: i, context: context, allocator: allocator, workload: start(allocator)})
}
