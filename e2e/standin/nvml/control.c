#include "standin.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* One line of the control file: a word, then key=value pairs. */
struct command {
  char word[16];
  char call[32]; /* empty = every call that the word means by itself */
  int device;    /* NO_DEVICE = every device */
  int number;    /* ms=, code= or the bare number after the word */
};

static int parse(const char *line, struct command *command) {
  char copy[256];
  char *rest = NULL;
  memset(command, 0, sizeof *command);
  command->device = NO_DEVICE;
  snprintf(copy, sizeof copy, "%s", line);
  char *word = strtok_r(copy, " \t\r\n", &rest);
  if (word == NULL || word[0] == '#') return 0;
  snprintf(command->word, sizeof command->word, "%s", word);
  for (char *pair = strtok_r(NULL, " \t\r\n", &rest); pair != NULL; pair = strtok_r(NULL, " \t\r\n", &rest)) {
    if (sscanf(pair, "device=%d", &command->device) == 1) continue;
    if (sscanf(pair, "call=%31s", command->call) == 1) continue;
    if (sscanf(pair, "ms=%d", &command->number) == 1) continue;
    if (sscanf(pair, "code=%d", &command->number) == 1) continue;
    sscanf(pair, "%d", &command->number);
  }
  return 1;
}

/* "processes" names all three process lists. */
static int names(const char *pattern, const char *call) {
  if (strcmp(pattern, call) == 0) return 1;
  return strcmp(pattern, "processes") == 0 &&
         (strcmp(call, "compute") == 0 || strcmp(call, "graphics") == 0 || strcmp(call, "mps") == 0);
}

/* What a device that lacks a figure, or the right to read it, still tells. */
static int is_static(const char *call) {
  static const char *const calls[] = {"init", "count", "handle", "name", "uuid", "pci", "driver", "cuda", "mig"};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i], call) == 0) return 1;
  }
  return 0;
}

static int applies(const struct command *command, const char *call, int device) {
  if (command->device != NO_DEVICE && command->device != device) return 0;
  if (command->call[0] != 0) return names(command->call, call);
  if (strcmp(command->word, "na") == 0 || strcmp(command->word, "noperm") == 0) return !is_static(call);
  if (strcmp(command->word, "lost") == 0 || strcmp(command->word, "hang") == 0) return device != NO_DEVICE;
  return 1;
}

static void wait_ms(int ms) {
  struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

/* Looks through the file for a command that applies, from line *at on. */
static int next(const struct standin_machine *machine, const char *call, int device, int *at, struct command *found) {
  if (machine->control[0] == 0) return 0;
  FILE *file = fopen(machine->control, "re");
  if (file == NULL) return 0;
  char line[256];
  int number = 0, hit = 0;
  while (!hit && fgets(line, sizeof line, file) != NULL) {
    if (number++ < *at) continue;
    *at = number;
    hit = parse(line, found) && applies(found, call, device);
  }
  fclose(file);
  return hit;
}

int standin_commanded(const struct standin_machine *machine, const char *word, const char *call, int device) {
  struct command command;
  for (int at = 0; next(machine, call, device, &at, &command);) {
    if (strcmp(command.word, word) == 0) return 1;
  }
  return 0;
}

nvmlReturn_t standin_fault(const struct standin_machine *machine, const char *call, int device) {
  struct command command;
  for (int at = 0; next(machine, call, device, &at, &command);) {
    const char *word = command.word;
    if (strcmp(word, "slow") == 0) wait_ms(command.number);
    /* A hung call comes back when the command is taken out of the file. */
    if (strcmp(word, "hang") == 0) {
      while (standin_commanded(machine, "hang", call, device)) wait_ms(10);
    }
    if (strcmp(word, "init") == 0 && strcmp(call, "init") == 0) return command.number;
    if (strcmp(word, "lost") == 0) return NVML_ERROR_GPU_IS_LOST;
    if (strcmp(word, "na") == 0) return NVML_ERROR_NOT_SUPPORTED;
    if (strcmp(word, "noperm") == 0) return NVML_ERROR_NO_PERMISSION;
    if (strcmp(word, "fail") == 0) return command.number;
  }
  return NVML_SUCCESS;
}
