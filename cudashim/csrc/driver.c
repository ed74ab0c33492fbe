/* Asks the CUDA driver which devices the process has a context on. These calls
 * need no context and make none; libcuda is only used if it is loaded. */
#include <dlfcn.h>
#include <string.h>

#include "shim.h"

struct driver {
  int (*device_get_count)(int *);
  int (*device_get)(int *, int);
  int (*primary_state)(int, unsigned *, int *);
  int (*uuid)(uint8_t *, int);
  int (*total)(size_t *, int);
};

static bool find_driver(struct driver *driver) {
  void *library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (library == NULL) library = gft_loaded("libcuda.so");
  if (library == NULL) return false;
  *(void **)&driver->device_get_count = dlsym(library, "cuDeviceGetCount");
  *(void **)&driver->device_get = dlsym(library, "cuDeviceGet");
  *(void **)&driver->primary_state = dlsym(library, "cuDevicePrimaryCtxGetState");
  *(void **)&driver->total = dlsym(library, "cuDeviceTotalMem_v2");
  *(void **)&driver->uuid = dlsym(library, "cuDeviceGetUuid_v2"); /* of the MIG instance, where there is one */
  if (driver->uuid == NULL) *(void **)&driver->uuid = dlsym(library, "cuDeviceGetUuid");
  return driver->device_get_count != NULL && driver->device_get != NULL && driver->primary_state != NULL;
}

int gft_contexts(struct gft_context context[GFT_MAX_DEVICES]) {
  static struct driver driver; /* the agent thread only */
  static bool found;
  if (!found) found = find_driver(&driver);
  int devices = 0, contexts = 0;
  if (!found || driver.device_get_count(&devices) != 0) return 0;
  for (int ordinal = 0; ordinal < devices && contexts < GFT_MAX_DEVICES; ordinal++) {
    int device = 0, active = 0;
    unsigned flags = 0;
    if (driver.device_get(&device, ordinal) != 0) continue;
    if (driver.primary_state(device, &flags, &active) != 0 || !active) continue;
    struct gft_context *out = &context[contexts++];
    size_t total = 0;
    memset(out, 0, sizeof *out);
    out->ordinal = ordinal;
    out->has_uuid = driver.uuid != NULL && driver.uuid(out->uuid, device) == 0;
    if (driver.total != NULL && driver.total(&total, device) == 0) out->total_bytes = total;
  }
  return contexts;
}
