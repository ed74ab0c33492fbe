#include "standin.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  unsigned pid;
  unsigned long long used;
} nvmlProcessInfo_v1_t;

/* The layout of the _v2 and _v3 lists. Drivers 535.43 to 535.86 gave records
 * of the _v3 list eight bytes more under the same name: GFT_R535. */
typedef struct {
  unsigned pid;
  unsigned long long used;
  unsigned gpu_instance, compute_instance;
} nvmlProcessInfo_v2_t;

typedef struct {
  nvmlProcessInfo_v2_t common;
#ifdef GFT_R535
  unsigned long long used_protected;
#endif
} nvmlProcessInfo_v3_t;

/* Fills records of the given size, whose first fields are those of v1 and,
 * when long enough, of v2. count goes in as the room and out as the number. */
static nvmlReturn_t list(const char *call, nvmlDevice_t device, unsigned *count, void *out, size_t size) {
  nvmlReturn_t code = standin_enter(call, device);
  if (code != NVML_SUCCESS) return code;
  /* The compute list carries everybody; the command "also" puts the same
   * processes into another list, as for programs that compute and draw. */
  const struct standin_machine *machine = standin_machine();
  int shown = strcmp(call, "compute") == 0 || standin_commanded(machine, "also", call, device->index);
  unsigned there = shown ? standin_processes(device, NULL, 0) : 0;
  unsigned room = *count;
  *count = there;
  if (there > room) return NVML_ERROR_INSUFFICIENT_SIZE;
  if (there == 0) return NVML_SUCCESS;
  struct standin_process *processes = calloc(there, sizeof *processes);
  if (processes == NULL) return NVML_ERROR_INSUFFICIENT_SIZE;
  unsigned filled = standin_processes(device, processes, there);
  if (filled < there) *count = there = filled; /* one has just ended */
  int unknown = standin_commanded(machine, "unknown", call, device->index);
  for (unsigned i = 0; i < there; i++) {
    nvmlProcessInfo_v2_t record = {processes[i].pid, unknown ? ~0ull : processes[i].bytes, ~0u, ~0u};
    if (device->mig != NOT_MIG) record.gpu_instance = record.compute_instance = (unsigned)device->mig;
    char *at = (char *)out + i * size;
    memset(at, 0, size);
    memcpy(at, &record, size < sizeof record ? size : sizeof record);
  }
  free(processes);
  return NVML_SUCCESS;
}

EXPORT nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v1_t *out) {
  return list("compute", device, count, out, sizeof *out);
}
EXPORT nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v2_t *out) {
  return list("compute", device, count, out, sizeof *out);
}

EXPORT nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v1_t *out) {
  return list("graphics", device, count, out, sizeof *out);
}
EXPORT nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v2_t *out) {
  return list("graphics", device, count, out, sizeof *out);
}

#ifndef GFT_WITHOUT_PROCESSES_V3
EXPORT nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v3_t *out) {
  return list("compute", device, count, out, sizeof *out);
}
EXPORT nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v3_t *out) {
  return list("graphics", device, count, out, sizeof *out);
}
#endif

#ifndef GFT_WITHOUT_MPS
EXPORT nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v1_t *out) {
  return list("mps", device, count, out, sizeof *out);
}
EXPORT nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v2_t *out) {
  return list("mps", device, count, out, sizeof *out);
}
#ifndef GFT_WITHOUT_PROCESSES_V3
EXPORT nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_v3_t *out) {
  return list("mps", device, count, out, sizeof *out);
}
#endif
#endif

#ifdef GFT_R535
/* Present, while nvmlDeviceGetRunningProcessDetailList is not: the mark of the
 * drivers with the longer records. */
EXPORT nvmlReturn_t nvmlDeviceGetConfComputeMemSizeInfo(nvmlDevice_t device, void *info) {
  (void)device;
  (void)info;
  return NVML_ERROR_NOT_SUPPORTED;
}
#endif
