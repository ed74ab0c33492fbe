#include "standin.h"

#include <stdio.h>
#include <string.h>

#ifdef GFT_R535
#define DRIVER "535.54.03"
#else
#define DRIVER "555.42"
#endif
#define CUDA 12050

void standin_uuid(nvmlDevice_t device, unsigned char uuid[UUID_BYTES]) {
  memcpy(uuid, device->mig == NOT_MIG ? "gpufragtop-fake" : "gpufragtop-mig", 15);
  if (device->mig != NOT_MIG) uuid[14] = (unsigned char)(device->mig + 1);
  uuid[15] = (unsigned char)device->index;
}

EXPORT const char *nvmlErrorString(nvmlReturn_t code) { return code == NVML_SUCCESS ? "Success" : "stand-in error"; }

static nvmlReturn_t give(const char *text, char *out, unsigned room) {
  if (strlen(text) >= room) return NVML_ERROR_INSUFFICIENT_SIZE;
  memcpy(out, text, strlen(text) + 1);
  return NVML_SUCCESS;
}

EXPORT nvmlReturn_t nvmlSystemGetDriverVersion(char *out, unsigned room) {
  nvmlReturn_t code = standin_enter("driver", NULL);
  return code == NVML_SUCCESS ? give(DRIVER, out, room) : code;
}

EXPORT nvmlReturn_t nvmlSystemGetNVMLVersion(char *out, unsigned room) {
  nvmlReturn_t code = standin_enter("driver", NULL);
  return code == NVML_SUCCESS ? give("12." DRIVER, out, room) : code;
}

EXPORT nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int *version) {
  nvmlReturn_t code = standin_enter("cuda", NULL);
  if (code == NVML_SUCCESS) *version = CUDA;
  return code;
}

EXPORT nvmlReturn_t nvmlSystemGetCudaDriverVersion(int *version) { return nvmlSystemGetCudaDriverVersion_v2(version); }

EXPORT nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *out, unsigned room) {
  nvmlReturn_t code = standin_enter("name", device);
  if (code != NVML_SUCCESS) return code;
  return give(device->mig == NOT_MIG ? "gpufragtop stand-in" : "gpufragtop stand-in MIG 1g.10gb", out, room);
}

EXPORT nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *out, unsigned room) {
  nvmlReturn_t code = standin_enter("uuid", device);
  if (code != NVML_SUCCESS) return code;
  unsigned char uuid[UUID_BYTES];
  char text[48];
  standin_uuid(device, uuid);
  int at = snprintf(text, sizeof text, "%s", device->mig == NOT_MIG ? "GPU" : "MIG");
  for (int i = 0; i < UUID_BYTES; i++) {
    at += snprintf(text + at, sizeof text - (size_t)at, "%s%02x", i == 0 || i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
  }
  return give(text, out, room);
}

typedef struct {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
} nvmlPciInfo_t;

EXPORT nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t *info) {
  nvmlReturn_t code = standin_enter("pci", device);
  if (code != NVML_SUCCESS) return code;
  memset(info, 0, sizeof *info);
  info->bus = (unsigned)device->index + 1;
  snprintf(info->bus_id_legacy, sizeof info->bus_id_legacy, "0000:%02x:00.0", info->bus);
  snprintf(info->bus_id, sizeof info->bus_id, "00000000:%02x:00.0", info->bus);
  return NVML_SUCCESS;
}

EXPORT nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_t *info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}

EXPORT nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_t *info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}

typedef struct {
  unsigned long long total, free, used;
} nvmlMemory_t;

typedef struct {
  unsigned version;
  unsigned long long total, reserved, free, used;
} nvmlMemory_v2_t;

static void measure(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  const struct standin_machine *machine = standin_machine();
  uint64_t share = device->mig == NOT_MIG ? 1 : (uint64_t)machine->mig;
  memory->total = machine->total / share;
  memory->reserved = machine->reserved / share;
  uint64_t room = memory->total - memory->reserved, used = standin_used(device);
  memory->used = used < room ? used : room;
  memory->free = room - memory->used;
}

/* The older form counts what the driver keeps as used. */
EXPORT nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  nvmlReturn_t code = standin_enter("memory", device);
  if (code != NVML_SUCCESS) return code;
  nvmlMemory_v2_t now = {0};
  measure(device, &now);
  *memory = (nvmlMemory_t){now.total, now.free, now.used + now.reserved};
  return NVML_SUCCESS;
}

#ifndef GFT_WITHOUT_MEMORY_V2
EXPORT nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  if (memory->version != (sizeof *memory | 2u << 24)) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  nvmlReturn_t code = standin_enter("memory", device);
  if (code == NVML_SUCCESS) measure(device, memory);
  return code;
}
#endif

typedef struct {
  unsigned gpu, memory;
} nvmlUtilization_t;

#ifndef GFT_WITHOUT_UTILIZATION
EXPORT nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *rates) {
  nvmlReturn_t code = standin_enter("utilization", device);
  if (code != NVML_SUCCESS) return code;
  if (device->mig != NOT_MIG) return NVML_ERROR_NOT_SUPPORTED;
  *rates = (nvmlUtilization_t){97 - standin_swing((unsigned)device->index, 30), 41};
  return NVML_SUCCESS;
}
#endif

EXPORT nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned *celsius) {
  nvmlReturn_t code = standin_enter("temperature", device);
  if (code != NVML_SUCCESS) return code;
  if (sensor != 0 || device->mig != NOT_MIG) return NVML_ERROR_INVALID_ARGUMENT;
  *celsius = 60 + (unsigned)device->index + standin_swing(100 + (unsigned)device->index, 4);
  return NVML_SUCCESS;
}

#ifndef GFT_WITHOUT_POWER
EXPORT nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned *milliwatts) {
  nvmlReturn_t code = standin_enter("power", device);
  if (code == NVML_SUCCESS) *milliwatts = 300000 + (unsigned)device->index + 1000 * standin_swing(200 + (unsigned)device->index, 40);
  return code;
}
#endif
