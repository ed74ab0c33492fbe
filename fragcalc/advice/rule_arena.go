package advice

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// arenaShare is the share of used memory that makes one block an arena.
	arenaShare = 0.50
	// arenaLeast is the smallest block that is called one.
	arenaLeast = gib
	// preallocatedShare is the share of the GPU that JAX must hold.
	preallocatedShare = 0.50
)

// isArena tells whether one block is most of the used memory.
func (c *subject) isArena() bool {
	return c.walk.largest.Size >= arenaLeast && float64(c.walk.largest.Size) >= arenaShare*float64(c.used)
}

// arena: one block is most of the used memory; how full it is cannot be seen.
func arena(c *subject) *Advice {
	if !c.isArena() {
		return nil
	}
	block := c.walk.largest
	words := "One block of " + size(block.Size) + " is " + percent(block.Size, c.used) + " of the used memory: an arena whose inside is not visible here"
	if c.runs("vllm") {
		words = "One block of " + size(block.Size) + " is " + percent(block.Size, c.used) + " of the used memory, probably vLLM's KV cache: its inside is not visible here"
	}
	words += ". How full it is, only the program can tell; it is as large as the program was told to make it"
	if c.runs("vllm") {
		words += " (--gpu-memory-utilization)"
	}
	evidence := []Figure{{"block_bytes", block.Size}, {"address", hex(block.Address)}, {"share_of_used_ratio", ratio(block.Size, c.used)}}
	if by := frame(c.Stacks.At(block.Stack)); by != "" {
		evidence = append(evidence, Figure{"stack", by})
	}
	return &Advice{Text: words + ".", Evidence: evidence,
		Expected: fragcalc.Unknown[int64]("its inside is not visible"), worth: block.Size / 8}
}

// preallocated: JAX took a large part of the GPU at its start, so that what NVML
// charges says nothing about what is used.
func preallocated(c *subject) *Advice {
	charged, ok := c.GPUMemory.Get()
	if !ok || c.Framework.Name != "jax" || c.gpu == nil || c.Used.Known() {
		return nil
	}
	total, ok := c.gpu.MemoryTotal.Get()
	_, asked := c.options["XLA_PYTHON_CLIENT_PREALLOCATE"]
	preallocates := !asked || c.options.on("XLA_PYTHON_CLIENT_PREALLOCATE")
	platform := strings.EqualFold(c.options["XLA_PYTHON_CLIENT_ALLOCATOR"], "platform")
	if !ok || !preallocates || platform || !matters(charged, total, preallocatedShare) {
		return nil
	}
	words := "JAX takes 75 % of the GPU at its start unless told otherwise, so " + size(charged) + " says nothing about what is used, and no release exists."
	if fraction := c.options["XLA_PYTHON_CLIENT_MEM_FRACTION"] + c.options["XLA_CLIENT_MEM_FRACTION"]; fraction != "" {
		words = "JAX was told to take a fixed share of the GPU at its start, so " + size(charged) + " says nothing about what is used, and no release exists."
	}
	return &Advice{
		Text:     words + " To share the GPU: XLA_PYTHON_CLIENT_PREALLOCATE=false and a restart.",
		Evidence: []Figure{{"gpu_memory_bytes", charged}, {"gpu_memory_ratio", ratio(charged, total)}},
		Expected: fragcalc.Unknown[int64]("its inside is not visible"), worth: charged / 8,
	}
}
