/* The exported functions: each passes its call through, arguments and result
 * untouched. The triggers start the agent after their first success, refusals
 * for want of memory are noted, the others count stream captures. Arguments are declared by machine class only:
 * pointers are void *, enums int. */
#include "oom.h"

#define EXPORT __attribute__((visibility("default")))

enum {
  NO_DRIVER_RUNTIME = 35,    /* cudaErrorInsufficientDriver */
  NO_DRIVER = 100,           /* CUDA_ERROR_NO_DEVICE */
  OUT_OF_MEMORY = 2, /* in both interfaces */
  CAPTURE_INVALIDATED = 901, /* the same number in both interfaces; such an end does end it */
};

static int start_after(int result) {
  if (result == 0 && atomic_load_explicit(&gft_state, memory_order_relaxed) == GFT_STATE_IDLE) gft_start();
  return result;
}

/* RESOLVE gives real: the function that NAME would have been without us. */
#define RESOLVE(NAME, ...)                \
  static struct gft_hook hook = {.name = #NAME}; \
  int (*real)(__VA_ARGS__) = (int (*)(__VA_ARGS__))gft_real(&hook, __builtin_return_address(0))

EXPORT int cuInit(unsigned flags);
EXPORT int cuInit(unsigned flags) {
  RESOLVE(cuInit, unsigned);
  return real == NULL ? NO_DRIVER : start_after(real(flags));
}

EXPORT int cudaGetDeviceCount(int *count);
EXPORT int cudaGetDeviceCount(int *count) {
  RESOLVE(cudaGetDeviceCount, int *);
  if (real == NULL) {
    if (count != NULL) *count = 0;
    return NO_DRIVER_RUNTIME;
  }
  gft_runtime_seen();
  return start_after(real(count));
}

EXPORT int cudaSetDevice(int device);
EXPORT int cudaSetDevice(int device) {
  RESOLVE(cudaSetDevice, int);
  if (real == NULL) return NO_DRIVER_RUNTIME;
  gft_runtime_seen();
  return start_after(real(device));
}

/* A refusal says that CUDA works, so it may be what starts the agent. */
static int allocated(int result, const char *name, size_t size) {
  if (result == OUT_OF_MEMORY) {
    start_after(0);
    gft_oom_call(name, size);
  }
  return start_after(result);
}

EXPORT int cudaMalloc(void **address, size_t size);
EXPORT int cudaMalloc(void **address, size_t size) {
  RESOLVE(cudaMalloc, void **, size_t);
  if (real == NULL) return NO_DRIVER_RUNTIME;
  gft_runtime_seen();
  gft_oom_first_call();
  return allocated(real(address, size), "cudaMalloc", size);
}

EXPORT int cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes);
EXPORT int cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes) {
  RESOLVE(cudaMemGetInfo, size_t *, size_t *);
  if (real == NULL) return NO_DRIVER_RUNTIME;
  int result = real(free_bytes, total_bytes);
  gft_oom_room_asked();
  return result;
}

EXPORT int cudaMallocManaged(void **address, size_t size, unsigned flags);
EXPORT int cudaMallocManaged(void **address, size_t size, unsigned flags) {
  RESOLVE(cudaMallocManaged, void **, size_t, unsigned);
  return real == NULL ? NO_DRIVER_RUNTIME : allocated(real(address, size, flags), "cudaMallocManaged", size);
}

/* address is a pointer to a pointer in the runtime, and to a CUdeviceptr of the
 * same width in the driver. */
#define ALLOCATE(NAME, MISSING)                                                        \
  EXPORT int NAME(void *address, size_t size);                                         \
  EXPORT int NAME(void *address, size_t size) {                                        \
    RESOLVE(NAME, void *, size_t);                                                     \
    return real == NULL ? MISSING : allocated(real(address, size), #NAME, size);       \
  }

#define ALLOCATE_ON_STREAM(NAME, MISSING)                                              \
  EXPORT int NAME(void *address, size_t size, void *stream);                           \
  EXPORT int NAME(void *address, size_t size, void *stream) {                          \
    RESOLVE(NAME, void *, size_t, void *);                                             \
    return real == NULL ? MISSING : allocated(real(address, size, stream), #NAME, size); \
  }

ALLOCATE_ON_STREAM(cudaMallocAsync, NO_DRIVER_RUNTIME)
ALLOCATE_ON_STREAM(cudaMallocAsync_ptsz, NO_DRIVER_RUNTIME)
ALLOCATE(cuMemAlloc_v2, NO_DRIVER)
ALLOCATE_ON_STREAM(cuMemAllocAsync, NO_DRIVER)
ALLOCATE_ON_STREAM(cuMemAllocAsync_ptsz, NO_DRIVER)

EXPORT int cuMemAllocManaged(void *address, size_t size, unsigned flags);
EXPORT int cuMemAllocManaged(void *address, size_t size, unsigned flags) {
  RESOLVE(cuMemAllocManaged, void *, size_t, unsigned);
  return real == NULL ? NO_DRIVER : allocated(real(address, size, flags), "cuMemAllocManaged", size);
}

/* A begin counts before the call, so that no moment of a capture is missed;
 * one that failed is taken back. */
static int begun(int result) {
  if (result != 0) gft_capture_ended();
  return result;
}

static int ended(int result) {
  if (result == 0 || result == CAPTURE_INVALIDATED) gft_capture_ended();
  return result;
}

#define BEGIN(NAME, MISSING)                   \
  EXPORT int NAME(void *stream, int mode);     \
  EXPORT int NAME(void *stream, int mode) {    \
    RESOLVE(NAME, void *, int);                \
    if (real == NULL) return MISSING;          \
    gft_capture_begins();                      \
    return begun(real(stream, mode));          \
  }

#define BEGIN_TO_GRAPH(NAME, MISSING)                                                                            \
  EXPORT int NAME(void *stream, void *graph, const void *dependencies, const void *edges, size_t count, int mode); \
  EXPORT int NAME(void *stream, void *graph, const void *dependencies, const void *edges, size_t count, int mode) { \
    RESOLVE(NAME, void *, void *, const void *, const void *, size_t, int);                                      \
    if (real == NULL) return MISSING;                                                                            \
    gft_capture_begins();                                                                                        \
    return begun(real(stream, graph, dependencies, edges, count, mode));                                         \
  }

#define END(NAME, MISSING)                    \
  EXPORT int NAME(void *stream, void *graph); \
  EXPORT int NAME(void *stream, void *graph) { \
    RESOLVE(NAME, void *, void *);            \
    if (real == NULL) return MISSING;         \
    return ended(real(stream, graph));        \
  }

BEGIN(cudaStreamBeginCapture, NO_DRIVER_RUNTIME)
BEGIN(cudaStreamBeginCapture_ptsz, NO_DRIVER_RUNTIME)
BEGIN_TO_GRAPH(cudaStreamBeginCaptureToGraph, NO_DRIVER_RUNTIME)
BEGIN_TO_GRAPH(cudaStreamBeginCaptureToGraph_ptsz, NO_DRIVER_RUNTIME)
END(cudaStreamEndCapture, NO_DRIVER_RUNTIME)
END(cudaStreamEndCapture_ptsz, NO_DRIVER_RUNTIME)

/* The oldest cuStreamBeginCapture has no mode: it is passed on unread. */
BEGIN(cuStreamBeginCapture, NO_DRIVER)
BEGIN(cuStreamBeginCapture_ptsz, NO_DRIVER)
BEGIN(cuStreamBeginCapture_v2, NO_DRIVER)
BEGIN(cuStreamBeginCapture_v2_ptsz, NO_DRIVER)
BEGIN_TO_GRAPH(cuStreamBeginCaptureToGraph, NO_DRIVER)
BEGIN_TO_GRAPH(cuStreamBeginCaptureToGraph_ptsz, NO_DRIVER)
END(cuStreamEndCapture, NO_DRIVER)
END(cuStreamEndCapture_ptsz, NO_DRIVER)
