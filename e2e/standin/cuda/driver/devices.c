// Devices: how many, which of them this process sees, and what they say of themselves.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "driver.h"

static Device visible[MAX_DEVICES];
static int visible_count;

long environment_number(const char *name, long fallback) {
	const char *text = getenv(name);
	return text && *text ? strtol(text, NULL, 10) : fallback;
}

static void uuid_of(int index, unsigned char uuid[16]) {
	memcpy(uuid, "gpufragtop-fake", 15);
	uuid[15] = (unsigned char)index;
}

static void uuid_text(int index, char text[41]) {
	unsigned char u[16];
	uuid_of(index, u);
	char *p = text + sprintf(text, "GPU");
	for (int i = 0; i < 16; i++) {
		bool group = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
		p += sprintf(p, group ? "-%02x" : "%02x", u[i]);
	}
}

// machine_index finds the device that an entry of CUDA_VISIBLE_DEVICES names: an index, or a prefix of exactly one UUID. -1: none.
static int machine_index(const char *entry, int machine_count) {
	if (strncasecmp(entry, "GPU-", 4) != 0) {
		char *end;
		long index = strtol(entry, &end, 10);
		return end != entry && *end == 0 && index >= 0 && index < machine_count ? (int)index : -1;
	}
	int found = -1;
	for (int i = 0; i < machine_count; i++) {
		char text[41];
		uuid_text(i, text);
		if (strncasecmp(entry, text, strlen(entry)) == 0) {
			if (found >= 0) return -1;
			found = i;
		}
	}
	return found;
}

static bool already_visible(int index) {
	for (int i = 0; i < visible_count; i++)
		if (visible[i].index == index) return true;
	return false;
}

static void add_visible(int index) {
	Device *d = &visible[visible_count++];
	d->index = index;
	uuid_of(index, d->uuid);
}

void devices_read_environment(void) {
	long machine_count = environment_number("GFT_FAKE_DEVICES", 1);
	if (machine_count < 0) machine_count = 0;
	if (machine_count > MAX_DEVICES) machine_count = MAX_DEVICES;
	visible_count = 0;
	const char *wanted = getenv("CUDA_VISIBLE_DEVICES");
	if (!wanted) {
		for (int i = 0; i < machine_count; i++) add_visible(i);
		return;
	}
	char list[1024];
	snprintf(list, sizeof list, "%s", wanted);
	char *rest = list, *entry;
	while ((entry = strsep(&rest, ","))) {
		entry += strspn(entry, " ");
		int index = machine_index(entry, (int)machine_count);
		if (index < 0) return;
		if (already_visible(index)) { // the driver takes a repeated device for a mistake and shows none
			visible_count = 0;
			return;
		}
		add_visible(index);
	}
}

int device_count(void) { return visible_count; }

Device *device_at(int ordinal) {
	return ordinal >= 0 && ordinal < visible_count ? &visible[ordinal] : NULL;
}

int device_ordinal(const Device *d) { return (int)(d - visible); }

Result cuDeviceGetCount(int *count) {
	Result r = ready();
	if (r == SUCCESS) *count = visible_count;
	return r;
}

Result cuDeviceGet(int *device, int ordinal) {
	Result r = ready();
	if (r != SUCCESS) return r;
	if (!device_at(ordinal)) return INVALID_DEVICE;
	*device = ordinal;
	return SUCCESS;
}

Result cuDeviceGetName(char *name, int size, int ordinal) {
	if (!device_at(ordinal)) return INVALID_DEVICE;
	snprintf(name, (size_t)size, "gpufragtop stand-in");
	return SUCCESS;
}

Result cuDeviceGetUuid(unsigned char uuid[16], int ordinal) {
	const Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	memcpy(uuid, d->uuid, 16);
	return SUCCESS;
}

Result cuDeviceGetUuid_v2(unsigned char uuid[16], int ordinal) { return cuDeviceGetUuid(uuid, ordinal); }

Result cuDeviceTotalMem_v2(size_t *bytes, int ordinal) {
	if (!device_at(ordinal)) return INVALID_DEVICE;
	*bytes = ledger_total();
	return SUCCESS;
}

Result cuDeviceGetPCIBusId(char *text, int size, int ordinal) {
	const Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	snprintf(text, (size_t)size, "0000:%02X:00.0", d->index + 1);
	return SUCCESS;
}

Result cuDeviceCanAccessPeer(int *can, int from, int to) {
	if (!device_at(from) || !device_at(to)) return INVALID_DEVICE;
	*can = from != to;
	return SUCCESS;
}

// Attribute numbers as in CUdevice_attribute; those not listed are 0: not supported.
Result cuDeviceGetAttribute(int *value, int attribute, int ordinal) {
	const Device *d = device_at(ordinal);
	if (!d) return INVALID_DEVICE;
	switch (attribute) {
	case 1: *value = 1024; break;         // MAX_THREADS_PER_BLOCK
	case 8: *value = 48 << 10; break;     // MAX_SHARED_MEMORY_PER_BLOCK
	case 10: *value = 32; break;          // WARP_SIZE
	case 12: *value = 64 << 10; break;    // MAX_REGISTERS_PER_BLOCK
	case 16: *value = 132; break;         // MULTIPROCESSOR_COUNT
	case 33: *value = d->index + 1; break; // PCI_BUS_ID
	case 38: *value = 50 << 20; break;    // L2_CACHE_SIZE
	case 39: *value = 2048; break;        // MAX_THREADS_PER_MULTIPROCESSOR
	case 41: *value = 1; break;           // UNIFIED_ADDRESSING
	case 75: *value = 9; break;           // COMPUTE_CAPABILITY_MAJOR
	case 81: *value = 228 << 10; break;   // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
	case 82: *value = 64 << 10; break;    // MAX_REGISTERS_PER_MULTIPROCESSOR
	case 97: *value = 227 << 10; break;   // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
	case 102: *value = 1; break;          // VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED
	case 103: *value = 1; break;          // HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED
	case 115: *value = 1; break;          // MEMORY_POOLS_SUPPORTED
	default: *value = 0;
	}
	return SUCCESS;
}
