// What the files of the stand-in libcudart share. The runtime keeps no state but each thread's device and last error: the rest is the driver's.
#ifndef GFT_STANDIN_RUNTIME_H
#define GFT_STANDIN_RUNTIME_H

#include "../types.h"

// The driver's entry points that the runtime uses: name, parameters.
#define DRIVER_FUNCTIONS(F) \
	F(cuInit, (unsigned)) \
	F(cuDriverGetVersion, (int *)) \
	F(cuDeviceGetCount, (int *)) \
	F(cuDeviceGetName, (char *, int, int)) \
	F(cuDeviceGetUuid, (unsigned char *, int)) \
	F(cuDeviceTotalMem, (size_t *, int)) \
	F(cuDeviceGetAttribute, (int *, int, int)) \
	F(cuDeviceGetPCIBusId, (char *, int, int)) \
	F(cuDeviceCanAccessPeer, (int *, int, int)) \
	F(cuDevicePrimaryCtxRetain, (Context *, int)) \
	F(cuCtxSetCurrent, (Context)) \
	F(cuCtxSynchronize, (void)) \
	F(cuMemAlloc, (DevicePtr *, size_t)) \
	F(cuMemFree, (DevicePtr)) \
	F(cuMemAllocAsync, (DevicePtr *, size_t, Stream)) \
	F(cuMemFreeAsync, (DevicePtr, Stream)) \
	F(cuMemGetInfo, (size_t *, size_t *)) \
	F(cuDeviceGetDefaultMemPool, (MemoryPool *, int)) \
	F(cuMemPoolTrimTo, (MemoryPool, size_t)) \
	F(cuMemPoolSetAccess, (MemoryPool, const void *, size_t)) \
	F(cuMemPoolGetAttribute, (MemoryPool, int, uint64_t *)) \
	F(cuMemPoolSetAttribute, (MemoryPool, int, const uint64_t *)) \
	F(cuStreamCreateWithPriority, (Stream *, unsigned, int)) \
	F(cuStreamDestroy, (Stream)) \
	F(cuStreamGetPriority, (Stream, int *)) \
	F(cuStreamQuery, (Stream)) \
	F(cuStreamSynchronize, (Stream)) \
	F(cuStreamWaitEvent, (Stream, Event, unsigned)) \
	F(cuEventCreate, (Event *, unsigned)) \
	F(cuEventDestroy, (Event)) \
	F(cuEventRecord, (Event, Stream)) \
	F(cuEventQuery, (Event)) \
	F(cuEventSynchronize, (Event)) \
	F(cuEventElapsedTime, (float *, Event, Event)) \
	F(cuStreamBeginCapture, (Stream, int)) \
	F(cuStreamEndCapture, (Stream, Graph *)) \
	F(cuStreamIsCapturing, (Stream, int *)) \
	F(cuStreamGetCaptureInfo, (Stream, int *, uint64_t *, Graph *, const void **, size_t *)) \
	F(cuThreadExchangeStreamCaptureMode, (int *)) \
	F(cuGraphInstantiateWithFlags, (Graph *, Graph, uint64_t)) \
	F(cuGraphGetNodes, (Graph, void **, size_t *)) \
	F(cuGraphDestroy, (Graph)) \
	F(cuGraphExecDestroy, (Graph)) \
	F(cuGraphLaunch, (Graph, Stream)) \
	F(cuLaunchKernel, (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Stream, void **, void **)) \
	F(cuGetErrorName, (Result, const char **)) \
	F(cuGetErrorString, (Result, const char **))

typedef struct Driver {
#define MEMBER(name, parameters) Result(*name) parameters;
	DRIVER_FUNCTIONS(MEMBER)
#undef MEMBER
	Result (*cuGetProcAddress)(const char *, void **, int, uint64_t, int *);
} Driver;

extern Driver driver; // filled by use_driver

Result use_driver(void);  // finds libcuda and calls cuInit, once; its answer
Result use_context(void); // use_driver, and the current device's context made and current to the thread
Result set_current_device(int ordinal);
int current_device(void);

// note keeps an error for cudaGetLastError and passes the code on.
Result note(Result r);

// WITH_CONTEXT is the body of an entry point that needs a context and then is one driver call.
#define WITH_CONTEXT(call) \
	do { \
		Result gft_r = use_context(); \
		return note(gft_r ? gft_r : (call)); \
	} while (0)

#endif
