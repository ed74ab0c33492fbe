/* Converts PyTorch's list of segments into a walk slot, in pieces: the GIL is
 * given up in between (the objects are ours alone), and each block's objects
 * are dropped as soon as they are read, so that no long release follows. */
#include <string.h>

#include "torch.h"

#define BLOCKS_PER_LOOK 64 /* between two looks at the clock */

struct keys {
  PyObject *device, *address, *total_size, *stream, *segment_type, *segment_pool_id, *is_expandable, *blocks, *size,
      *requested_size, *state;
  PyObject *small, *used, *freed, *pending, *awaiting;
};

struct conversion {
  struct gft_stay *stay;
  const struct gft_look *look;
  const struct keys *key;
  size_t room; /* for the payload */
  struct gft_segment *segment;
  struct gft_block *block, *blocks_end;
  const char *why;
};

static const struct keys *keys(const struct gft_python_api *py) {
  static struct keys made;
  if (made.awaiting != NULL) return &made;
  made.device = py->PyUnicode_InternFromString("device");
  made.address = py->PyUnicode_InternFromString("address");
  made.total_size = py->PyUnicode_InternFromString("total_size");
  made.stream = py->PyUnicode_InternFromString("stream");
  made.segment_type = py->PyUnicode_InternFromString("segment_type");
  made.segment_pool_id = py->PyUnicode_InternFromString("segment_pool_id");
  made.is_expandable = py->PyUnicode_InternFromString("is_expandable");
  made.blocks = py->PyUnicode_InternFromString("blocks");
  made.size = py->PyUnicode_InternFromString("size");
  made.requested_size = py->PyUnicode_InternFromString("requested_size");
  made.state = py->PyUnicode_InternFromString("state");
  made.small = py->PyUnicode_InternFromString("small");
  made.used = py->PyUnicode_InternFromString("active_allocated");
  made.freed = py->PyUnicode_InternFromString("inactive");
  made.pending = py->PyUnicode_InternFromString("active_pending_free");
  made.awaiting = py->PyUnicode_InternFromString("active_awaiting_free"); /* PyTorch's own documentation calls it so */
  return &made;
}

static bool fail(struct conversion *c, const char *why) {
  c->why = why;
  return false;
}

static uint64_t number(struct conversion *c, PyObject *dict, PyObject *key, uint64_t otherwise) {
  uint64_t value = gft_python_number(c->stay, c->stay->py->PyDict_GetItem(dict, key));
  return value == GFT_UNKNOWN ? otherwise : value;
}

static bool state_of(struct conversion *c, PyObject *block, uint32_t *state) {
  PyObject *text = c->stay->py->PyDict_GetItem(block, c->key->state);
  if (gft_python_is(c->stay, text, c->key->used)) {
    *state = GFT_BLOCK_USED;
  } else if (gft_python_is(c->stay, text, c->key->freed)) {
    *state = GFT_BLOCK_FREE;
  } else if (gft_python_is(c->stay, text, c->key->pending) || gft_python_is(c->stay, text, c->key->awaiting)) {
    *state = GFT_BLOCK_PENDING;
  } else {
    return fail(c, "a block has an unknown state");
  }
  return true;
}

/* PyTorch 2.0 and older tell neither a block's address (blocks lie one after
 * the other) nor what was requested (then nothing counts as rounding). */
static bool convert_block(struct conversion *c, PyObject *block, uint64_t *address) {
  struct gft_block *out = c->block;
  if (block == NULL || out == c->blocks_end) return fail(c, "the snapshot changed while it was read");
  memset(out, 0, sizeof *out);
  out->size = number(c, block, c->key->size, 0);
  out->address = number(c, block, c->key->address, *address);
  if (out->size == 0 || !state_of(c, block, &out->state)) return fail(c, c->why != NULL ? c->why : "a block has no size");
  if (out->state != GFT_BLOCK_FREE) out->requested = number(c, block, c->key->requested_size, out->size);
  *address = out->address + out->size;
  c->block++;
  return true;
}

static bool convert_blocks(struct conversion *c, PyObject *blocks, uint64_t address) {
  const struct gft_python_api *py = c->stay->py;
  ptrdiff_t count = py->PyList_Size(blocks);
  for (ptrdiff_t i = 0; i < count; i++) {
    if (!convert_block(c, py->PyList_GetItem(blocks, i), &address)) return false;
    py->Py_IncRef(py->none);
    py->PyList_SetItem(blocks, i, py->none); /* drops the block's objects */
    if (i % BLOCKS_PER_LOOK == BLOCKS_PER_LOOK - 1 && !gft_python_yield(c->stay)) return fail(c, "the program is ending");
  }
  return true;
}

/* The index of the segment's device in the look; -1 when it is not there. */
static int device_of(struct conversion *c, PyObject *segment) {
  uint64_t ordinal = number(c, segment, c->key->device, GFT_UNKNOWN);
  for (uint32_t i = 0; i < c->look->facts.devices; i++) {
    if ((uint64_t)c->look->device[i].ordinal == ordinal) return (int)i;
  }
  return -1;
}

static bool convert_segment(struct conversion *c, PyObject *segment) {
  const struct gft_python_api *py = c->stay->py;
  struct gft_segment *out = c->segment++;
  memset(out, 0, sizeof *out);
  out->address = number(c, segment, c->key->address, 0);
  out->size = number(c, segment, c->key->total_size, 0);
  out->stream = number(c, segment, c->key->stream, 0);
  out->device = (uint32_t)device_of(c, segment);
  PyObject *pool = py->PyDict_GetItem(segment, c->key->segment_pool_id);
  for (ptrdiff_t i = 0; pool != NULL && i < 2; i++) {
    uint64_t id = gft_python_number(c->stay, py->PyTuple_GetItem(pool, i));
    out->pool[i] = id == GFT_UNKNOWN ? 0 : id;
  }
  if (gft_python_is(c->stay, py->PyDict_GetItem(segment, c->key->segment_type), c->key->small)) out->flags |= GFT_SEGMENT_SMALL;
  PyObject *expandable = py->PyDict_GetItem(segment, c->key->is_expandable);
  if (expandable != NULL && py->PyObject_IsTrue(expandable) == 1) out->flags |= GFT_SEGMENT_EXPANDABLE;
  PyObject *blocks = py->PyDict_GetItem(segment, c->key->blocks);
  struct gft_block *first = c->block;
  if (!convert_blocks(c, blocks, out->address)) return false;
  out->blocks = (uint64_t)(c->block - first);
  return true;
}

/* Counts what there is and how many whole segments fit. */
static bool plan(struct conversion *c, PyObject *segments, ptrdiff_t count, struct gft_walk *walk, ptrdiff_t *convert) {
  const struct gft_python_api *py = c->stay->py;
  size_t used = sizeof *walk + walk->devices * sizeof *c->look->device;
  *convert = count;
  for (ptrdiff_t i = 0; i < count; i++) {
    PyObject *segment = py->PyList_GetItem(segments, i);
    PyObject *blocks = segment == NULL ? NULL : py->PyDict_GetItem(segment, c->key->blocks);
    ptrdiff_t own = blocks == NULL ? -1 : py->PyList_Size(blocks);
    if (own < 0) return fail(c, "the snapshot is not as PyTorch makes it");
    if (device_of(c, segment) < 0) continue;
    walk->segments_total++;
    walk->blocks_total += (uint64_t)own;
    size_t needed = sizeof *c->segment + (size_t)own * sizeof *c->block;
    if (*convert < count || needed > c->room - used) {
      if (*convert == count) *convert = i;
      continue;
    }
    used += needed;
    walk->segments++;
    walk->blocks += (uint64_t)own;
    if (i % BLOCKS_PER_LOOK == BLOCKS_PER_LOOK - 1 && !gft_python_yield(c->stay)) return fail(c, "the program is ending");
  }
  if (walk->segments < walk->segments_total) walk->flags |= GFT_WALK_FLAG_CUT;
  return true;
}

static bool convert_all(struct conversion *c, gft_walk_mapper *map, void *where, PyObject *segments,
                        struct gft_walk_slot *slot, bool *cut) {
  const struct gft_python_api *py = c->stay->py;
  struct gft_walk walk = {.devices = c->look->facts.devices};
  ptrdiff_t count = py->PyList_Size(segments), convert = 0;
  if (count < 0 || !plan(c, segments, count, &walk, &convert)) return fail(c, c->why != NULL ? c->why : "no list of segments");
  *cut = walk.flags & GFT_WALK_FLAG_CUT;
  size_t devices = walk.devices * sizeof *c->look->device, records = walk.segments * sizeof *c->segment;
  if (!map(where, slot, sizeof walk + devices + records + walk.blocks * sizeof *c->block)) {
    return fail(c, "no room for the walk");
  }
  unsigned char *at = slot->slot + sizeof(struct gft_slot_header);
  memcpy(at, &walk, sizeof walk);
  memcpy(at + sizeof walk, c->look->device, devices);
  c->segment = (struct gft_segment *)(void *)(at + sizeof walk + devices);
  c->block = (struct gft_block *)(void *)(at + sizeof walk + devices + records);
  c->blocks_end = c->block + walk.blocks;
  for (ptrdiff_t i = 0; i < convert; i++) {
    PyObject *segment = py->PyList_GetItem(segments, i);
    if (device_of(c, segment) < 0) continue;
    if (!convert_segment(c, segment)) return false;
  }
  return c->block == c->blocks_end || fail(c, "the snapshot changed while it was read");
}

bool gft_walk_convert(struct gft_stay *stay, gft_walk_mapper *map, void *where, size_t room, const struct gft_look *look,
                      PyObject *segments, struct gft_walk_slot *slot, bool *cut, char *why, size_t size) {
  const struct gft_python_api *py = stay->py;
  struct conversion c = {.stay = stay, .look = look, .key = keys(py), .room = room};
  slot->slot = NULL;
  bool converted = convert_all(&c, map, where, segments, slot, cut);
  py->PyErr_Clear();
  py->Py_DecRef(segments);
  if (!converted) gft_text(why, size, c.why);
  return converted;
}
