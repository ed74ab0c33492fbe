package fragcalc

// Ranks is what a process says of the ranks of torch.distributed that it is
// one of. The zero value: nothing is known of any.
type Ranks struct {
	Initialized bool // torch.distributed is: Rank is below World
	NCCL        bool // its backend for GPUs, whose kernels wait for those of all other ranks
	HoldsGIL    bool // a release would hold the GIL while it waits for the GPU
	Rank, World int
}

// Stalling tells whether a release of this rank stalls the others: it waits
// for kernels that wait for them.
func (r Ranks) Stalling() bool { return r.Initialized && r.NCCL && r.World > 1 }
