/* Another tool's preload: wraps cudaMalloc and calls the next one. */
#include <dlfcn.h>
#include <stddef.h>

int cudaMalloc(void **address, size_t size) {
  int (*next)(void **, size_t) = NULL;
  *(void **)&next = dlsym(RTLD_NEXT, "cudaMalloc");
  if (next == NULL) {
    void *runtime = dlopen("libcudart.so.12", RTLD_LAZY | RTLD_NOLOAD);
    *(void **)&next = runtime == NULL ? NULL : dlsym(runtime, "cudaMalloc");
  }
  return next == NULL ? 35 : next(address, size);
}
