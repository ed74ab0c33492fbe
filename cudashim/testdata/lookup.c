/* Another preload: wraps dlsym, as some memory limiters do, and passes it on.
 * The jump keeps the caller's address, which RTLD_NEXT needs. */
#include <dlfcn.h>

void *real_dlsym; /* found at load, before anybody calls */

__attribute__((constructor)) static void find(void) {
  real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
}

void *dlsym(void *handle, const char *name) {
  if (real_dlsym == 0) find();
  return ((void *(*)(void *, const char *))real_dlsym)(handle, name);
}
