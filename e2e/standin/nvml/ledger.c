#include "standin.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sink that counts beyond its room, as NVML's process lists do. */
struct sink {
  struct standin_process *out;
  unsigned room;
  unsigned count;
  uint64_t bytes;
};

static void add(struct sink *sink, unsigned pid, uint64_t bytes) {
  if (sink->count < sink->room) sink->out[sink->count] = (struct standin_process){pid, bytes};
  sink->count++;
  sink->bytes += bytes;
}

/* A process is dead without /proc/PID/stat, or as a zombie. */
static int alive(unsigned pid) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%u/stat", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  char *text = fgets(line, sizeof line, file);
  fclose(file);
  char *end = text != NULL ? strrchr(text, ')') : NULL;
  return end != NULL && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X';
}

static int is_decimal(const char *name) {
  if (*name == 0) return 0;
  for (; *name != 0; name++) {
    if (!isdigit((unsigned char)*name)) return 0;
  }
  return 1;
}

static void hex(const unsigned char uuid[UUID_BYTES], char out[2 * UUID_BYTES + 1]) {
  for (int i = 0; i < UUID_BYTES; i++) snprintf(out + 2 * i, 3, "%02x", uuid[i]);
}

/* Reads the records that the stand-in libcuda keeps, see ../README.md. */
static void read_folder(const char *folder, const char *uuid, struct sink *sink) {
  DIR *dir = opendir(folder);
  if (dir == NULL) return;
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (!is_decimal(entry->d_name)) continue;
    char path[4096], line[128], owner[2 * UUID_BYTES + 1];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue;
    unsigned pid = (unsigned)strtoul(entry->d_name, NULL, 10);
    while (fgets(line, sizeof line, file) != NULL) {
      uint64_t bytes;
      if (sscanf(line, "%32s %" SCNu64, owner, &bytes) == 2 && strcmp(owner, uuid) == 0 && alive(pid)) add(sink, pid, bytes);
    }
    fclose(file);
  }
  closedir(dir);
}

/* "pid:device:MiB,…"; these need not be alive. */
static void read_fixed(const char *text, int device, struct sink *sink) {
  for (const char *at = text; at != NULL && *at != 0;) {
    unsigned pid, index, mib;
    if (sscanf(at, "%u:%u:%u", &pid, &index, &mib) == 3 && (int)index == device) add(sink, pid, (uint64_t)mib << 20);
    at = strchr(at, ',');
    if (at != NULL) at++;
  }
}

/* Every fourth of these moves, where figures do. */
static void read_listed(const struct standin_machine *machine, int device, struct sink *sink) {
  for (int i = 0; i < machine->listed_count; i++) {
    const struct standin_listed *at = &machine->listed[i];
    if ((int)at->device != device) continue;
    add(sink, at->pid, (uint64_t)(at->mib + (i % 4 == 0 ? standin_swing((unsigned)i, 64) : 0)) << 20);
  }
}

static void collect(nvmlDevice_t device, struct sink *sink) {
  const struct standin_machine *machine = standin_machine();
  /* All processes of a divided device live on its first instance. */
  if (machine->mig > 0 && device->mig > 0) return;
  unsigned char bytes[UUID_BYTES];
  char uuid[2 * UUID_BYTES + 1];
  struct standin_device whole = {device->index, NOT_MIG};
  standin_uuid(&whole, bytes);
  hex(bytes, uuid);
  if (machine->folder[0] != 0) read_folder(machine->folder, uuid, sink);
  read_fixed(machine->fixed, device->index, sink);
  read_listed(machine, device->index, sink);
  for (int i = 0; i < machine->processes; i++) {
    add(sink, machine->first_pid + (unsigned)(device->index * machine->processes + i), (uint64_t)(64 + i) << 20);
  }
}

unsigned standin_processes(nvmlDevice_t device, struct standin_process *out, unsigned room) {
  struct sink sink = {out, room, 0, 0};
  collect(device, &sink);
  return sink.count;
}

uint64_t standin_used(nvmlDevice_t device) {
  struct sink sink = {NULL, 0, 0, 0};
  collect(device, &sink);
  return sink.bytes;
}
