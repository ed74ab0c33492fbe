// Stream-ordered memory: each device's default pool. Memory comes and goes at once, but the pool keeps what is freed until it is trimmed or the
// device synchronizes, down to its release threshold. Addresses and charge are apart: the pool is charged for all it keeps.
#include "driver.h"
#include "space.h"

enum { RELEASE_THRESHOLD = 4, RESERVED_NOW = 5, RESERVED_HIGH = 6, USED_NOW = 7, USED_HIGH = 8 };

typedef struct Pool {
	Device *device;
	uint64_t used, used_high, reserved, reserved_high, threshold;
} Pool;

static Pool pools[MAX_DEVICES];
static Space ordered = {POOL_MEMORY_START, VIRTUAL_MEMORY_START, NULL};

static Pool *pool_of(Device *d) {
	Pool *p = &pools[device_ordinal(d)];
	p->device = d;
	return p;
}

static void raise_to(uint64_t *high, uint64_t now) {
	if (*high < now) *high = now;
}

static Result take(Pool *p, DevicePtr *out, uint64_t size) {
	uint64_t missing = p->used + size > p->reserved ? p->used + size - p->reserved : 0;
	Result r = ledger_charge(p->device, missing);
	if (r != SUCCESS) return r;
	p->reserved += missing;
	*out = space_take(&ordered, size, p);
	if (!*out) return OUT_OF_MEMORY;
	p->used += size;
	raise_to(&p->used_high, p->used);
	raise_to(&p->reserved_high, p->reserved);
	return SUCCESS;
}

static void trim(Pool *p, uint64_t keep) {
	uint64_t left = p->used > round_to_pages(keep) ? p->used : round_to_pages(keep);
	if (p->reserved <= left) return;
	ledger_credit(p->device, p->reserved - left);
	p->reserved = left;
}

bool pool_release(DevicePtr address) {
	Range *range = space_find(&ordered, address);
	if (!range || range->start != address) return false;
	((Pool *)range->owner)->used -= range->size;
	space_drop(&ordered, range);
	return true;
}

void pools_synchronized(void) {
	for (int i = 0; i < device_count(); i++)
		if (pools[i].device) trim(&pools[i], pools[i].threshold);
}

Result cuMemAllocAsync(DevicePtr *out, size_t bytes, Stream stream) {
	if (!out || bytes == 0) return INVALID_VALUE;
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	lock();
	capture_add_node(stream_of(stream));
	r = take(pool_of(d), out, round_to_pages(bytes));
	unlock();
	return r;
}

Result cuMemFreeAsync(DevicePtr address, Stream stream) {
	Result r = ready();
	if (r != SUCCESS) return r;
	lock();
	Stream s = stream_of(stream);
	if (s) capture_add_node(s);
	r = pool_release(address) ? SUCCESS : INVALID_VALUE;
	unlock();
	return r;
}

Result cuDeviceGetDefaultMemPool(Pool **out, int ordinal) {
	Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	lock();
	*out = pool_of(d);
	unlock();
	return SUCCESS;
}

Result cuMemPoolTrimTo(Pool *p, size_t keep) {
	lock();
	trim(p, keep);
	unlock();
	return SUCCESS;
}

Result cuMemPoolSetAccess(Pool *p, const void *access, size_t count) {
	(void)p, (void)access, (void)count;
	return SUCCESS;
}

static uint64_t *attribute_of(Pool *p, int attribute) {
	switch (attribute) {
	case RELEASE_THRESHOLD: return &p->threshold;
	case RESERVED_NOW: return &p->reserved;
	case RESERVED_HIGH: return &p->reserved_high;
	case USED_NOW: return &p->used;
	case USED_HIGH: return &p->used_high;
	default: return NULL;
	}
}

Result cuMemPoolGetAttribute(Pool *p, int attribute, uint64_t *value) {
	lock();
	const uint64_t *at = attribute_of(p, attribute);
	if (at) *value = *at;
	unlock();
	return at ? SUCCESS : INVALID_VALUE;
}

// cuMemPoolSetAttribute sets the threshold, or starts a high-water mark anew; the settings for reuse across streams change nothing here.
Result cuMemPoolSetAttribute(Pool *p, int attribute, const uint64_t *value) {
	lock();
	if (attribute == RELEASE_THRESHOLD) p->threshold = *value;
	if (attribute == RESERVED_HIGH) p->reserved_high = p->reserved;
	if (attribute == USED_HIGH) p->used_high = p->used;
	unlock();
	return SUCCESS;
}
