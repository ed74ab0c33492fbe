/* What agent.py finds in a program with PyTorch, as C functions: two devices
 * at most, some segments, a history. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "python.h"

enum { SEGMENTS = 8, BLOCKS = 300, EVENTS = 500, STARTED = 0, OURS = 2 };

static PyObject *number(unsigned long long value) { return PyLong_FromUnsignedLongLong(value); }

static PyObject *pair(PyObject *a, PyObject *b) {
  PyObject *both = PyTuple_New(2);
  PyTuple_SetItem(both, 0, a);
  PyTuple_SetItem(both, 1, b);
  return both;
}

static PyObject *only(PyObject *arguments) {
  CHECK(PyTuple_Size(arguments) == 1);
  return PyTuple_GetItem(arguments, 0);
}

static PyObject *look(PyObject *self, PyObject *arguments) {
  PyObject *contexts = only(arguments), *answer = PyTuple_New(7);
  ptrdiff_t count = PyTuple_Size(contexts);
  PyObject *rows = PyTuple_New(count);
  (void)self;
  for (ptrdiff_t i = 0; i < count; i++) {
    PyObject *row = PyTuple_New(17);
    PyTuple_SetItem(row, 0, number(PyLong_AsUnsignedLongLong(PyTuple_GetItem(PyTuple_GetItem(contexts, i), 0))));
    for (ptrdiff_t k = 1; k < 17; k++) PyTuple_SetItem(row, k, k == 16 ? python_none() : number((unsigned long long)k));
    PyTuple_SetItem(rows, i, row);
  }
  PyTuple_SetItem(answer, 0, python_string("2.11.0"));
  PyTuple_SetItem(answer, 1, python_string("native"));
  PyTuple_SetItem(answer, 2, python_string("a:b"));
  PyTuple_SetItem(answer, 3, number(0));
  PyTuple_SetItem(answer, 4, number(0));
  PyTuple_SetItem(answer, 5, number(20 << 20));
  PyTuple_SetItem(answer, 6, rows);
  return answer;
}

static PyObject *block(unsigned i) {
  static const char *const states[] = {"active_allocated", "inactive", "active_pending_free"};
  PyObject *made = python_dict();
  python_put(made, "address", number((1u << 30) + i * 512));
  python_put(made, "size", number(512));
  python_put(made, "requested_size", number(500));
  python_put(made, "state", python_string(states[i % 3]));
  return made;
}

static PyObject *segments(void) {
  PyObject *all = python_list(SEGMENTS);
  for (unsigned i = 0; i < SEGMENTS; i++) {
    PyObject *segment = python_dict(), *blocks = python_list(BLOCKS);
    for (unsigned k = 0; k < BLOCKS; k++) PyList_SetItem(blocks, k, block(i * BLOCKS + k));
    python_put(segment, "device", number(0));
    python_put(segment, "address", number((1u << 30) + i * BLOCKS * 512));
    python_put(segment, "total_size", number(BLOCKS * 512));
    python_put(segment, "stream", number(0));
    python_put(segment, "segment_type", python_string("small"));
    python_put(segment, "segment_pool_id", pair(number(0), number(i)));
    python_put(segment, "blocks", blocks);
    PyList_SetItem(all, i, segment);
  }
  return all;
}

static PyObject *take(PyObject *self, PyObject *arguments) {
  PyObject *snapshot = python_dict(), *settings = python_dict();
  static unsigned calls;
  (void)self;
  (void)arguments;
  python_put(settings, "PYTORCH_CUDA_ALLOC_CONF", python_string("c:d"));
  python_put(snapshot, "allocator_settings", settings);
  if (++calls % 7 != 0) { /* now and then there is nothing in it, or it fails */
    python_put(snapshot, "segments", segments());
  } else if (calls % 2 == 0) {
    python_raise("no snapshot now");
    Py_DecRef(snapshot);
    return NULL;
  }
  return snapshot;
}

static PyObject *snapshot_call(PyObject *self, PyObject *arguments) {
  (void)self;
  (void)arguments;
  static PyObject *made;
  if (made == NULL) made = python_function(take);
  Py_IncRef(made);
  return pair(made, PyTuple_New(0));
}

static PyObject *nothing(PyObject *self, PyObject *arguments) {
  (void)self;
  (void)arguments;
  return python_none();
}

static PyObject *reserved(PyObject *self, PyObject *arguments) {
  ptrdiff_t count = PyTuple_Size(only(arguments));
  PyObject *all = PyTuple_New(count);
  (void)self;
  for (ptrdiff_t i = 0; i < count; i++) PyTuple_SetItem(all, i, number(1000));
  return all;
}

static PyObject *empties(PyObject *self, PyObject *arguments) {
  (void)self;
  only(arguments);
  void *state = PyEval_SaveThread(); /* as PyTorch does */
  nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
  PyEval_RestoreThread(state);
  return number(0);
}

static PyObject *record(PyObject *self, PyObject *arguments) {
  (void)self;
  only(arguments);
  return number(STARTED);
}

static PyObject *recorded(PyObject *self, PyObject *arguments) {
  (void)self;
  (void)arguments;
  return number(OURS);
}

static PyObject *trace(PyObject *self, PyObject *arguments) {
  PyObject *events = python_list(EVENTS), *traces = python_list(1);
  (void)self;
  only(arguments);
  for (unsigned i = 0; i < EVENTS; i++) {
    PyObject *event = python_dict();
    python_put(event, "action", python_string(i % 2 == 0 ? "alloc" : "free_completed"));
    python_put(event, "addr", number(i));
    python_put(event, "size", number(512));
    python_put(event, "pool_id", pair(number(0), number(1)));
    PyList_SetItem(events, i, event);
  }
  PyList_SetItem(traces, 0, events);
  return pair(segments(), traces);
}

void framework_fill(PyObject *names) {
  static const struct {
    const char *name;
    function call;
  } all[] = {
      {"look", look},         {"snapshot_call", snapshot_call}, {"learn", nothing},       {"refusal", nothing}, {"reserved", reserved},
      {"release", empties},   {"record", record},               {"recorded", recorded},   {"record_end", nothing}, {"trace", trace},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) python_put(names, all[i].name, python_function(all[i].call));
}
