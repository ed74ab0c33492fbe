/* Asks the CUDA driver which devices the process has a context on. These calls
 * need no context and make none; libcuda is only used if it is loaded. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "pyapi.h"

#define LONGEST_CALL (200 * GFT_MS) /* that an exit waits for */

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

static _Atomic bool leaving, calling;

/* Runs before the driver's own, which were there first. */
static void at_exit(void) {
  atomic_store(&leaving, true);
  if (atomic_load(&gft_state) != GFT_STATE_RUNNING) return; /* a fork child has no agent to wait for */
  for (uint64_t start = gft_now(); atomic_load(&calling) && gft_now() - start < LONGEST_CALL;) gft_nap(GFT_MS);
}

void gft_driver_watch_exit(void) { atexit(at_exit); }

static int ask(struct gft_context context[GFT_MAX_DEVICES]);

/* Not when Python or the process is ending: the driver may be going, too. */
int gft_contexts(struct gft_context context[GFT_MAX_DEVICES]) {
  int contexts = 0;
  if (!gft_python_keep()) return 0;
  atomic_store(&calling, true);
  if (!atomic_load(&leaving)) contexts = ask(context);
  atomic_store(&calling, false);
  gft_python_let_go();
  return contexts;
}

static int ask(struct gft_context context[GFT_MAX_DEVICES]) {
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
