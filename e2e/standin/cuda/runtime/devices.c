// Devices of the runtime. None of these makes a context but cudaSetDevice, cudaDeviceSynchronize and cudaMemGetInfo.
#include <assert.h>
#include <string.h>

#include "runtime.h"

// The layout of CUDA 12's cudaDeviceProp; what nothing here fills is left as room.
typedef struct DeviceProperties {
	char name[256];
	unsigned char uuid[16];
	char luid[8];
	unsigned luid_device_node_mask;
	size_t total_global_memory, shared_memory_per_block;
	int registers_per_block, warp_size;
	size_t memory_pitch;
	int max_threads_per_block, max_threads_dim[3], max_grid_size[3], clock_rate;
	size_t total_constant_memory;
	int major, minor;
	size_t texture_alignment, texture_pitch_alignment;
	int device_overlap, multiprocessors, kernel_timeout, integrated, can_map_host_memory, compute_mode;
	int texture_and_surface_limits[40];
	size_t surface_alignment;
	int concurrent_kernels, ecc, pci_bus, pci_device, pci_domain, tcc_driver, async_engines, unified_addressing, memory_clock_rate, memory_bus_width;
	int l2_cache_bytes, persisting_l2_cache_bytes, max_threads_per_multiprocessor, stream_priorities, global_l1, local_l1;
	size_t shared_memory_per_multiprocessor;
	int registers_per_multiprocessor, managed_memory, multi_gpu_board, multi_gpu_board_group, host_native_atomics, single_to_double_ratio;
	int pageable_access, concurrent_managed_access, compute_preemption, host_pointer_for_registered, cooperative_launch, cooperative_multi_device_launch;
	size_t shared_memory_per_block_optin;
	int room[82];
} DeviceProperties;

static_assert(offsetof(DeviceProperties, major) == 360, "cudaDeviceProp.major");
static_assert(offsetof(DeviceProperties, surface_alignment) == 568, "cudaDeviceProp.surfaceAlignment");
static_assert(sizeof(DeviceProperties) == 1032, "cudaDeviceProp");

static int attribute(int number, int ordinal) {
	int value = 0;
	driver.cuDeviceGetAttribute(&value, number, ordinal);
	return value;
}

static void fill(DeviceProperties *p, int ordinal) {
	memset(p, 0, sizeof *p);
	driver.cuDeviceGetName(p->name, sizeof p->name, ordinal);
	driver.cuDeviceGetUuid(p->uuid, ordinal);
	driver.cuDeviceTotalMem(&p->total_global_memory, ordinal);
	p->max_threads_per_block = attribute(1, ordinal);
	p->shared_memory_per_block = (size_t)attribute(8, ordinal);
	p->warp_size = attribute(10, ordinal);
	p->registers_per_block = attribute(12, ordinal);
	p->multiprocessors = attribute(16, ordinal);
	p->pci_bus = attribute(33, ordinal);
	p->l2_cache_bytes = attribute(38, ordinal);
	p->max_threads_per_multiprocessor = attribute(39, ordinal);
	p->unified_addressing = attribute(41, ordinal);
	p->major = attribute(75, ordinal);
	p->minor = attribute(76, ordinal);
	p->shared_memory_per_multiprocessor = (size_t)attribute(81, ordinal);
	p->registers_per_multiprocessor = attribute(82, ordinal);
	p->shared_memory_per_block_optin = (size_t)attribute(97, ordinal);
	for (int axis = 0; axis < 3; axis++) {
		p->max_threads_dim[axis] = axis < 2 ? 1024 : 64;
		p->max_grid_size[axis] = axis < 1 ? 0x7fffffff : 65535;
	}
	p->clock_rate = 1755000; // kHz
	p->concurrent_kernels = 1;
	p->stream_priorities = 1;
}

// device_count answers 0 with an error when there is no driver or no device.
static Result device_count(int *count) {
	*count = 0;
	Result r = use_driver();
	return r ? r : driver.cuDeviceGetCount(count);
}

static Result check_device(int ordinal) {
	int count;
	Result r = device_count(&count);
	if (r == SUCCESS && (ordinal < 0 || ordinal >= count)) r = INVALID_DEVICE;
	return r;
}

Result cudaGetDeviceCount(int *count) { return note(device_count(count)); }

Result cudaGetDeviceProperties_v2(DeviceProperties *p, int ordinal) {
	Result r = check_device(ordinal);
	if (r == SUCCESS) fill(p, ordinal);
	return note(r);
}

Result cudaDeviceGetAttribute(int *value, int number, int ordinal) {
	Result r = check_device(ordinal);
	return note(r ? r : driver.cuDeviceGetAttribute(value, number, ordinal));
}

Result cudaDeviceGetPCIBusId(char *text, int size, int ordinal) {
	Result r = check_device(ordinal);
	return note(r ? r : driver.cuDeviceGetPCIBusId(text, size, ordinal));
}

Result cudaDeviceCanAccessPeer(int *can, int from, int to) {
	Result r = use_driver();
	return note(r ? r : driver.cuDeviceCanAccessPeer(can, from, to));
}

Result cudaDeviceEnablePeerAccess(int peer, unsigned flags) {
	(void)flags;
	return note(check_device(peer));
}

Result cudaGetDevice(int *ordinal) {
	Result r = use_driver();
	if (r == SUCCESS) *ordinal = current_device();
	return note(r);
}

Result cudaSetDevice(int ordinal) { return note(set_current_device(ordinal)); }

Result cudaDeviceSynchronize(void) { WITH_CONTEXT(driver.cuCtxSynchronize()); }

Result cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes) { WITH_CONTEXT(driver.cuMemGetInfo(free_bytes, total_bytes)); }

Result cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
	Result r = use_context();
	if (r == SUCCESS) *least = 0, *greatest = -5;
	return note(r);
}

Result cudaDriverGetVersion(int *version) {
	use_driver();
	*version = 0; // what the runtime says without a driver
	return driver.cuDriverGetVersion ? driver.cuDriverGetVersion(version) : SUCCESS;
}

Result cudaRuntimeGetVersion(int *version) {
	*version = RUNTIME_VERSION;
	return SUCCESS;
}
