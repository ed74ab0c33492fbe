/* Tells of out-of-memory errors: an event in the page, and the report file. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"
#include "oom.h"

#define FIRST_LOOK (2 * GFT_MS) /* for PyTorch, whose first allocations may be its last; doubled up to … */
#define LAST_LOOK (30 * GFT_SECOND)
#define HOLD_FACTOR 10 /* a walk that may be the last one is worth so many times GPUFRAGTOP_MAX_HOLD_MS */
#define ALIGNED(size) (((size) + 63) & ~(size_t)63)
#define WALK_MOST (GFT_REPORT_MAX_SIZE - GFT_REPORT_HEADER_SIZE - 0x10000 - GFT_REPORT_MAX_STACK) /* in a report */

/* What a report is made of. */
struct report {
  struct gft_report_header header;
  unsigned char counters[sizeof(struct gft_slot_header) + sizeof(struct gft_facts) + sizeof(struct gft_device) + 64];
  struct gft_walk_slot walk; /* slot NULL: none */
};

void gft_oom_start(struct gft_agent *agent) {
  if (!agent->process->reports) return;
  gft_oom_expect(agent->ns_per_block, agent->process->max_hold_ns * HOLD_FACTOR);
  gft_python_before_end(gft_oom_reporting);
  agent->observe_pause_ns = FIRST_LOOK;
  agent->observe_ns = gft_now();
}

/* Has PyTorch tell its errors, once; false: look again later. */
static bool attach(struct gft_agent *agent) {
  static PyObject *observer; /* the agent thread only */
  struct gft_stay stay;
  char why[128] = "";
  if (gft_python_api() == NULL || !gft_round_enter(agent, &stay)) return false;
  bool done = false;
  if (gft_torch_present(&stay)) {
    if (observer == NULL) observer = gft_oom_observer(&stay);
    PyObject *tools = observer == NULL ? NULL : gft_torch_observe(&stay, observer, why, sizeof why);
    if (tools == NULL) {
      done = why[0] != '\0';
      if (done) gft_publish_error(&agent->pages, why);
    } else if (tools == stay.py->none) {
      stay.py->Py_DecRef(tools);
    } else {
      done = true;
      if (stay.py->PyTuple_Size(tools) > 0) {
        gft_oom_observed(tools);
      } else {
        stay.py->Py_DecRef(tools);
      }
    }
    stay.py->PyErr_Clear();
  }
  gft_round_leave(agent, &stay);
  return done;
}

/* A program without Python is looked at only when a call of it was refused. */
static void attach_if_due(struct gft_agent *agent) {
  static uint64_t looked; /* the agent thread only */
  uint64_t now = gft_now(), wanted = gft_oom_looks_wanted();
  if (agent->observe_ns != 0 && (wanted != looked || now >= agent->observe_ns)) {
    bool done = attach(agent);
    agent->observe_ns = done ? 0 : now + agent->observe_pause_ns;
    if (agent->observe_pause_ns < LAST_LOOK) agent->observe_pause_ns *= 2;
  }
  looked = wanted;
  gft_oom_looked(wanted);
}

uint64_t gft_oom_sleep(const struct gft_agent *agent) {
  uint64_t due = gft_oom_due(), now = gft_now();
  if (agent->observe_ns != 0 && gft_python_api() != NULL && agent->observe_ns < due) due = agent->observe_ns;
  if (due == UINT64_MAX) return due;
  return due > now ? due - now : 0;
}

/* The place of the error's device among the contexts; the only one where it
 * was not told; -1. */
static int device_of(const struct gft_agent *agent, const struct gft_oom *oom) {
  for (int i = 0; i < agent->contexts; i++) {
    if (agent->context[i].ordinal == oom->ordinal) return i;
  }
  return oom->ordinal < 0 && agent->contexts == 1 ? 0 : -1;
}

static bool in_memory(void *where, struct gft_walk_slot *out, size_t payload) {
  (void)where;
  size_t size = sizeof(struct gft_slot_header) + payload;
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return false;
  *out = (struct gft_walk_slot){.seq = 1, .length = payload, .slot = at};
  return true;
}

/* What the observer brought from Python, and the rest of what PyTorch knows. */
static void convert(struct gft_agent *agent, struct gft_oom *oom, const struct gft_context *context, struct gft_look *look,
                    struct report *report) {
  struct gft_stay stay;
  if (!gft_python_enter(&stay)) { /* the interpreter ends, and its objects with it */
    if (oom->no_walk == GFT_WALK_OK) oom->no_walk = GFT_WALK_NOT_READY;
    return;
  }
  if (oom->stats != NULL) gft_look_back(&stay, agent->process, context, context == NULL ? 0 : 1, oom->stats, look);
  stay.py->Py_DecRef(oom->stats);
  if (oom->snapshot != NULL) {
    PyObject *segments = gft_torch_segments_of(&stay, oom->snapshot, look);
    bool cut = false;
    look->taken_ns = oom->snapshot_ns;
    bool converted = segments != NULL && look->facts.devices > 0;
    if (converted) {
      converted = gft_walk_convert(&stay, in_memory, NULL, WALK_MOST, look, segments, &report->walk, &cut, look->error,
                                   sizeof look->error);
    } else {
      stay.py->Py_DecRef(segments);
    }
    if (converted) {
      gft_slot_close((struct gft_slot_header *)(void *)report->walk.slot, 1, report->walk.length, oom->snapshot_ns, oom->hold_ns);
      if (cut) oom->no_walk = GFT_WALK_CUT;
    } else {
      gft_walk_unmap(&report->walk);
      oom->no_walk = GFT_WALK_ERROR;
      gft_publish_error(&agent->pages, look->error);
    }
  }
  stay.py->PyErr_Clear();
  gft_round_leave(agent, &stay);
}

/* The command up to its first option or setting: those may be secrets. */
static void read_command(char *field, size_t size) {
  char raw[512];
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? 0 : read(fd, raw, sizeof raw - 1);
  if (fd >= 0) close(fd);
  raw[length > 0 ? length : 0] = '\0';
  for (ssize_t i = 0; i + 1 < length; i++) {
    if (raw[i] != '\0') continue;
    const char *next = raw + i + 1;
    if (strncmp(next, "--", 2) == 0 || strchr(next, '=') != NULL) break;
    raw[i] = ' ';
  }
  gft_text(field, size, raw);
}

static void fill_header(const struct gft_agent *agent, const struct gft_oom *oom, const struct gft_context *context,
                        const struct gft_look *look, struct gft_report_header *out) {
  const struct gft_page_header *page = agent->pages.header;
  struct utsname names;
  *out = (struct gft_report_header){
      .magic = GFT_REPORT_MAGIC,
      .abi_major = GFT_ABI_MAJOR,
      .abi_minor = GFT_ABI_MINOR,
      .pid = page->pid,
      .uid = page->uid,
      .start_ticks = page->start_ticks,
      .pidns_inode = page->pidns_inode,
      .at_realtime_ns = oom->at_realtime_ns,
      .asked_bytes = oom->asked,
      .device_free_bytes = oom->free,
      .device_total_bytes = GFT_UNKNOWN,
      .allowed_bytes = look->facts.devices > 0 ? look->device[0].allowed_bytes : GFT_UNKNOWN,
      .stream = oom->stream,
      .more = oom->more,
      .ordinal = oom->ordinal,
      .flags = (oom->call == NULL ? GFT_REPORT_OBSERVER : 0) | (oom->stream != GFT_UNKNOWN ? GFT_REPORT_STREAM : 0) |
               (oom->other_thread ? GFT_REPORT_OTHER_THREAD : 0),
      .no_walk = oom->no_walk,
  };
  if (context != NULL) {
    out->ordinal = context->ordinal;
    if (context->total_bytes > 0) out->device_total_bytes = context->total_bytes;
    memcpy(out->uuid, context->uuid, sizeof out->uuid);
  }
  if (context == NULL || !context->has_uuid) out->flags |= GFT_REPORT_NO_UUID;
  /* PyTorch tells the cap in place of the device's memory where there is one. */
  if (oom->limit < out->device_total_bytes && out->device_total_bytes != GFT_UNKNOWN && out->allowed_bytes == GFT_UNKNOWN) {
    out->allowed_bytes = oom->limit;
  }
  if (oom->call != NULL) gft_text(out->call, sizeof out->call, oom->call);
  if (uname(&names) == 0) gft_text(out->host, sizeof out->host, names.nodename);
  read_command(out->command, sizeof out->command);
  memcpy(out->source_hash, page->source_hash, sizeof out->source_hash);
}

static size_t fill_counters(const struct gft_look *look, unsigned char *at) {
  size_t devices = look->facts.devices > 0 ? sizeof look->device[0] : 0, length = sizeof look->facts + devices;
  struct gft_slot_header *slot = (struct gft_slot_header *)(void *)at;
  memcpy(slot + 1, &look->facts, sizeof look->facts);
  memcpy(at + sizeof *slot + sizeof look->facts, look->device, devices);
  gft_slot_close(slot, 1, length, look->taken_ns, 0);
  return sizeof *slot + length;
}

/* Writes the file; text becomes its name, or why there is none. */
static void write_report(const struct gft_agent *agent, const struct gft_oom *oom, const struct gft_look *look,
                         struct report *report, char *text, size_t size) {
  static const unsigned char padding[GFT_REPORT_HEADER_SIZE];
  struct gft_report_header *header = &report->header;
  size_t counters = fill_counters(look, report->counters);
  size_t walk = report->walk.slot == NULL ? 0 : sizeof(struct gft_slot_header) + report->walk.length;
  header->counters = (struct gft_report_part){GFT_REPORT_HEADER_SIZE, counters};
  header->walk = (struct gft_report_part){GFT_REPORT_HEADER_SIZE + ALIGNED(counters), walk};
  header->stack = (struct gft_report_part){header->walk.offset + ALIGNED(walk), strlen(oom->stack)};
  header->size = header->stack.offset + header->stack.length;
  const struct gft_report_piece piece[] = {
      {header, sizeof *header},          {padding, GFT_REPORT_HEADER_SIZE - sizeof *header},
      {report->counters, counters},      {padding, ALIGNED(counters) - counters},
      {report->walk.slot, walk},         {padding, ALIGNED(walk) - walk},
      {oom->stack, header->stack.length}};
  char why[120];
  if (gft_report_write(agent->process, header, piece, sizeof piece / sizeof *piece, text, why, size < sizeof why ? size : sizeof why)) return;
  gft_text(text, size, "no report: ");
  size_t used = strlen(text);
  gft_text(text + used, size - used, why);
}

static void tell(struct gft_agent *agent, struct gft_oom *oom) {
  static struct gft_look look; /* big, as the next; the agent thread only */
  static struct report report;
  char text[200] = "no report: too soon after the last";
  memset(&look, 0, sizeof look);
  memset(&report, 0, sizeof report);
  memcpy(look.facts.job, agent->process->job, sizeof look.facts.job);
  memcpy(look.facts.settings, agent->process->settings, sizeof look.facts.settings);
  agent->contexts = gft_contexts(agent->context);
  int place = device_of(agent, oom);
  const struct gft_context *context = place < 0 ? NULL : &agent->context[place];
  if (oom->stats != NULL || oom->snapshot != NULL) convert(agent, oom, context, &look, &report);
  fill_header(agent, oom, context, &look, &report.header);
  if (oom->report) write_report(agent, oom, &look, &report, text, sizeof text);
  gft_walk_unmap(&report.walk);
  struct gft_page_header *header = agent->pages.header;
  header->hold_total_ns += oom->hold_ns;
  if (oom->hold_ns > header->hold_worst_ns) header->hold_worst_ns = oom->hold_ns;
  gft_publish_oom(&agent->pages, &report.header, text);
}

void gft_oom_round(struct gft_agent *agent) {
  if (!agent->process->reports) return;
  attach_if_due(agent);
  gft_oom_expect(agent->ns_per_block, agent->process->max_hold_ns * HOLD_FACTOR);
  struct gft_oom *oom = gft_oom_take(gft_now());
  if (oom == NULL) return;
  tell(agent, oom);
  gft_oom_done(oom);
}
