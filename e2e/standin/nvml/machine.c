#include "standin.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct standin_machine machine;
static int initialised;
static struct standin_device whole[MAX_DEVICES];
static struct standin_device instance[MAX_DEVICES][MAX_MIG];

static long number(const char *name, long fallback, long lowest, long highest) {
  const char *text = getenv(name);
  long value = text != NULL && text[0] != 0 ? strtol(text, NULL, 10) : fallback;
  return value < lowest ? lowest : value > highest ? highest : value;
}

static void words(const char *name, char *out, size_t room) {
  const char *text = getenv(name);
  snprintf(out, room, "%s", text != NULL ? text : "");
}

/* A line a process, "pid:device:MiB". */
static void read_listed(const char *path) {
  static struct standin_listed *all; /* lives as long as the library */
  FILE *file = path != NULL && path[0] != 0 ? fopen(path, "re") : NULL;
  int count = 0;
  struct standin_listed one;
  free(all);
  all = NULL;
  while (file != NULL && fscanf(file, "%u:%u:%u", &one.pid, &one.device, &one.mib) == 3) {
    struct standin_listed *more = realloc(all, ((size_t)count + 1) * sizeof *all);
    if (more == NULL) break;
    all = more;
    all[count++] = one;
  }
  if (file != NULL) fclose(file);
  machine.listed = all, machine.listed_count = count;
}

static void read_environment(void) {
  machine.devices = (int)number("GFT_FAKE_DEVICES", 1, 0, MAX_DEVICES);
  machine.mig = (int)number("GFT_FAKE_MIG", 0, 0, MAX_MIG);
  machine.total = (uint64_t)number("GFT_FAKE_TOTAL_MIB", 81920, 1, 1L << 40) << 20;
  machine.reserved = (uint64_t)number("GFT_FAKE_RESERVED_MIB", 0, 0, (long)(machine.total >> 20)) << 20;
  machine.processes = (int)number("GFT_FAKE_PROCS_PER_DEVICE", 0, 0, 100000);
  machine.first_pid = (unsigned)number("GFT_FAKE_FIRST_PID", 100000, 1, 1L << 30);
  words("GFT_FAKE_PROCS", machine.fixed, sizeof machine.fixed);
  read_listed(getenv("GFT_FAKE_PROCS_FILE"));
  machine.lively = (int)number("GFT_FAKE_LIVELY", 0, 0, 1);
  words("GFT_FAKE_DIR", machine.folder, sizeof machine.folder);
  words("GFT_FAKE_NVML_CONTROL", machine.control, sizeof machine.control);
  words("GFT_FAKE_NVML_CALLS", machine.calls, sizeof machine.calls);
  for (int i = 0; i < MAX_DEVICES; i++) {
    whole[i] = (struct standin_device){i, NOT_MIG};
    for (int j = 0; j < MAX_MIG; j++) instance[i][j] = (struct standin_device){i, j};
  }
}

const struct standin_machine *standin_machine(void) { return &machine; }

/* One line a call, so that several processes can be counted together. */
static void count_call(const char *call, int device) {
  if (machine.calls[0] == 0) return;
  char line[64];
  int length = snprintf(line, sizeof line, "%s %d\n", call, device);
  int file = open(machine.calls, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (write(file, line, (size_t)length) != length) perror("stand-in: GFT_FAKE_NVML_CALLS");
  close(file);
}

/* What every entry point does first. */
nvmlReturn_t standin_enter(const char *call, nvmlDevice_t device) {
  int index = device != NULL ? device->index : NO_DEVICE;
  pthread_mutex_lock(&lock);
  int ready = initialised;
  pthread_mutex_unlock(&lock);
  if (!ready) return NVML_ERROR_UNINITIALIZED;
  count_call(call, index);
  return standin_fault(&machine, call, index);
}

EXPORT nvmlReturn_t nvmlInit_v2(void) {
  pthread_mutex_lock(&lock);
  read_environment();
  pthread_mutex_unlock(&lock);
  count_call("init", NO_DEVICE);
  nvmlReturn_t code = standin_fault(&machine, "init", NO_DEVICE);
  pthread_mutex_lock(&lock);
  if (code == NVML_SUCCESS) initialised++;
  pthread_mutex_unlock(&lock);
  return code;
}

EXPORT nvmlReturn_t nvmlInit(void) { return nvmlInit_v2(); }

EXPORT nvmlReturn_t nvmlInitWithFlags(unsigned flags) {
  (void)flags;
  return nvmlInit_v2();
}

EXPORT nvmlReturn_t nvmlShutdown(void) {
  pthread_mutex_lock(&lock);
  nvmlReturn_t code = initialised > 0 ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
  if (initialised > 0) initialised--;
  pthread_mutex_unlock(&lock);
  return code;
}

EXPORT nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *count) {
  nvmlReturn_t code = standin_enter("count", NULL);
  if (code == NVML_SUCCESS) *count = (unsigned)machine.devices;
  return code;
}

EXPORT nvmlReturn_t nvmlDeviceGetCount(unsigned *count) { return nvmlDeviceGetCount_v2(count); }

EXPORT nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *device) {
  if (index >= (unsigned)machine.devices) return NVML_ERROR_INVALID_ARGUMENT;
  nvmlReturn_t code = standin_enter("handle", &whole[index]);
  if (code == NVML_SUCCESS) *device = &whole[index];
  return code;
}

EXPORT nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t *device) {
  return nvmlDeviceGetHandleByIndex_v2(index, device);
}

/* Takes the long and the short form of the bus id. */
EXPORT nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, nvmlDevice_t *device) {
  unsigned domain = 0, bus = 0, slot = 0;
  if (sscanf(bus_id, "%x:%x:%x.0", &domain, &bus, &slot) != 3 || domain != 0 || slot != 0) return NVML_ERROR_INVALID_ARGUMENT;
  if (bus < 1 || bus > (unsigned)machine.devices) return NVML_ERROR_NOT_FOUND;
  return nvmlDeviceGetHandleByIndex_v2(bus - 1, device);
}

#ifndef GFT_WITHOUT_MIG
EXPORT nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned *current, unsigned *pending) {
  nvmlReturn_t code = standin_enter("mig", device);
  if (code == NVML_SUCCESS) *current = *pending = machine.mig > 0;
  return code;
}

EXPORT nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned *count) {
  nvmlReturn_t code = standin_enter("mig", device);
  if (code == NVML_SUCCESS) *count = machine.mig > 0 ? MAX_MIG : 0;
  return code;
}

EXPORT nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned index, nvmlDevice_t *out) {
  nvmlReturn_t code = standin_enter("mig", device);
  if (code != NVML_SUCCESS) return code;
  if (index >= (unsigned)machine.mig) return NVML_ERROR_NOT_FOUND;
  *out = &instance[device->index][index];
  return NVML_SUCCESS;
}
#endif
