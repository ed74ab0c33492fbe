// The thread's last error, error texts, and the way to the driver's own entry points.
#include "runtime.h"

static _Thread_local Result last_error;

Result note(Result r) {
	if (r != SUCCESS) last_error = r;
	return r;
}

Result cudaPeekAtLastError(void) { return last_error; }

Result cudaGetLastError(void) {
	Result r = last_error;
	last_error = SUCCESS;
	return r;
}

const char *cudaGetErrorString(Result code) {
	const char *text;
	if (code == INSUFFICIENT_DRIVER) return "CUDA driver version is insufficient for CUDA runtime version";
	return driver.cuGetErrorString && driver.cuGetErrorString(code, &text) == SUCCESS ? text : "unrecognized error code";
}

const char *cudaGetErrorName(Result code) {
	const char *name;
	if (code == INSUFFICIENT_DRIVER) return "cudaErrorInsufficientDriver";
	return driver.cuGetErrorName && driver.cuGetErrorName(code, &name) == SUCCESS ? name : "unrecognized error code";
}

Result cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned version, uint64_t flags, int *status) {
	Result r = use_driver();
	return note(r ? r : driver.cuGetProcAddress(symbol, function, (int)version, flags, status));
}

Result cudaGetDriverEntryPoint(const char *symbol, void **function, uint64_t flags, int *status) {
	return cudaGetDriverEntryPointByVersion(symbol, function, RUNTIME_VERSION, flags, status);
}
