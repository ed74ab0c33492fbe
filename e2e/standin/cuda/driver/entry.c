// The door: cuInit, symbol lookup, error texts, the lock.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t initialized_in;

void lock(void) { pthread_mutex_lock(&mutex); }
void unlock(void) { pthread_mutex_unlock(&mutex); }

// ready also fails in a forked child, where CUDA cannot be used.
Result ready(void) { return initialized_in == getpid() ? SUCCESS : NOT_INITIALIZED; }

static void *sleep_forever(void *unused) {
	(void)unused;
	while (true) pause();
	return NULL;
}

// start_idle_thread does as the real driver does, whose threads are there after cuInit. Signals go to the program's own threads.
static void start_idle_thread(void) {
	pthread_t thread;
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, sleep_forever, NULL) == 0) pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// inject does as the real driver does at the end of cuInit.
static void inject(void) {
	const char *path = getenv("CUDA_INJECTION64_PATH");
	void *library = path && *path ? dlopen(path, RTLD_NOW) : NULL;
	int (*initialize)(void) = library ? (int (*)(void))dlsym(library, "InitializeInjection") : NULL;
	if (initialize) initialize();
}

Result cuInit(unsigned flags) {
	if (flags != 0) return INVALID_VALUE;
	Result r = SUCCESS;
	bool first = false;
	lock();
	if (initialized_in == 0) {
		devices_read_environment();
		if (device_count() == 0) {
			r = NO_DEVICE;
		} else {
			initialized_in = getpid();
			start_idle_thread();
			first = true;
		}
	} else {
		r = ready();
	}
	unlock();
	if (first) inject();
	return r;
}

Result cuDriverGetVersion(int *version) {
	*version = DRIVER_VERSION;
	return SUCCESS;
}

// cuGetProcAddress_v2 is how CUDA 12's runtime finds the rest. The library holds one version of each entry point; it is exported as _v2 where
// the first version's arguments differ.
Result cuGetProcAddress_v2(const char *symbol, void **function, int version, uint64_t flags, int *status) {
	(void)version, (void)flags;
	char versioned[128];
	snprintf(versioned, sizeof versioned, "%s_v2", symbol);
	void *self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
	*function = NULL;
	if (self) {
		*function = dlsym(self, versioned);
		if (!*function) *function = dlsym(self, symbol);
		dlclose(self);
	}
	if (status) *status = *function ? 0 : 1;
	return *function ? SUCCESS : NOT_FOUND;
}

Result cuGetProcAddress(const char *symbol, void **function, int version, uint64_t flags) {
	return cuGetProcAddress_v2(symbol, function, version, flags, NULL);
}

static const struct {
	Result code;
	const char *name, *text;
} errors[] = {
	{SUCCESS, "CUDA_SUCCESS", "no error"},
	{INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
	{OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
	{NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
	{NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
	{INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
	{INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
	{INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
	{ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"},
	{NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
	{NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
	{CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
	{CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
};

static const char *error_text(Result code, bool name) {
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].code == code) return name ? errors[i].name : errors[i].text;
	return NULL;
}

Result cuGetErrorString(Result code, const char **text) {
	*text = error_text(code, false);
	return *text ? SUCCESS : INVALID_VALUE;
}

Result cuGetErrorName(Result code, const char **text) {
	*text = error_text(code, true);
	return *text ? SUCCESS : INVALID_VALUE;
}
