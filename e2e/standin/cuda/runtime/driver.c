// The way to libcuda, as the real runtime goes it: dlopen, dlsym of cuGetProcAddress_v2, everything else from that, then cuInit.
#include <dlfcn.h>
#include <pthread.h>

#include "runtime.h"

Driver driver;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static Result initialized = INSUFFICIENT_DRIVER;

static _Thread_local int thread_device;
static _Thread_local int context_device = -1; // whose context is current to the thread

enum { MAX_DEVICES = 16 };
static pthread_mutex_t contexts_mutex = PTHREAD_MUTEX_INITIALIZER;
static Context contexts[MAX_DEVICES];

static void open_driver(void) {
	void *library = dlopen("libcuda.so.1", RTLD_LAZY);
	if (!library) return;
	*(void **)&driver.cuGetProcAddress = dlsym(library, "cuGetProcAddress_v2");
	if (!driver.cuGetProcAddress) return;
	int status;
#define FIND(name, parameters) \
	if (driver.cuGetProcAddress(#name, (void **)&driver.name, RUNTIME_VERSION, 0, &status)) return;
	DRIVER_FUNCTIONS(FIND)
#undef FIND
	initialized = driver.cuInit(0);
}

Result use_driver(void) {
	pthread_once(&once, open_driver);
	return initialized;
}

static Result context_of(int ordinal, Context *out) {
	if (ordinal >= MAX_DEVICES) return INVALID_DEVICE;
	pthread_mutex_lock(&contexts_mutex);
	Result r = contexts[ordinal] ? SUCCESS : driver.cuDevicePrimaryCtxRetain(&contexts[ordinal], ordinal);
	*out = contexts[ordinal];
	pthread_mutex_unlock(&contexts_mutex);
	return r;
}

Result use_context(void) {
	Result r = use_driver();
	if (r != SUCCESS || context_device == thread_device) return r;
	Context c;
	r = context_of(thread_device, &c);
	if (r == SUCCESS) r = driver.cuCtxSetCurrent(c);
	if (r == SUCCESS) context_device = thread_device;
	return r;
}

int current_device(void) { return thread_device; }

// set_current_device makes the device's context at once, as the runtime does since CUDA 12.
Result set_current_device(int ordinal) {
	int count;
	Result r = use_driver();
	if (r == SUCCESS) r = driver.cuDeviceGetCount(&count);
	if (r != SUCCESS) return r;
	if (ordinal < 0 || ordinal >= count) return INVALID_DEVICE;
	thread_device = ordinal;
	return use_context();
}
