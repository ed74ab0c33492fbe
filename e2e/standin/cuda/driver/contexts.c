// Primary contexts: made by the first call that needs one, counted, so that a test can tell who made them.
#include "driver.h"

static struct Context primary[MAX_DEVICES];
static _Thread_local Context current;

Device *current_device(void) { return current && current->device->context_users > 0 ? current->device : NULL; }

Result current_device_ready(Device **out) {
	Result r = ready();
	if (r != SUCCESS) return r;
	*out = current_device();
	return *out ? SUCCESS : INVALID_CONTEXT;
}

static uint64_t context_bytes(void) { return round_to_pages((uint64_t)environment_number("GFT_FAKE_CONTEXT_MIB", 300) * MIB); }

Result cuDevicePrimaryCtxRetain(Context *out, int ordinal) {
	Result r = ready();
	if (r != SUCCESS) return r;
	Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	lock();
	if (d->context_users == 0) {
		ledger_open(d);
		r = ledger_charge(d, context_bytes());
		if (r == SUCCESS) d->contexts_created++;
	}
	if (r == SUCCESS) {
		d->context_users++;
		primary[ordinal].device = d;
		*out = &primary[ordinal];
	}
	unlock();
	return r;
}

Result cuDevicePrimaryCtxRelease_v2(int ordinal) {
	Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	lock();
	Result r = d->context_users > 0 ? SUCCESS : INVALID_CONTEXT;
	if (r == SUCCESS && --d->context_users == 0) ledger_credit(d, context_bytes());
	unlock();
	return r;
}

Result cuDevicePrimaryCtxGetState(int ordinal, unsigned *flags, int *active) {
	Result r = ready();
	if (r != SUCCESS) return r;
	const Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	if (flags) *flags = 0;
	lock();
	*active = d->context_users > 0;
	unlock();
	return SUCCESS;
}

Result cuCtxGetCurrent(Context *out) {
	Result r = ready();
	if (r == SUCCESS) *out = current;
	return r;
}

Result cuCtxSetCurrent(Context c) {
	Result r = ready();
	if (r == SUCCESS) current = c;
	return r;
}

Result cuCtxGetDevice(int *ordinal) {
	Device *d;
	Result r = current_device_ready(&d);
	if (r == SUCCESS) *ordinal = device_ordinal(d);
	return r;
}

Result cuCtxSynchronize(void) {
	Device *d;
	Result r = current_device_ready(&d);
	if (r != SUCCESS) return r;
	lock();
	r = capture_forbids();
	if (r == SUCCESS) {
		events_complete_all();
		pools_synchronized();
	}
	unlock();
	return r;
}

// gft_fake_contexts tells how many contexts this process has created on the device since it started.
int gft_fake_contexts(int ordinal) {
	const Device *d = device_at(ordinal);
	return d ? d->contexts_created : 0;
}
