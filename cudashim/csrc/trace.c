/* Converts what PyTorch recorded, one list of dicts a device, into a trace file,
 * in pieces as walk.c does it. */
#include <string.h>

#include "torch.h"

#define EVENTS_PER_LOOK 64 /* between two looks at the clock */

static const char *const actions[] = {
    [GFT_TRACE_ALLOC] = "alloc",
    [GFT_TRACE_FREE_REQUESTED] = "free_requested",
    [GFT_TRACE_FREE_COMPLETED] = "free_completed",
    [GFT_TRACE_SEGMENT_ALLOC] = "segment_alloc",
    [GFT_TRACE_SEGMENT_FREE] = "segment_free",
    [GFT_TRACE_SEGMENT_MAP] = "segment_map",
    [GFT_TRACE_SEGMENT_UNMAP] = "segment_unmap",
    [GFT_TRACE_OOM] = "oom",
};
#define ACTIONS (sizeof actions / sizeof *actions)

struct keys {
  PyObject *action, *addr, *device_free, *size, *stream, *time_us, *pool[3];
  PyObject *word[ACTIONS]; /* of actions */
};

struct conversion {
  struct gft_stay *stay;
  const struct gft_look *look;
  const struct keys *key;
  PyObject *seen[ACTIONS]; /* the str that named this action last: PyTorch uses one for all of a snapshot */
  PyObject *traces;
  struct gft_trace trace;
  struct gft_trace_device device[GFT_MAX_DEVICES];
  struct gft_trace_file *file;
  struct gft_trace_event *event;
  const char *why;
};

static const struct keys *keys(const struct gft_python_api *py) {
  static struct keys made;
  if (made.pool[2] != NULL) return &made;
  for (size_t i = GFT_TRACE_ALLOC; i < ACTIONS; i++) made.word[i] = py->PyUnicode_InternFromString(actions[i]);
  made.action = py->PyUnicode_InternFromString("action");
  made.addr = py->PyUnicode_InternFromString("addr");
  made.device_free = py->PyUnicode_InternFromString("device_free");
  made.size = py->PyUnicode_InternFromString("size");
  made.stream = py->PyUnicode_InternFromString("stream");
  made.time_us = py->PyUnicode_InternFromString("time_us");
  made.pool[0] = py->PyUnicode_InternFromString("pool_id"); /* as PyTorch 2.10 has it; and what it is called elsewhere */
  made.pool[1] = py->PyUnicode_InternFromString("segment_pool_id");
  made.pool[2] = py->PyUnicode_InternFromString("mempool_id");
  return &made;
}

static bool fail(struct conversion *c, const char *why) {
  c->why = why;
  return false;
}

static uint64_t number(struct conversion *c, PyObject *dict, PyObject *key) {
  uint64_t value = gft_python_number(c->stay, c->stay->py->PyDict_GetItem(dict, key));
  return value == GFT_UNKNOWN ? 0 : value;
}

static enum gft_trace_kind kind_of(struct conversion *c, PyObject *action) {
  const struct gft_python_api *py = c->stay->py;
  for (size_t i = GFT_TRACE_ALLOC; i < ACTIONS; i++) {
    if (c->seen[i] == action) return (enum gft_trace_kind)i;
  }
  for (size_t i = GFT_TRACE_ALLOC; i < ACTIONS; i++) {
    if (!gft_python_is(c->stay, action, c->key->word[i])) continue;
    py->Py_DecRef(c->seen[i]);
    py->Py_IncRef(action);
    c->seen[i] = action;
    return (enum gft_trace_kind)i;
  }
  return GFT_TRACE_OTHER;
}

static void convert_pool(struct conversion *c, PyObject *dict, struct gft_trace_event *out) {
  const struct gft_python_api *py = c->stay->py;
  for (size_t i = 0; i < sizeof c->key->pool / sizeof *c->key->pool; i++) {
    PyObject *pool = py->PyDict_GetItem(dict, c->key->pool[i]);
    if (pool == NULL) continue;
    uint64_t first = gft_python_number(c->stay, py->PyTuple_GetItem(pool, 0));
    uint64_t second = gft_python_number(c->stay, py->PyTuple_GetItem(pool, 1));
    py->PyErr_Clear();
    if (first == GFT_UNKNOWN || second == GFT_UNKNOWN) return;
    out->pool[0] = first;
    out->pool[1] = second;
    out->pooled = 1;
    return;
  }
}

static bool convert_event(struct conversion *c, PyObject *dict, struct gft_trace_event *out) {
  const struct gft_python_api *py = c->stay->py;
  memset(out, 0, sizeof *out);
  PyObject *action = py->PyDict_GetItem(dict, c->key->action);
  if (action == NULL) return fail(c, "the trace is not as PyTorch makes it");
  out->kind = (uint8_t)kind_of(c, action);
  out->size = number(c, dict, c->key->size);
  out->stream = number(c, dict, c->key->stream);
  out->micros = number(c, dict, c->key->time_us);
  if (out->kind == GFT_TRACE_OOM) {
    out->device_free = number(c, dict, c->key->device_free);
    if (out->size > GFT_TRACE_MAX_ASKED) out->size = GFT_TRACE_MAX_ASKED; /* anybody can ask for anything */
  } else {
    out->address = number(c, dict, c->key->addr);
  }
  convert_pool(c, dict, out);
  py->PyErr_Clear();
  return true;
}

/* The trace of the device at this place of the look; NULL: none was recorded. */
static PyObject *trace_of(struct conversion *c, uint32_t place) {
  int32_t ordinal = c->look->device[place].ordinal;
  return ordinal < c->stay->py->PyList_Size(c->traces) ? c->stay->py->PyList_GetItem(c->traces, ordinal) : NULL;
}

/* Every entry's objects are dropped as it is read, the ones that are left out, too. */
static bool convert_device(struct conversion *c, uint32_t place) {
  const struct gft_python_api *py = c->stay->py;
  PyObject *list = trace_of(c, place);
  uint64_t skip = c->device[place].events_total - c->device[place].events;
  for (uint64_t i = 0; i < c->device[place].events_total; i++) {
    PyObject *dict = py->PyList_GetItem(list, (ptrdiff_t)i);
    if (dict == NULL) return fail(c, "the trace changed while it was read");
    if (i >= skip && !convert_event(c, dict, c->event++)) return false;
    py->Py_IncRef(py->none);
    py->PyList_SetItem(list, (ptrdiff_t)i, py->none);
    if (i % EVENTS_PER_LOOK == EVENTS_PER_LOOK - 1 && !gft_python_yield(c->stay)) return fail(c, "the program is ending");
  }
  return true;
}

/* Counts what there is, and how much of it is taken: the newest of each device. */
static bool plan(struct conversion *c, uint64_t entries) {
  const struct gft_python_api *py = c->stay->py;
  uint64_t total = 0;
  c->trace.devices = c->look->facts.devices;
  for (uint32_t i = 0; i < c->trace.devices; i++) {
    PyObject *list = trace_of(c, i);
    ptrdiff_t count = list == NULL ? 0 : py->PyList_Size(list);
    if (count < 0) return fail(c, "the trace is not as PyTorch makes it");
    c->device[i].events_total = (uint64_t)count;
    total += (uint64_t)count < entries ? (uint64_t)count : entries;
  }
  if (total > GFT_TRACE_MAX_EVENTS && entries > GFT_TRACE_MAX_EVENTS / c->trace.devices) {
    entries = GFT_TRACE_MAX_EVENTS / c->trace.devices;
  }
  for (uint32_t i = 0; i < c->trace.devices; i++) {
    c->device[i].events = c->device[i].events_total < entries ? c->device[i].events_total : entries;
    c->trace.events += c->device[i].events;
  }
  return true;
}

/* The walk's slot, in the trace file that is made now that its size is known. */
static bool in_file(void *where, struct gft_walk_slot *out, size_t payload) {
  struct conversion *c = where;
  size_t events = sizeof c->trace + c->trace.devices * sizeof *c->device + c->trace.events * sizeof *c->event;
  if (!gft_trace_open(c->file, payload, events)) return false;
  *out = (struct gft_walk_slot){.seq = 1, .length = payload, .slot = c->file->at + GFT_TRACE_WALK_OFFSET};
  return true;
}

static bool convert_traces(struct conversion *c) {
  struct gft_slot_header *slot = (struct gft_slot_header *)(void *)c->file->events;
  unsigned char *at = (unsigned char *)(slot + 1);
  size_t devices = c->trace.devices * sizeof *c->device;
  memcpy(at, &c->trace, sizeof c->trace);
  memcpy(at + sizeof c->trace, c->device, devices);
  c->event = (struct gft_trace_event *)(void *)(at + sizeof c->trace + devices);
  for (uint32_t i = 0; i < c->trace.devices; i++) {
    if (!convert_device(c, i)) return false;
  }
  gft_slot_close(slot, 1, c->file->events_length, c->look->taken_ns, c->stay->hold_ns);
  return true;
}

static bool convert_both(struct conversion *c, PyObject *both, uint64_t entries, char *why, size_t size) {
  const struct gft_python_api *py = c->stay->py;
  struct gft_walk_slot walk = {0};
  bool cut = false;
  PyObject *segments = py->PyTuple_Size(both) == 2 ? py->PyTuple_GetItem(both, 0) : NULL;
  c->traces = segments == NULL ? NULL : py->PyTuple_GetItem(both, 1);
  if (c->traces == NULL || py->PyList_Size(c->traces) < 0) return fail(c, "the trace is not as PyTorch makes it");
  if (!plan(c, entries)) return false;
  py->Py_IncRef(segments); /* which the conversion takes */
  if (!gft_walk_convert(c->stay, in_file, c, GFT_WALK_ROOM, c->look, segments, &walk, &cut, why, size)) return false;
  if (cut) return fail(c, "it has too many blocks");
  gft_slot_close((struct gft_slot_header *)(void *)walk.slot, 1, walk.length, c->look->taken_ns, c->stay->hold_ns);
  return convert_traces(c);
}

bool gft_trace_convert(struct gft_stay *stay, const struct gft_look *look, PyObject *both, uint64_t entries,
                       struct gft_trace_file *file, uint64_t *events, char *why, size_t size) {
  const struct gft_python_api *py = stay->py;
  static struct conversion c; /* the agent thread only */
  c = (struct conversion){.stay = stay, .look = look, .key = keys(py), .file = file};
  bool converted = convert_both(&c, both, entries, why, size);
  for (size_t i = 0; i < ACTIONS; i++) py->Py_DecRef(c.seen[i]);
  py->PyErr_Clear();
  py->Py_DecRef(both);
  *events = c.trace.events;
  if (converted) return true;
  gft_trace_close(file);
  if (c.why != NULL) gft_text(why, size, c.why);
  return false;
}
