// Kernels: programs register them, launch them, and nothing runs.
#include <string.h>

#include "runtime.h"

typedef struct Dim3 {
	unsigned x, y, z;
} Dim3;

// What <<<...>>> pushes and the generated launch function pops again.
typedef struct LaunchConfiguration {
	Dim3 grid, block;
	size_t shared_bytes;
	Stream stream;
} LaunchConfiguration;

enum { MAX_PUSHED = 16 };
static _Thread_local LaunchConfiguration pushed[MAX_PUSHED];
static _Thread_local int pushed_count;

unsigned __cudaPushCallConfiguration(Dim3 grid, Dim3 block, size_t shared_bytes, Stream stream) {
	if (pushed_count == MAX_PUSHED) return INVALID_VALUE;
	pushed[pushed_count++] = (LaunchConfiguration){grid, block, shared_bytes, stream};
	return SUCCESS;
}

Result __cudaPopCallConfiguration(Dim3 *grid, Dim3 *block, size_t *shared_bytes, Stream *stream) {
	if (pushed_count == 0) return INVALID_VALUE;
	const LaunchConfiguration *c = &pushed[--pushed_count];
	*grid = c->grid, *block = c->block, *shared_bytes = c->shared_bytes, *stream = c->stream;
	return SUCCESS;
}

Result cudaLaunchKernel(void *function, Dim3 grid, Dim3 block, void **arguments, size_t shared_bytes, Stream stream) {
	WITH_CONTEXT(driver.cuLaunchKernel(function, grid.x, grid.y, grid.z, block.x, block.y, block.z, (unsigned)shared_bytes, stream, arguments, NULL));
}

Result cudaFuncSetAttribute(const void *function, int attribute, int value) {
	(void)function, (void)attribute, (void)value;
	return note(use_context());
}

// The start of cudaFuncAttributes.
typedef struct FunctionAttributes {
	size_t shared_bytes, constant_bytes, local_bytes;
	int max_threads_per_block, registers, ptx_version, binary_version, cache_mode, max_dynamic_shared_bytes;
} FunctionAttributes;

Result cudaFuncGetAttributes(FunctionAttributes *out, const void *function) {
	(void)function;
	*out = (FunctionAttributes){.max_threads_per_block = 1024, .registers = 32, .ptx_version = 90, .binary_version = 90, .max_dynamic_shared_bytes = 48 << 10};
	return note(use_context());
}

Result cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *function, int block_size, size_t shared_bytes, unsigned flags) {
	(void)function, (void)block_size, (void)shared_bytes, (void)flags;
	*blocks = 8;
	return note(use_context());
}

// Registration happens in static constructors and touches neither driver nor device.
void **__cudaRegisterFatBinary(void *image) {
	static void *handle;
	(void)image;
	return &handle;
}

void __cudaRegisterFatBinaryEnd(void **handle) { (void)handle; }
void __cudaUnregisterFatBinary(void **handle) { (void)handle; }

char __cudaInitModule(void **handle) {
	(void)handle;
	return 1;
}

void __cudaRegisterFunction(void **handle, const char *host, char *device, const char *name, int thread_limit, void *tid, void *bid, void *block, void *grid,
                            int *warp_size) {
	(void)handle, (void)host, (void)device, (void)name, (void)thread_limit, (void)tid, (void)bid, (void)block, (void)grid, (void)warp_size;
}

void __cudaRegisterVar(void **handle, char *host, char *device, const char *name, int external, size_t size, int constant, int global) {
	(void)handle, (void)host, (void)device, (void)name, (void)external, (void)size, (void)constant, (void)global;
}
