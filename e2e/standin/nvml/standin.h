/* A stand-in for libnvidia-ml.so.1: devices, memory and processes of a machine
 * without a GPU, with faults on command. README.md beside this file says which
 * variables and commands it knows. The types are those of NVML's interface, as
 * far as they are used. */
#ifndef GPUFRAGTOP_STANDIN_NVML_H
#define GPUFRAGTOP_STANDIN_NVML_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

typedef int nvmlReturn_t;
enum {
  NVML_SUCCESS = 0,
  NVML_ERROR_UNINITIALIZED = 1,
  NVML_ERROR_INVALID_ARGUMENT = 2,
  NVML_ERROR_NOT_SUPPORTED = 3,
  NVML_ERROR_NO_PERMISSION = 4,
  NVML_ERROR_NOT_FOUND = 6,
  NVML_ERROR_INSUFFICIENT_SIZE = 7,
  NVML_ERROR_GPU_IS_LOST = 15,
  NVML_ERROR_ARGUMENT_VERSION_MISMATCH = 25
};

#define MAX_DEVICES 16
#define MAX_MIG 7
#define UUID_BYTES 16
#define NOT_MIG (-1)
#define NO_DEVICE (-1)

/* A device, or a MIG instance of one; nvmlDevice_t points at it. */
struct standin_device {
  int index;
  int mig; /* NOT_MIG for whole devices */
};
typedef struct standin_device *nvmlDevice_t;

/* One process of GFT_FAKE_PROCS_FILE. */
struct standin_listed {
  unsigned pid, device, mib;
};

/* What the environment asked for when the library was last initialised. */
struct standin_machine {
  int devices;
  int mig;              /* instances of each device; 0 = MIG is off */
  uint64_t total;       /* bytes of each device */
  uint64_t reserved;    /* of which the driver keeps for itself */
  int processes;        /* made-up processes of each device */
  unsigned first_pid;   /* of these */
  char fixed[4096];     /* GFT_FAKE_PROCS */
  const struct standin_listed *listed; /* GFT_FAKE_PROCS_FILE */
  int listed_count;
  int lively;           /* figures move from second to second */
  char folder[2048];    /* GFT_FAKE_DIR */
  char control[2048];   /* GFT_FAKE_NVML_CONTROL */
  char calls[2048];     /* GFT_FAKE_NVML_CALLS */
};

/* machine.c */
const struct standin_machine *standin_machine(void);
nvmlReturn_t standin_enter(const char *call, nvmlDevice_t device);
void standin_uuid(nvmlDevice_t device, unsigned char uuid[UUID_BYTES]);

/* control.c: does what the control file says about this call of this device
 * (waits, hangs) and returns the code to fail with, or NVML_SUCCESS. */
nvmlReturn_t standin_fault(const struct standin_machine *machine, const char *call, int device);
/* Tells whether the control file holds the command word for this call. */
int standin_commanded(const struct standin_machine *machine, const char *word, const char *call, int device);

/* ledger.c */
struct standin_process {
  unsigned pid;
  uint64_t bytes;
};
/* Fills up to room processes of the device and returns how many there are. */
unsigned standin_processes(nvmlDevice_t device, struct standin_process *out, unsigned room);
uint64_t standin_used(nvmlDevice_t device);

/* lively.c: by how much the figure of that number is above its rest at this second, 0 … most - 1; always 0 where figures stand still. */
unsigned standin_swing(unsigned figure, unsigned most);

#endif
