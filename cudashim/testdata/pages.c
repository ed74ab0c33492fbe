/* Tests page.c, publish.c, tracefile.c, cmd.c, wake.c and reportfile.c in one process; exits 0 when all is well. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../csrc/shim.h"

#define CHECK(what)                                             \
  do {                                                          \
    if (!(what)) {                                              \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
      exit(1);                                                  \
    }                                                           \
  } while (0)

static struct gft_pages pages;
static struct gft_process process;

static void *read_at(off_t offset, size_t size) {
  void *copy = malloc(size);
  CHECK(copy != NULL && pread(pages.page_fd, copy, size, offset) == (ssize_t)size);
  return copy;
}

static void test_seals(void) {
  const int fds[] = {pages.page_fd, pages.cmd_fd};
  const off_t sizes[] = {(off_t)GFT_PAGE_SIZE, (off_t)GFT_CMD_SIZE};
  for (int i = 0; i < 2; i++) {
    struct stat status;
    CHECK(fstat(fds[i], &status) == 0 && status.st_size == sizes[i]);
    CHECK(ftruncate(fds[i], 0) == -1 && errno == EPERM);
    CHECK(ftruncate(fds[i], sizes[i] + 1) == -1 && errno == EPERM);
    CHECK(fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
    CHECK(fds[i] >= 40);
  }
}

static void test_counters(void) {
  struct gft_device device[GFT_MAX_DEVICES];
  memset(device, 7, sizeof device);
  for (uint64_t seq = 1; seq <= 5; seq++) {
    struct gft_facts facts = {.devices = (uint32_t)(seq == 5 ? GFT_MAX_DEVICES : seq)};
    gft_publish_counters(&pages, &facts, device, seq * 10, seq);
    CHECK(pages.header->counters_seq == seq);
    unsigned char *slot = read_at((off_t)(GFT_COUNTERS_OFFSET + (seq & 1) * GFT_COUNTERS_STRIDE), GFT_COUNTERS_STRIDE);
    struct gft_slot_header header;
    memcpy(&header, slot, sizeof header);
    CHECK(header.seq == seq && header.taken_ns == seq * 10);
    CHECK(header.length == sizeof facts + facts.devices * sizeof *device);
    CHECK(header.checksum == gft_checksum(slot + sizeof header, header.length));
    free(slot);
  }
}

static void write_walk(size_t payload, unsigned char fill) {
  struct gft_walk_slot slot;
  CHECK(gft_walk_map(&pages, &slot, payload));
  memset(slot.slot + sizeof(struct gft_slot_header), fill, payload);
  gft_walk_publish(&pages, &slot, 1, 2);
  CHECK(slot.slot == NULL);
}

static long memory(void) {
  struct stat status;
  CHECK(fstat(pages.page_fd, &status) == 0);
  return (long)status.st_blocks * 512;
}

static void test_walks(void) {
  write_walk(100, 'a');
  write_walk(3 << 20, 'b');
  write_walk(GFT_WALK_STRIDE - sizeof(struct gft_slot_header), 'c'); /* as long as one can be */
  CHECK(pages.header->walk_seq == 3 && pages.header->walks == 3);
  unsigned char *slot = read_at((off_t)GFT_WALK_OFFSET, (3 << 20) + 64); /* the one before the last is still whole */
  struct gft_slot_header header;
  memcpy(&header, slot, sizeof header);
  CHECK(header.seq == 2 && header.checksum == gft_checksum(slot + 64, header.length) && slot[64] == 'b');
  free(slot);
  long before = memory();
  gft_walk_punch(&pages);
  CHECK(before > 64 << 20 && memory() < 2 << 20);
  CHECK(pages.header->walk_seq == 0);
  write_walk(100, 'd');
  CHECK(pages.header->walk_seq == 4); /* numbers go on */
}

static void test_walk_given_up(void) {
  struct gft_walk_slot slot;
  uint64_t before = pages.header->walk_seq;
  CHECK(gft_walk_map(&pages, &slot, 4096));
  gft_walk_unmap(&slot);
  CHECK(pages.header->walk_seq == before);
}

static void test_answers_and_events(void) {
  struct gft_answer answer = {.request_id = 9, .status = GFT_ANSWER_DONE, .devices = 1};
  gft_publish_answer(&pages, GFT_CMD_SLOTS - 1, &answer);
  struct gft_answer *found =
      read_at((off_t)(GFT_ANSWERS_OFFSET + (GFT_CMD_SLOTS - 1) * GFT_ANSWER_STRIDE), sizeof *found);
  CHECK(found->request_id == 9 && found->request_id_end == 9 && found->status == GFT_ANSWER_DONE);
  free(found);
  char text[400];
  memset(text, 'x', sizeof text);
  memcpy(text, "\x1b[31m", 5);
  text[sizeof text - 1] = '\0';
  for (int i = 0; i < 3 * GFT_EVENT_SLOTS; i++) gft_publish_event(&pages, GFT_EVENT_RELEASE, text);
  CHECK(pages.header->event_next == 3 * GFT_EVENT_SLOTS);
  struct gft_event *event = read_at((off_t)(GFT_EVENTS_OFFSET + (GFT_EVENT_SLOTS - 1) * GFT_EVENT_STRIDE), sizeof *event);
  CHECK(event->number == 3 * GFT_EVENT_SLOTS && strlen(event->text) == sizeof event->text - 1);
  CHECK(event->text[0] == ' '); /* no escape character leaves */
  free(event);
}

static void test_commands(void) {
  uint64_t handled[GFT_CMD_SLOTS] = {0}, now = gft_now();
  struct gft_cmd_slot *slot = &pages.cmd->slot[3];
  struct gft_request request;
  CHECK(!gft_cmd_want(pages.cmd, now).watched);
  *slot = (struct gft_cmd_slot){.owner = 1, .lease_until_ns = now + GFT_SECOND, .detail = GFT_DETAIL_COUNTERS};
  struct gft_want want = gft_cmd_want(pages.cmd, now);
  CHECK(want.watched && !want.walks);
  slot->detail = GFT_DETAIL_WALK;
  slot->walk_after_ns = now - 5;
  want = gft_cmd_want(pages.cmd, now);
  CHECK(want.watched && want.walks && want.walk_after_ns == now - 5 && !want.force_walk);
  slot->walk_after_ns = now + GFT_SECOND;
  CHECK(gft_cmd_want(pages.cmd, now).walk_after_ns == 0); /* not of this clock */
  CHECK(!gft_cmd_want(pages.cmd, now + 2 * GFT_SECOND).watched); /* the lease has run out */
  slot->lease_until_ns = now + 3600 * GFT_SECOND;
  CHECK(!gft_cmd_want(pages.cmd, now).watched); /* no lease is that long */

  slot->lease_until_ns = now + GFT_SECOND;
  slot->command = GFT_COMMAND_RELEASE;
  slot->deadline_ns = now + GFT_SECOND;
  CHECK(!gft_cmd_request(pages.cmd, 0, now, handled, &request));
  slot->request_id = 77;
  CHECK(gft_cmd_request(pages.cmd, 0, now, handled, &request) && request.slot == 3 && request.id == 77);
  CHECK(gft_cmd_stands(pages.cmd, &request, now) && !gft_cmd_stands(pages.cmd, &request, now + 2 * GFT_SECOND));
  handled[3] = 77;
  CHECK(!gft_cmd_request(pages.cmd, 0, now, handled, &request)); /* never twice */
  handled[3] = 0;
  slot->deadline_ns = 1; /* withdrawn */
  CHECK(!gft_cmd_stands(pages.cmd, &request, now));
  CHECK(!gft_cmd_request(pages.cmd, 0, now + 2 * GFT_SECOND, handled, &request)); /* whoever asked is gone */
}

static void test_hostile_commands(void) {
  srand(1);
  uint64_t handled[GFT_CMD_SLOTS] = {0};
  for (int round = 0; round < 2000; round++) {
    unsigned char *bytes = (unsigned char *)pages.cmd->slot;
    for (size_t i = 0; i < sizeof pages.cmd->slot; i++) bytes[i] = (unsigned char)rand();
    struct gft_request request;
    gft_cmd_want(pages.cmd, gft_now());
    if (gft_cmd_request(pages.cmd, 0, gft_now(), handled, &request)) CHECK(request.slot >= 0 && request.slot < GFT_CMD_SLOTS);
  }
  memset(pages.cmd->slot, 0, sizeof pages.cmd->slot);
}

static void test_closed_descriptors(void) {
  CHECK(gft_pages_found(&pages));
  uint64_t events = pages.header->event_next, walk = pages.walk_seq;
  int page = pages.page_fd;
  close(pages.page_fd);
  close(pages.cmd_fd);
  CHECK(!gft_pages_found(&pages));
  int theirs = open("/dev/zero", O_RDONLY);
  CHECK(dup2(theirs, page) == page); /* the program's own file behind our number */
  CHECK(!gft_pages_found(&pages));
  write_walk(100, 'e'); /* goes where it belongs */
  CHECK(gft_pages_reopen(&pages));
  CHECK(gft_pages_found(&pages) && fcntl(page, F_GETFD) >= 0);
  CHECK(pages.header->event_next == events && pages.header->walk_seq == 0 && pages.walk_seq == walk + 1);
  CHECK(pages.header->magic == GFT_PAGE_MAGIC && pages.cmd->magic == GFT_CMD_MAGIC);
  write_walk(100, 'f');
  test_seals();
}

static void test_record_requests(void) {
  uint64_t handled[GFT_CMD_SLOTS] = {0}, now = gft_now();
  struct gft_cmd_slot *slot = &pages.cmd->slot[2];
  struct gft_request request;
  *slot = (struct gft_cmd_slot){.owner = 5, .lease_until_ns = now + GFT_SECOND, .command = GFT_COMMAND_RECORD,
                                .deadline_ns = now + GFT_SECOND, .record_ns = 3, .record_entries = 4, .request_id = 9};
  CHECK(gft_cmd_request(pages.cmd, 0, now, handled, &request) && request.command == GFT_COMMAND_RECORD);
  CHECK(request.record_ns == 3 && request.record_entries == 4);
  CHECK(gft_cmd_waits(pages.cmd, &request, now + GFT_SECOND / 2));
  CHECK(!gft_cmd_waits(pages.cmd, &request, now + 2 * GFT_SECOND)); /* whoever asked is gone */
  slot->lease_until_ns = now + 4 * GFT_SECOND;
  CHECK(gft_cmd_waits(pages.cmd, &request, now + 2 * GFT_SECOND)); /* the deadline was for the beginning */
  slot->request_id = 0;
  CHECK(!gft_cmd_waits(pages.cmd, &request, now)); /* withdrawn */
  slot->command = 3;
  slot->request_id = 10;
  CHECK(!gft_cmd_request(pages.cmd, 0, now, handled, &request)); /* of a newer monitor */
  memset(slot, 0, sizeof *slot);
}

static struct gft_trace_file open_trace(size_t walk, size_t events) {
  struct gft_trace_file file = {.fd = -1};
  CHECK(gft_trace_open(&file, walk, events));
  memset(file.at + GFT_TRACE_WALK_OFFSET, 'w', sizeof(struct gft_slot_header) + walk);
  memset(file.events, 'e', sizeof(struct gft_slot_header) + events);
  return file;
}

static void test_traces(void) {
  const size_t sizes[] = {0, 1, 64, 100, 8 << 20};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct gft_trace_file file = open_trace(sizes[i], sizes[i]);
    size_t at = (size_t)(file.events - file.at);
    CHECK(at % 64 == 0 && at >= GFT_TRACE_WALK_OFFSET + sizeof(struct gft_slot_header) + sizes[i]);
    CHECK(file.size == at + sizeof(struct gft_slot_header) + sizes[i]);
    CHECK(ftruncate(file.fd, 0) == -1 && errno == EPERM && file.fd >= 40);
    CHECK(((struct gft_trace_header *)(void *)file.at)->magic == 0);
    gft_trace_publish(&file, pages.header, 77, GFT_TRACE_OWN_RING, 5);
    struct gft_trace_header header;
    CHECK(pread(file.fd, &header, sizeof header, 0) == sizeof header);
    CHECK(header.magic == GFT_TRACE_MAGIC && header.request_id == 77 && header.size == file.size);
    CHECK(header.events_offset == at && header.pid == pages.header->pid && header.start_ticks == pages.header->start_ticks);
    int child = dup(file.fd), number = file.fd; /* a fork child may keep its own */
    struct stat status;
    gft_trace_close(&file);
    CHECK(fstat(child, &status) == 0 && status.st_blocks == 0); /* the memory is given back nevertheless */
    CHECK(fcntl(number, F_GETFD) == -1 && file.fd == -1 && file.at == NULL);
    close(child);
    gft_trace_close(&file); /* there is none: nothing happens */
  }
  struct gft_trace_file file = open_trace(10, 10);
  int theirs = open("/dev/zero", O_RDONLY), number = file.fd;
  CHECK(dup2(theirs, number) == number); /* the program's own file behind our number */
  gft_trace_publish(&file, pages.header, 1, 0, 0);
  gft_trace_close(&file);
  CHECK(fcntl(number, F_GETFD) >= 0); /* is left alone */
  close(number);
  close(theirs);
}

static void test_text(void) {
  char field[8];
  gft_text(field, sizeof field, "a\tb\x7f" "cdefgh");
  CHECK(strcmp(field, "a b cde") == 0);
  gft_text(field, sizeof field, NULL);
  CHECK(field[0] == '\0');
  CHECK(gft_number("12x", 5) == 12 && gft_number("x", 5) == 5 && gft_number("99999999999999999999999", 5) == 5);
  CHECK(gft_number(NULL, 3) == 3);
}

static void test_process(void) {
  setenv("RANK", "3", 1);
  setenv("SECRET_TOKEN", "hidden", 1);
  setenv("POD_NAME", "two\nlines", 1);
  setenv("HOSTNAME", "node", 1);
  setenv("GPUFRAGTOP_TICK_MS", "1", 1);
  setenv("GPUFRAGTOP_MAX_HOLD_MS", "7", 1);
  setenv("GPUFRAGTOP_ALLOW_RELEASE", "0", 1);
  setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True", 1);
  gft_process_read(&process);
  CHECK(strcmp(process.job, "RANK=3\n") == 0);
  CHECK(process.tick_ns == 100 * GFT_MS && process.max_hold_ns == 7 * GFT_MS && !process.allow_release);
  CHECK(strcmp(process.settings, "expandable_segments:True") == 0);
  CHECK(gft_start_ticks() > 0 && gft_pidns_inode() > 0);
}

static int files_in(const char *path) {
  DIR *list = opendir(path);
  int count = -2;
  while (list != NULL && readdir(list) != NULL) count++;
  if (list != NULL) closedir(list);
  return count;
}

static bool report(struct gft_process *in, uint64_t at, size_t length, char *name, char *why) {
  static char content[1 << 16];
  struct gft_report_header header = {.at_realtime_ns = at, .pid = 77};
  const struct gft_report_piece piece[] = {{"head", 4}, {content, length}};
  name[0] = why[0] = '\0';
  return gft_report_write(in, &header, piece, 2, name, why, 100);
}

static void test_reports(void) {
  char folder[] = "/tmp/gpufragtop-reports-XXXXXX", path[200], name[100], why[100];
  CHECK(mkdtemp(folder) != NULL);
  setenv("XDG_STATE_HOME", folder, 1);
  unsetenv("GPUFRAGTOP_REPORT_DIR");
  static struct gft_process in;
  gft_process_read(&in);
  CHECK(in.reports && in.report_parts == 3 && in.report_own == 2);
  for (uint64_t at = 1; at <= 200; at++) CHECK(report(&in, at, 10, name, why));
  snprintf(path, sizeof path, "%s/gpufragtop/reports", folder);
  CHECK(files_in(path) == GFT_REPORTS_KEPT && strcmp(name, "oom-00000000000000000200-77.report") == 0);
  snprintf(path, sizeof path, "%s/gpufragtop/reports/%s", folder, name);
  struct stat status;
  CHECK(stat(path, &status) == 0 && status.st_mode == (S_IFREG | 0600) && status.st_size == 14);
  /* Under a file size limit it fails, as under a full disk: nothing is left, no signal arrives. */
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before); /* as on the agent thread */
  struct rlimit old, limit = {1000, RLIM_INFINITY};
  CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0);
  CHECK(!report(&in, 300, 1 << 16, name, why) && strstr(why, "file size limit") != NULL && name[0] == '\0');
  CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
  struct timespec none = {0, 0};
  sigset_t size_limit;
  sigemptyset(&size_limit);
  sigaddset(&size_limit, SIGXFSZ);
  sigtimedwait(&size_limit, NULL, &none); /* the one that stays pending there */
  sigprocmask(SIG_SETMASK, &before, NULL);
  snprintf(path, sizeof path, "%s/gpufragtop/reports", folder);
  CHECK(files_in(path) == GFT_REPORTS_KEPT);
  CHECK(chmod(path, 0770) == 0 && !report(&in, 301, 10, name, why) && strstr(why, "not only this user's") != NULL);
  char away[200];
  snprintf(away, sizeof away, "%s/away", folder);
  CHECK(rename(path, away) == 0 && symlink(away, path) == 0 && chmod(away, 0700) == 0);
  CHECK(!report(&in, 302, 10, name, why) && files_in(away) == GFT_REPORTS_KEPT);
  in.report_path[0] = '\0';
  CHECK(!report(&in, 303, 10, name, why) && strstr(why, "no folder") != NULL);
  char command[300];
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
}

static void test_wake(void) {
  uint32_t word = 5, other = 7;
  gft_wake(); /* nobody to wake */
  gft_wake_by(&word);
  gft_wake();
  CHECK(word == 6);
  gft_wake_by(&other);
  gft_wake();
  gft_wake_by(NULL);
  gft_wake();
  CHECK(word == 6 && other == 8);
}

static void test_oom_events(void) {
  struct gft_report_header report = {.at_realtime_ns = 5, .asked_bytes = 6, .device_free_bytes = GFT_UNKNOWN, .more = 1ull << 40, .uuid = {9}};
  uint64_t number = pages.header->event_next;
  gft_publish_oom(&pages, &report, "oom-1");
  struct gft_event *event = read_at((off_t)(GFT_EVENTS_OFFSET + number % GFT_EVENT_SLOTS * GFT_EVENT_STRIDE), sizeof *event);
  CHECK(event->number == number + 1 && event->kind == GFT_EVENT_OOM && event->at_realtime_ns == 5 && event->asked_bytes == 6);
  CHECK(event->device_free_bytes == GFT_UNKNOWN && event->more == UINT32_MAX && event->uuid[0] == 9 && strcmp(event->text, "oom-1") == 0);
  free(event);
}

int main(void) {
  test_text();
  test_process();
  CHECK(gft_pages_open(&pages, &process));
  CHECK(pages.header->magic == GFT_PAGE_MAGIC && pages.header->pid == (uint32_t)getpid());
  CHECK(pages.header->max_hold_ns == 7 * GFT_MS);
  test_seals();
  test_counters();
  test_walks();
  test_walk_given_up();
  test_answers_and_events();
  test_commands();
  test_hostile_commands();
  test_record_requests();
  test_traces();
  test_oom_events();
  test_wake();
  test_reports();
  test_closed_descriptors();
  return 0;
}
