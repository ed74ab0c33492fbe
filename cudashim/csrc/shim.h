/* What the shim's files share. Rules that bind all of them: nothing on the
 * program's stdout or stderr, no import, no signal, locale or umask change, no
 * exit, no CUDA call inside a hook but the one asked for. */
#ifndef GPUFRAGTOP_SHIM_H
#define GPUFRAGTOP_SHIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../page/page.h"
#include "../page/report.h"
#include "glibc.h"

#define GFT_MS 1000000ull
#define GFT_SECOND 1000000000ull

static inline uint64_t gft_now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * GFT_SECOND + (uint64_t)at.tv_nsec;
}

static inline void gft_nap(uint64_t ns) {
  struct timespec time = {.tv_sec = (time_t)(ns / GFT_SECOND), .tv_nsec = (long)(ns % GFT_SECOND)};
  nanosleep(&time, NULL);
}

/* text.c: copies text into a field, NUL-terminated, cut to fit, control
 * characters but '\n' replaced by spaces. */
void gft_text(char *field, size_t size, const char *text);
/* The number at the start of text, or otherwise when there is none. */
uint64_t gft_number(const char *text, uint64_t otherwise);

/* state.c: whether the agent may start, runs, or never (again) will. */
enum gft_state { GFT_STATE_IDLE = 0, GFT_STATE_RUNNING = 1, GFT_STATE_DEAD = 2 };
extern _Atomic int gft_state;
/* Called after the first successful CUDA call, or by a door; errno stays. 0, or
 * why the agent did not start: EPERM, EAGAIN, ECANCELED. */
int gft_start(void);
/* Whether this library was there before libc was: preloaded, or linked with. Else
 * calls may pass it by. */
bool gft_in_front(void);

/* real.c: the function that the caller would have reached without us. */
#define GFT_CALL_SITES 32
struct gft_site {
  _Atomic(void *) caller;
  _Atomic(void *) real;
};
struct gft_hook {
  const char *name;
  struct gft_site site[GFT_CALL_SITES];
};
void *gft_real(struct gft_hook *hook, void *caller); /* NULL: there is none */
/* A handle of the loaded library whose file name starts with prefix; NULL if
 * there is none. Never loads anything. */
void *gft_loaded(const char *prefix);

/* captures.c: stream captures, counted by the hooks. */
struct gft_captures {
  uint64_t begins, ends;
  bool counted; /* the CUDA runtime's calls do come through the hooks, and did from the start */
};
struct gft_captures gft_captures(void);
void gft_runtime_seen(void);
void gft_capture_begins(void);
void gft_capture_ended(void);

/* own.c: the release function that the program has registered. */
struct gft_own_answer {
  char name[GFT_OWN_NAME];
  uint64_t bytes; /* GFT_UNKNOWN where it does not say */
  uint64_t took_ns;
};
bool gft_own_name(char name[GFT_OWN_NAME]); /* false, and an empty name: there is none */
bool gft_own_call(struct gft_own_answer *out); /* false: there is none any more */

/* process.c: what the agent knows of its process, read once at the start. */
struct gft_process {
  bool allow_release;
  uint64_t tick_ns, max_hold_ns, release_interval_ns;
  char settings[512]; /* the allocator's environment variable */
  char job[1024];
  bool reports;           /* out-of-memory errors are told */
  char report_path[1024]; /* the folder of their reports; empty: there is none */
  int report_parts;       /* so many names at its end are made where they are missing, … */
  int report_own;         /* … and so many are never links */
};
void gft_process_read(struct gft_process *process);
uint64_t gft_start_ticks(void);
uint64_t gft_pidns_inode(void);

/* wake.c: wakes the agent, from any thread; the word that it sleeps in, NULL = none. */
void gft_wake(void);
void gft_wake_by(uint32_t *word);

/* reportfile.c: writes a report under its name and removes the oldest, or says
 * why not. No CUDA, no Python. */
struct gft_report_piece {
  const void *data;
  size_t length;
};
bool gft_report_write(const struct gft_process *process, const struct gft_report_header *header,
                      const struct gft_report_piece *piece, int pieces, char *name, char *why, size_t size);

/* driver.c: the devices on which the process has a context already. */
struct gft_context {
  int ordinal;
  bool has_uuid;
  uint8_t uuid[16];
  uint64_t total_bytes;
};
int gft_contexts(struct gft_context context[GFT_MAX_DEVICES]);
/* From now on no call of ours outlives the beginning of exit(). */
void gft_driver_watch_exit(void);

/* page.c: the memfds. */
struct gft_pages {
  unsigned char *base; /* the page up to its walk slots */
  struct gft_page_header *header;
  struct gft_cmd_page *cmd;
  void *anchor[2]; /* the start of each walk slot: see gft_walk_map */
  int page_fd, cmd_fd;
  uint64_t walk_seq; /* of the last walk; the header's is 0 when that was given up */
};
bool gft_pages_open(struct gft_pages *pages, const struct gft_process *process);
/* False when the program has closed our descriptors. */
bool gft_pages_found(const struct gft_pages *pages);
/* New memfds with what the old ones said; the old ones are unmapped. */
bool gft_pages_reopen(struct gft_pages *pages);

/* A sealed memfd of this size with a high number, or -1. */
int gft_memfd(const char *name, uint64_t size);
/* Maps a part of it, for writing and not for fork children; NULL if that failed. */
void *gft_map(int fd, size_t size, uint64_t offset);
/* The inode of a descriptor; 0 when it is not open. */
uint64_t gft_inode(int fd);

/* publish.c: writing into the page. */
/* Opens and closes a slot: see there. */
void gft_slot_open(struct gft_slot_header *slot);
void gft_slot_close(struct gft_slot_header *slot, uint64_t seq, uint64_t length, uint64_t taken_ns, uint64_t hold_ns);
void gft_publish_counters(struct gft_pages *pages, const struct gft_facts *facts, const struct gft_device *device,
                          uint64_t taken_ns, uint64_t hold_ns);
struct gft_walk_slot {
  uint64_t seq;
  size_t length; /* of payload */
  unsigned char *slot;
};
bool gft_walk_map(struct gft_pages *pages, struct gft_walk_slot *out, size_t payload);
void gft_walk_publish(struct gft_pages *pages, struct gft_walk_slot *slot, uint64_t taken_ns, uint64_t hold_ns);
void gft_walk_unmap(struct gft_walk_slot *slot);
void gft_walk_punch(struct gft_pages *pages);
void gft_publish_answer(struct gft_pages *pages, int slot, const struct gft_answer *answer);
void gft_publish_event(struct gft_pages *pages, enum gft_event_kind kind, const char *text);
/* Out of memory: text is the name of the report, or why there is none. */
void gft_publish_oom(struct gft_pages *pages, const struct gft_report_header *report, const char *text);
void gft_publish_error(struct gft_pages *pages, const char *text);
static inline void gft_set64(uint64_t *at, uint64_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
static inline void gft_set32(uint32_t *at, uint32_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

/* tracefile.c: the memfd of a trace. */
struct gft_trace_file {
  int fd;                    /* -1: there is none */
  uint64_t inode;
  unsigned char *at;         /* all of it, mapped; NULL: there is none */
  size_t size;
  unsigned char *events;     /* its slot with the events */
  size_t events_length;      /* of payload */
};
/* Makes one for slots with so much payload. */
bool gft_trace_open(struct gft_trace_file *file, size_t walk, size_t events);
/* Makes it valid: from now on a monitor may take it. The slots are closed already. */
void gft_trace_publish(struct gft_trace_file *file, const struct gft_page_header *page, uint64_t request_id,
                       uint32_t flags, uint64_t recorded_ns);
/* Gives its memory back and closes it. */
void gft_trace_close(struct gft_trace_file *file);

/* cmd.c: what the monitors ask for. */
struct gft_want {
  bool watched;           /* somebody wants figures */
  bool walks;             /* and walks, as the budget allows */
  uint64_t walk_after_ns; /* a person wants one not older than this; 0 = nobody */
  bool force_walk;        /* and consented to its price */
};
struct gft_request {
  int slot;
  enum gft_command command;
  uint64_t id, deadline_ns;
  uint32_t flags, monitor_pid, monitor_uid;
  uint64_t record_ns, record_entries;
};
struct gft_want gft_cmd_want(const struct gft_cmd_page *cmd, uint64_t now);
/* The first request, from a slot on, whose id is not in handled[slot]. */
bool gft_cmd_request(const struct gft_cmd_page *cmd, int from, uint64_t now, const uint64_t handled[GFT_CMD_SLOTS],
                     struct gft_request *out);
/* Whether the request still stands: not withdrawn, its time not over. */
bool gft_cmd_stands(const struct gft_cmd_page *cmd, const struct gft_request *request, uint64_t now);

/* Whether whoever asked still waits for what was begun: alive, and not withdrawn. */
bool gft_cmd_waits(const struct gft_cmd_page *cmd, const struct gft_request *request, uint64_t now);

/* agent.c */
void *gft_agent(void *process);

#endif
