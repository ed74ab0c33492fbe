package whatif

// Driver is what the allocator asks of the CUDA driver. All sizes are bytes.
type Driver interface {
	// Total and Available are the device's memory and what is free of it.
	Total() int64
	Available() int64
	// Malloc and Free are cudaMalloc and cudaFree; ok is false when the device
	// has no memory left.
	Malloc(size int64) (address uint64, ok bool)
	Free(address uint64, size int64)
	// Reserve and Unreserve get and give up address space without memory.
	Reserve(size int64) (address uint64)
	Unreserve(address uint64, size int64)
	// Map backs reserved addresses with memory, all or nothing; Unmap undoes it.
	Map(address uint64, size int64) (ok bool)
	Unmap(address uint64, size int64)
}

// unbounded is the size of a device whose size does not matter: more than any,
// and still small enough for many reservations of address space.
const unbounded = int64(1) << 50

// Memory is the memory of one device, shared by the processes on it.
type Memory struct{ total, taken int64 }

// NewMemory returns a device with total bytes; 0 means without bound.
func NewMemory(total int64) *Memory {
	if total <= 0 {
		total = unbounded
	}
	return &Memory{total: total}
}

// Total is the size of the device.
func (m *Memory) Total() int64 { return m.total }

// Available is what nobody has taken.
func (m *Memory) Available() int64 { return m.total - m.taken }

// Take takes size bytes, or nothing when there is less.
func (m *Memory) Take(size int64) bool {
	if size < 0 || size > m.Available() {
		return false
	}
	m.taken += size
	return true
}

// Give returns what Take took.
func (m *Memory) Give(size int64) { m.taken -= size }

// device is one process's view of a Memory: addresses of its own, lowest first,
// as deterministic as the requests are.
type device struct {
	*Memory
	segments addressSpace
	reserved addressSpace
}

// NewDriver returns a process's view of a device's memory.
func NewDriver(memory *Memory) Driver {
	return &device{
		Memory:   memory,
		segments: addressSpace{next: 0x7e00_0000_0000},
		reserved: addressSpace{next: 0x302_0000_0000},
	}
}

func (d *device) Malloc(size int64) (uint64, bool) {
	if !d.Take(size) {
		return 0, false
	}
	return d.segments.take(size), true
}

func (d *device) Free(address uint64, size int64) {
	d.Give(size)
	d.segments.give(address, size)
}

func (d *device) Reserve(size int64) uint64            { return d.reserved.take(size) }
func (d *device) Unreserve(address uint64, size int64) { d.reserved.give(address, size) }
func (d *device) Map(_ uint64, size int64) bool        { return d.Take(size) }
func (d *device) Unmap(_ uint64, size int64)           { d.Give(size) }
