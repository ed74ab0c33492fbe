// Memory of the runtime. Copies from a device read zeros, copies to one go nowhere.
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

Result cudaMalloc(void **out, size_t bytes) {
	if (!out) return note(INVALID_VALUE);
	*out = NULL;
	if (bytes == 0) return SUCCESS;
	WITH_CONTEXT(driver.cuMemAlloc((DevicePtr *)out, bytes));
}

Result cudaFree(void *address) { WITH_CONTEXT(driver.cuMemFree((DevicePtr)address)); }

Result cudaMallocAsync(void **out, size_t bytes, Stream stream) {
	*out = NULL;
	if (bytes == 0) return SUCCESS;
	WITH_CONTEXT(driver.cuMemAllocAsync((DevicePtr *)out, bytes, stream));
}

Result cudaFreeAsync(void *address, Stream stream) { WITH_CONTEXT(driver.cuMemFreeAsync((DevicePtr)address, stream)); }

Result cudaDeviceGetDefaultMemPool(MemoryPool *out, int ordinal) { WITH_CONTEXT(driver.cuDeviceGetDefaultMemPool(out, ordinal)); }
Result cudaMemPoolTrimTo(MemoryPool pool, size_t keep) { WITH_CONTEXT(driver.cuMemPoolTrimTo(pool, keep)); }
Result cudaMemPoolSetAccess(MemoryPool pool, const void *access, size_t count) { WITH_CONTEXT(driver.cuMemPoolSetAccess(pool, access, count)); }
Result cudaMemPoolGetAttribute(MemoryPool pool, int attribute, void *value) { WITH_CONTEXT(driver.cuMemPoolGetAttribute(pool, attribute, value)); }
Result cudaMemPoolSetAttribute(MemoryPool pool, int attribute, void *value) { WITH_CONTEXT(driver.cuMemPoolSetAttribute(pool, attribute, value)); }

Result cudaHostAlloc(void **out, size_t bytes, unsigned flags) {
	(void)flags;
	Result r = use_context();
	if (r == SUCCESS && posix_memalign(out, 4096, bytes) != 0) r = OUT_OF_MEMORY;
	return note(r);
}

Result cudaFreeHost(void *address) {
	free(address);
	return SUCCESS;
}

Result cudaHostRegister(void *address, size_t bytes, unsigned flags) {
	(void)address, (void)bytes, (void)flags;
	return note(use_context());
}

Result cudaHostUnregister(void *address) {
	(void)address;
	return note(use_context());
}

Result cudaHostGetDevicePointer(void **out, void *host, unsigned flags) {
	(void)flags;
	*out = host;
	return note(use_context());
}

static void copy(void *to, const void *from, size_t bytes) {
	if (is_device_address((uint64_t)to)) return;
	if (is_device_address((uint64_t)from)) memset(to, 0, bytes);
	else memmove(to, from, bytes);
}

Result cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, Stream stream) {
	(void)kind;
	Result r = use_context();
	if (r == SUCCESS) copy(to, from, bytes);
	return note(r ? r : driver.cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL)); // a node, where a capture is underway
}

Result cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
	Result r = cudaMemcpyAsync(to, from, bytes, kind, NULL);
	return note(r ? r : driver.cuStreamSynchronize(NULL));
}

Result cudaMemcpyPeerAsync(void *to, int to_device, const void *from, int from_device, size_t bytes, Stream stream) {
	(void)to_device, (void)from_device;
	return cudaMemcpyAsync(to, from, bytes, 4, stream);
}

Result cudaMemsetAsync(void *at, int value, size_t bytes, Stream stream) {
	if (!is_device_address((uint64_t)at)) memset(at, value, bytes);
	WITH_CONTEXT(driver.cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, stream, NULL, NULL));
}

Result cudaMemset(void *at, int value, size_t bytes) { return cudaMemsetAsync(at, value, bytes, NULL); }

typedef struct PointerAttributes {
	int type; // 0 host memory that CUDA does not know, 2 device
	int device;
	void *device_pointer, *host_pointer;
} PointerAttributes;

Result cudaPointerGetAttributes(PointerAttributes *out, const void *address) {
	bool on_device = is_device_address((uint64_t)address);
	*out = (PointerAttributes){on_device ? 2 : 0, on_device ? current_device() : -1, on_device ? (void *)address : NULL, NULL};
	return note(use_context());
}
