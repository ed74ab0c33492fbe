// Linear memory: addresses from one space for all devices, charged in whole pages.
#include "driver.h"
#include "space.h"

static Space linear = {DEVICE_MEMORY_START, POOL_MEMORY_START, NULL};

// allocate is for calls on the current device, with the lock held.
static Result allocate(Device *d, DevicePtr *out, size_t bytes) {
	uint64_t size = round_to_pages(bytes);
	Result r = ledger_charge(d, size);
	if (r != SUCCESS) return r;
	*out = space_take(&linear, size, d);
	if (*out) return SUCCESS;
	ledger_credit(d, size);
	return OUT_OF_MEMORY;
}

static Result release(DevicePtr address) {
	if (pool_release(address)) return SUCCESS;
	Range *range = space_find(&linear, address);
	if (!range || range->start != address) return INVALID_VALUE;
	ledger_credit(range->owner, range->size);
	space_drop(&linear, range);
	return SUCCESS;
}

Result cuMemAlloc_v2(DevicePtr *out, size_t bytes) {
	if (!out || bytes == 0) return INVALID_VALUE;
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	lock();
	r = capture_forbids();
	if (r == SUCCESS) r = allocate(d, out, bytes);
	unlock();
	return r;
}

// cuMemFree_v2 waits for the device, as the real one does.
Result cuMemFree_v2(DevicePtr address) {
	Result r = ready();
	if (r != SUCCESS || address == 0) return r;
	lock();
	r = capture_forbids();
	if (r == SUCCESS) {
		events_complete_all();
		r = release(address);
	}
	unlock();
	return r;
}

Result cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes) {
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	lock();
	if (free_bytes) *free_bytes = ledger_free(d);
	if (total_bytes) *total_bytes = ledger_total();
	unlock();
	return SUCCESS;
}
