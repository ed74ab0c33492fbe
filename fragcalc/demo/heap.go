package demo

import "github.com/gpufragtop/gpufragtop/fragcalc/whatif"

// heap is an allocator with the habits of a program: it holds lists of blocks.
type heap struct{ *whatif.Allocator }

// get adds a new block to a list. It is false when the GPU is out of memory.
func (h heap) get(list *[]uint64, size int64, stream uint64) bool {
	address, err := h.Malloc(size, stream)
	if err != nil {
		return false
	}
	*list = append(*list, address)
	return true
}

// drop frees the blocks of a list from a place on, last first.
func (h heap) drop(list *[]uint64, from int) {
	for i := len(*list) - 1; i >= from; i-- {
		h.free((*list)[i])
	}
	*list = (*list)[:from]
}

// free gives back a block that the program holds.
func (h heap) free(address uint64) {
	if err := h.Free(address); err != nil {
		panic(err) // the workload has lost track of what it holds
	}
}
