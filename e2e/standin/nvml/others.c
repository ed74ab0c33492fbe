/* Entry points that gpufragtop does not use, and that others ask for: PyTorch's
 * allocator when it has run out of memory (NVLink), and nvtop at its start. */
#include "standin.h"

EXPORT nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t device, unsigned link, int *type) {
  (void)device, (void)link, (void)type;
  return NVML_ERROR_NOT_SUPPORTED;
}

EXPORT nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t device, unsigned link, void *info) {
  (void)device, (void)link, (void)info;
  return NVML_ERROR_NOT_SUPPORTED;
}

EXPORT nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned *minor) {
  nvmlReturn_t code = standin_enter("other", device);
  if (code == NVML_SUCCESS) *minor = (unsigned)device->index;
  return code;
}

#define CONSTANT(name, value)                                 \
  EXPORT nvmlReturn_t name(nvmlDevice_t device, unsigned *out) { \
    nvmlReturn_t code = standin_enter("other", device);        \
    if (code == NVML_SUCCESS) *out = (value);                  \
    return code;                                               \
  }
CONSTANT(nvmlDeviceGetMaxPcieLinkGeneration, 5)
CONSTANT(nvmlDeviceGetMaxPcieLinkWidth, 16)
CONSTANT(nvmlDeviceGetCurrPcieLinkGeneration, 5)
CONSTANT(nvmlDeviceGetCurrPcieLinkWidth, 16)
CONSTANT(nvmlDeviceGetFanSpeed, 40)
CONSTANT(nvmlDeviceGetEnforcedPowerLimit, 700000)

#define CONSTANT_OF(name, value)                                         \
  EXPORT nvmlReturn_t name(nvmlDevice_t device, int kind, unsigned *out) { \
    (void)kind;                                                          \
    nvmlReturn_t code = standin_enter("other", device);                  \
    if (code == NVML_SUCCESS) *out = (value);                            \
    return code;                                                         \
  }
CONSTANT_OF(nvmlDeviceGetClockInfo, 1980)
CONSTANT_OF(nvmlDeviceGetMaxClockInfo, 1980)
CONSTANT_OF(nvmlDeviceGetTemperatureThreshold, 90)
CONSTANT_OF(nvmlDeviceGetPcieThroughput, 1024)

#define CODEC(name)                                                                   \
  EXPORT nvmlReturn_t name(nvmlDevice_t device, unsigned *percent, unsigned *period) { \
    nvmlReturn_t code = standin_enter("other", device);                               \
    if (code == NVML_SUCCESS) *percent = 0, *period = 167000;                         \
    return code;                                                                      \
  }
CODEC(nvmlDeviceGetEncoderUtilization)
CODEC(nvmlDeviceGetDecoderUtilization)

EXPORT nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device, void *samples, unsigned *count, unsigned long long since) {
  (void)samples, (void)since;
  nvmlReturn_t code = standin_enter("other", device);
  if (code == NVML_SUCCESS) *count = 0;
  return code;
}
