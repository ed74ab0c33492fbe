#include "monitor.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../csrc/shim.h"
#include "python.h"

static _Atomic bool stopped;
static _Atomic unsigned walks, answers[3];
static unsigned newest_walk; /* the first monitor's */

void monitor_stop(void) { atomic_store(&stopped, true); }
unsigned monitor_walks(void) { return atomic_load(&walks); }
unsigned monitor_answers(int command) { return atomic_load(&answers[command]); }
void monitor_wait(unsigned wanted) {
  for (int i = 0; atomic_load(&walks) < wanted; i++) {
    CHECK(i < 120000);
    usleep(1000);
  }
}

void monitor_wait_answers(void) {
  for (int i = 0; monitor_answers(GFT_COMMAND_RELEASE) == 0 || monitor_answers(GFT_COMMAND_RECORD) == 0; i++) {
    CHECK(i < 120000);
    usleep(1000);
  }
}

/* Where the agent has mapped its command page. */
static struct gft_cmd_page *command_page(void) {
  char line[512];
  unsigned long at = 0;
  FILE *maps = fopen("/proc/self/maps", "re");
  CHECK(maps != NULL);
  while (at == 0 && fgets(line, sizeof line, maps) != NULL) {
    if (strstr(line, "/memfd:" GFT_CMD_NAME " ") != NULL) at = strtoul(line, NULL, 16);
  }
  fclose(maps);
  struct gft_cmd_page *page = (struct gft_cmd_page *)at;
  return page != NULL && __atomic_load_n(&page->magic, __ATOMIC_ACQUIRE) == GFT_CMD_MAGIC ? page : NULL;
}

static int page_descriptor(void) {
  char link[64], path[64];
  for (int fd = 3; fd < 1024; fd++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length <= 0) continue;
    link[length] = '\0';
    if (strncmp(link, "/memfd:" GFT_PAGE_NAME, strlen("/memfd:" GFT_PAGE_NAME)) == 0) return open(path, O_RDONLY | O_CLOEXEC);
  }
  return -1;
}

static void read_header(int fd, struct gft_page_header *header) {
  CHECK(pread(fd, header, sizeof *header, 0) == sizeof *header);
  CHECK(header->magic == GFT_PAGE_MAGIC && header->pid == (uint32_t)getpid());
}

/* A slot whose number the header names before and after is whole. */
static bool read_slot(int fd, uint64_t seq, uint64_t offset) {
  struct gft_slot_header slot, again;
  if (seq == 0) return false;
  CHECK(pread(fd, &slot, sizeof slot, (off_t)offset) == sizeof slot);
  if (slot.seq != seq || slot.length > GFT_WALK_STRIDE) return false;
  unsigned char *copy = malloc(slot.length + 1);
  CHECK(copy != NULL && pread(fd, copy, slot.length, (off_t)(offset + sizeof slot)) == (ssize_t)slot.length);
  CHECK(pread(fd, &again, sizeof again, (off_t)offset) == sizeof again);
  bool stands = again.seq == seq;
  if (stands) CHECK(gft_checksum(copy, slot.length) == slot.checksum);
  free(copy);
  return stands;
}

static void count_walk(uint64_t seq, long number) {
  if (number != 0 || seq == newest_walk) return;
  newest_walk = (unsigned)seq;
  atomic_fetch_add(&walks, 1);
}

static void look(int fd, long number) {
  struct gft_page_header header;
  read_header(fd, &header);
  read_slot(fd, header.counters_seq, GFT_COUNTERS_OFFSET + (header.counters_seq & 1) * GFT_COUNTERS_STRIDE);
  if (read_slot(fd, header.walk_seq, GFT_WALK_OFFSET + (header.walk_seq & 1) * GFT_WALK_STRIDE)) count_walk(header.walk_seq, number);
}

static bool answered(int fd, long slot, uint64_t id, int command) {
  struct gft_answer answer;
  CHECK(pread(fd, &answer, sizeof answer, (off_t)(GFT_ANSWERS_OFFSET + (uint64_t)slot * GFT_ANSWER_STRIDE)) == sizeof answer);
  if (answer.request_id != id || answer.request_id_end != id) return false;
  if (answer.status == GFT_ANSWER_DONE) atomic_fetch_add(&answers[command], 1);
  return true;
}

#define SET(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

static void wake(struct gft_cmd_page *page) {
  __atomic_fetch_add(&page->wake, 1, __ATOMIC_ACQ_REL);
  syscall(SYS_futex, &page->wake, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint64_t ask(struct gft_cmd_page *page, struct gft_cmd_slot *slot, long number, unsigned round) {
  uint64_t now = gft_now();
  SET(slot->owner, (uint64_t)number + 1);
  SET(slot->lease_until_ns, now + 2 * GFT_SECOND);
  SET(slot->detail, GFT_DETAIL_WALK);
  SET(slot->walk_after_ns, now);
  SET(slot->force_walk, round & 1);
  uint64_t id = 0;
  if (number != 0 && round % 8 == 0) {
    id = ((uint64_t)number << 32) | (round + 1);
    SET(slot->command, number == 1 ? GFT_COMMAND_RELEASE : GFT_COMMAND_RECORD);
    SET(slot->deadline_ns, now + GFT_SECOND);
    SET(slot->flags, round % 16 == 0 ? GFT_COMMAND_FORCE : 0);
    SET(slot->record_ns, 2 * GFT_MS);
    SET(slot->record_entries, 100);
    SET(slot->request_id, id);
  }
  wake(page);
  return id;
}

void *monitor_main(void *argument) {
  long number = (long)(intptr_t)argument;
  struct gft_cmd_page *page;
  while ((page = command_page()) == NULL) usleep(1000);
  int fd = page_descriptor();
  CHECK(fd >= 0);
  struct gft_cmd_slot *slot = &page->slot[number];
  int command = number == 1 ? GFT_COMMAND_RELEASE : GFT_COMMAND_RECORD;
  for (unsigned round = 0; !atomic_load(&stopped); round++) {
    uint64_t id = ask(page, slot, number, round);
    bool done = id == 0;
    for (int i = 0; i < 10 + (done ? 0 : 20); i++) {
      look(fd, number);
      if (!done) done = answered(fd, number, id, command);
      usleep(1000);
    }
    if (id != 0 && round % 3 == 0) SET(slot->request_id, 0ull); /* withdrawn */
  }
  SET(slot->owner, 0ull);
  close(fd);
  return NULL;
}
