// Virtual memory: address ranges reserved, memory created, one mapped to the other. What expandable segments stand on.
#include <stdlib.h>

#include "driver.h"
#include "space.h"

typedef struct Memory {
	Device *device;
	uint64_t size;
	int users; // the handle itself and each mapping; the memory lives while this is above 0
} Memory;

// The start of CUmemAllocationProp.
typedef struct MemoryProperties {
	int type, handle_types;
	struct {
		int type, id;
	} location;
} MemoryProperties;

enum { LOCATION_DEVICE = 1 };

static Space reserved = {VIRTUAL_MEMORY_START, DEVICE_MEMORY_END, NULL};
static Space mapped = {VIRTUAL_MEMORY_START, DEVICE_MEMORY_END, NULL}; // owner: the memory

static Device *device_of(const MemoryProperties *p) { return p && p->location.type == LOCATION_DEVICE ? device_at(p->location.id) : NULL; }

static bool whole_pages(uint64_t a, uint64_t b) { return a % PAGE_BYTES == 0 && b % PAGE_BYTES == 0; }

static void drop_user(Memory *m) {
	if (--m->users > 0) return;
	ledger_credit(m->device, m->size);
	free(m);
}

Result cuMemGetAllocationGranularity(size_t *bytes, const MemoryProperties *p, int option) {
	(void)option;
	if (!bytes || !device_of(p)) return INVALID_VALUE;
	*bytes = PAGE_BYTES;
	return SUCCESS;
}

Result cuMemAddressReserve(DevicePtr *out, size_t size, size_t alignment, DevicePtr hint, uint64_t flags) {
	(void)hint;
	Result r = ready();
	if (r != SUCCESS) return r;
	if (!out || size == 0 || !whole_pages(size, 0) || alignment > PAGE_BYTES || flags != 0) return INVALID_VALUE;
	lock();
	*out = space_take(&reserved, size, NULL);
	unlock();
	return *out ? SUCCESS : OUT_OF_MEMORY;
}

Result cuMemAddressFree(DevicePtr address, size_t size) {
	lock();
	Range *range = space_find(&reserved, address);
	Result r = range && range->start == address && range->size == size ? SUCCESS : INVALID_VALUE;
	if (r == SUCCESS) space_drop(&reserved, range);
	unlock();
	return r;
}

Result cuMemCreate(Memory **out, size_t size, const MemoryProperties *p, uint64_t flags) {
	Result r = ready();
	if (r != SUCCESS) return r;
	Device *d = device_of(p);
	if (!out || !d || size == 0 || !whole_pages(size, 0) || flags != 0) return INVALID_VALUE;
	lock();
	r = ledger_charge(d, size);
	Memory *m = r == SUCCESS ? malloc(sizeof *m) : NULL;
	if (m) {
		*m = (Memory){d, size, 1};
		*out = m;
	}
	unlock();
	return r;
}

Result cuMemRelease(Memory *m) {
	if (!m) return INVALID_VALUE;
	lock();
	drop_user(m);
	unlock();
	return SUCCESS;
}

Result cuMemMap(DevicePtr address, size_t size, size_t offset, Memory *m, uint64_t flags) {
	if (!m || offset != 0 || size != m->size || !whole_pages(address, size) || flags != 0) return INVALID_VALUE;
	lock();
	const Range *range = space_find(&reserved, address);
	bool inside = range && address - range->start + size <= range->size;
	Result r = inside && space_put(&mapped, address, size, m) ? SUCCESS : INVALID_VALUE;
	if (r == SUCCESS) m->users++;
	unlock();
	return r;
}

// next_mapping finds a mapping that starts at the address and ends by the end: only whole mappings can be unmapped.
static Range *next_mapping(DevicePtr address, DevicePtr end) {
	Range *range = space_find(&mapped, address);
	return range && range->start == address && address + range->size <= end ? range : NULL;
}

Result cuMemUnmap(DevicePtr address, size_t size) {
	DevicePtr end = address + size;
	Result r = SUCCESS;
	lock();
	while (address < end) {
		Range *range = next_mapping(address, end);
		if (!range) {
			r = INVALID_VALUE;
			break;
		}
		address += range->size;
		drop_user(range->owner);
		space_drop(&mapped, range);
	}
	unlock();
	return r;
}

Result cuMemSetAccess(DevicePtr address, size_t size, const void *access, size_t count) {
	(void)access, (void)count;
	DevicePtr end = address + size;
	Result r = SUCCESS;
	lock();
	while (address < end && r == SUCCESS) {
		const Range *range = space_find(&mapped, address);
		if (range) address = range->start + range->size;
		else r = INVALID_VALUE;
	}
	unlock();
	return r;
}
