// What the files of the stand-in libcuda share. Whatever reads or changes a device's figures, a stream or a capture is called with the lock held.
#ifndef GFT_STANDIN_DRIVER_H
#define GFT_STANDIN_DRIVER_H

#include "../types.h"

enum { MAX_DEVICES = 16 };

typedef struct Capture Capture;

typedef struct Device {
	int index; // in the machine, as NVML counts
	unsigned char uuid[16];
	int contexts_created;
	int context_users; // of the primary context; it lives while this is above 0
	uint64_t charged;  // bytes, by this process
} Device;

struct Context {
	Device *device;
};

struct Stream {
	Device *device;
	int priority;
	uint64_t done;    // events recorded on it up to this moment have completed
	uint64_t capture; // id of the capture it takes part in, 0 for none
};

void lock(void);
void unlock(void);

// devices.c
int device_count(void);
Device *device_at(int ordinal); // NULL if out of range
int device_ordinal(const Device *d);
void devices_read_environment(void);
long environment_number(const char *name, long fallback);

// entry.c
Result ready(void); // SUCCESS after cuInit in this process, NOT_INITIALIZED otherwise

// contexts.c
Device *current_device(void); // NULL without a current context
Result current_device_ready(Device **out);

// ledger.c
void ledger_open(const Device *d);
Result ledger_charge(Device *d, uint64_t bytes); // OUT_OF_MEMORY when the device is full
void ledger_credit(Device *d, uint64_t bytes);
uint64_t ledger_total(void);
uint64_t ledger_free(const Device *d);

// capture.c
Result capture_forbids(void); // for calls that are unsafe while a capture is underway: an error spoils that capture
Result capture_forbids_waiting(Stream s);
void capture_add_node(Stream s);
Result capture_join(Stream s, uint64_t capture);

// pools.c
bool pool_release(DevicePtr address); // false if no pool handed it out
void pools_synchronized(void);        // gives back what the pools keep above their thresholds

// streams.c
Stream stream_of(Stream handle); // the default stream's handles resolved
void events_complete_all(void);

#endif
