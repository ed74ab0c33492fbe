#include "torch.h"

#include <string.h>

__asm__(".section .rodata\n"
        "gft_agent_source:\n"
        ".incbin \"csrc/agent.py\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char gft_agent_source[] __attribute__((visibility("hidden")));

#define FILE_INPUT 257 /* Py_file_input */

/* agent.py's namespace, made once; NULL if that failed. */
static PyObject *names(struct gft_stay *stay, char *error, size_t size) {
  static PyObject *made;
  const struct gft_python_api *py = stay->py;
  if (made != NULL) return made;
  PyObject *fresh = py->PyDict_New();
  PyObject *code = py->Py_CompileString(gft_agent_source, "<gpufragtop>", FILE_INPUT);
  PyObject *result = NULL;
  if (fresh != NULL && code != NULL) {
    py->PyDict_SetItemString(fresh, "__builtins__", py->PyEval_GetBuiltins());
    py->PyDict_SetItemString(fresh, "modules", py->PyImport_GetModuleDict());
    gft_watch_functions(stay, fresh);
    result = py->PyEval_EvalCode(code, fresh, fresh);
  }
  if (result != NULL) {
    made = fresh;
  } else {
    gft_python_error(stay, error, size);
    py->Py_DecRef(fresh);
  }
  py->Py_DecRef(code);
  py->Py_DecRef(result);
  return made;
}

/* Calls a function of agent.py; argument may be NULL and is taken. */
static PyObject *call(struct gft_stay *stay, const char *name, PyObject *argument, char *error, size_t size) {
  const struct gft_python_api *py = stay->py;
  PyObject *all = names(stay, error, size);
  PyObject *function = all == NULL ? NULL : py->PyDict_GetItemString(all, name);
  PyObject *arguments = NULL, *result = NULL;
  if (function != NULL && argument != NULL) {
    arguments = py->PyTuple_New(1);
    if (arguments != NULL) py->PyTuple_SetItem(arguments, 0, argument); /* takes the reference */
    argument = arguments == NULL ? argument : NULL;
  }
  if (function != NULL && argument == NULL) result = py->PyObject_CallObject(function, arguments);
  if (function != NULL && result == NULL) gft_python_error(stay, error, size);
  py->Py_DecRef(argument);
  py->Py_DecRef(arguments);
  return result;
}

/* ((ordinal, total bytes), …) */
static PyObject *context_tuple(struct gft_stay *stay, const struct gft_context *context, int contexts) {
  const struct gft_python_api *py = stay->py;
  PyObject *all = py->PyTuple_New(contexts);
  for (int i = 0; all != NULL && i < contexts; i++) {
    PyObject *one = py->PyTuple_New(2);
    if (one != NULL) {
      py->PyTuple_SetItem(one, 0, py->PyLong_FromUnsignedLongLong((unsigned long long)context[i].ordinal));
      py->PyTuple_SetItem(one, 1, py->PyLong_FromUnsignedLongLong(context[i].total_bytes));
    }
    py->PyTuple_SetItem(all, i, one);
  }
  return all;
}

static const struct gft_context *context_of(const struct gft_context *context, int contexts, uint64_t ordinal) {
  for (int i = 0; i < contexts; i++) {
    if ((uint64_t)context[i].ordinal == ordinal) return &context[i];
  }
  return NULL;
}

/* row: the ordinal, then 16 figures in the order of struct gft_device. */
static bool read_device(struct gft_stay *stay, PyObject *row, const struct gft_context *context, int contexts,
                        struct gft_device *out) {
  const struct gft_python_api *py = stay->py;
  const struct gft_context *its = context_of(context, contexts, gft_python_number(stay, py->PyTuple_GetItem(row, 0)));
  if (its == NULL) return false;
  memset(out, 0, sizeof *out);
  memcpy(out->uuid, its->uuid, sizeof out->uuid);
  out->ordinal = its->ordinal;
  out->flags = GFT_DEVICE_CONTEXT | (its->has_uuid ? 0 : GFT_DEVICE_NO_UUID);
  uint64_t *const figures[] = {
      &out->reserved_bytes,  &out->reserved_peak_bytes,  &out->allocated_bytes,     &out->allocated_peak_bytes,
      &out->active_bytes,    &out->active_peak_bytes,    &out->requested_bytes,     &out->inactive_split_bytes,
      &out->segments,        &out->active_blocks,        &out->inactive_split_blocks, &out->alloc_retries,
      &out->ooms,            &out->device_allocs,        &out->device_frees,        &out->allowed_bytes,
  };
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
    *figures[i] = gft_python_number(stay, py->PyTuple_GetItem(row, (ptrdiff_t)i + 1));
  }
  return true;
}

/* flags, rank, number of ranks; what is out of range makes all unknown. */
static void read_ranks(struct gft_stay *stay, PyObject *told, struct gft_look *look) {
  const struct gft_python_api *py = stay->py;
  uint64_t number[3];
  for (int i = 0; i < 3; i++) number[i] = told == NULL ? GFT_UNKNOWN : gft_python_number(stay, py->PyTuple_GetItem(told, i));
  look->ranks_flags = (uint32_t)(number[0] & GFT_RANKS_GIL);
  if (number[0] > UINT8_MAX || !(number[0] & GFT_RANKS_INITIALIZED) || number[2] > INT32_MAX || number[1] >= number[2]) return;
  look->ranks_flags = (uint32_t)number[0];
  look->rank = (uint32_t)number[1];
  look->world_size = (uint32_t)number[2];
}

static void read_answer(struct gft_stay *stay, PyObject *answer, const struct gft_process *process,
                        const struct gft_context *context, int contexts, struct gft_look *look) {
  const struct gft_python_api *py = stay->py;
  struct gft_facts *facts = &look->facts;
  gft_text(facts->framework, sizeof facts->framework, "pytorch");
  gft_python_text(stay, py->PyTuple_GetItem(answer, 0), facts->framework_version, sizeof facts->framework_version);
  gft_python_text(stay, py->PyTuple_GetItem(answer, 1), facts->backend, sizeof facts->backend);
  gft_python_text(stay, py->PyTuple_GetItem(answer, 2), facts->settings, sizeof facts->settings);
  if (facts->settings[0] == '\0') memcpy(facts->settings, process->settings, sizeof facts->settings);
  facts->history_on = gft_python_number(stay, py->PyTuple_GetItem(answer, 3)) == 1;
  look->traces = gft_python_number(stay, py->PyTuple_GetItem(answer, 4)) == 1;
  facts->large_segment_bytes = gft_python_number(stay, py->PyTuple_GetItem(answer, 5));
  PyObject *rows = py->PyTuple_GetItem(answer, 6);
  ptrdiff_t count = py->PyTuple_Size(rows);
  for (ptrdiff_t i = 0; i < count && facts->devices < GFT_MAX_DEVICES; i++) {
    PyObject *row = py->PyTuple_GetItem(rows, i);
    if (read_device(stay, row, context, contexts, &look->device[facts->devices])) facts->devices++;
  }
  read_ranks(stay, py->PyTuple_GetItem(answer, 7), look);
  py->PyErr_Clear();
  if (facts->devices == 0) {
    look->status = GFT_WALK_NOT_READY;
  } else if (strcmp(facts->backend, "native") != 0) {
    look->status = GFT_WALK_UNSUPPORTED;
  } else {
    look->status = GFT_WALK_OK;
  }
}

static void ask(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context, int contexts,
                 const char *name, PyObject *argument, struct gft_look *look) {
  const struct gft_python_api *py = stay->py;
  PyObject *answer = call(stay, name, argument, look->error, sizeof look->error);
  if (answer == NULL) {
    look->status = GFT_WALK_ERROR;
  } else if (answer != py->none) {
    look->status = GFT_WALK_NOT_READY;
    if (py->PyTuple_Size(answer) > 0) read_answer(stay, answer, process, context, contexts, look);
  }
  py->Py_DecRef(answer);
}

static void begin_look(const struct gft_process *process, struct gft_look *look) {
  memset(look, 0, sizeof *look);
  look->status = GFT_WALK_NO_FRAMEWORK;
  look->taken_ns = gft_now();
  memcpy(look->facts.job, process->job, sizeof look->facts.job);
}

void gft_look_at(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context,
                 int contexts, struct gft_look *out) {
  begin_look(process, out);
  if (!gft_python_promise(stay)) return;
  ask(stay, process, context, contexts, "look", context_tuple(stay, context, contexts), out);
}

void gft_look_back(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context,
                   int contexts, PyObject *stats, struct gft_look *out) {
  const struct gft_python_api *py = stay->py;
  begin_look(process, out);
  PyObject *both = py->PyTuple_New(2);
  if (both == NULL) return;
  py->Py_IncRef(stats);
  py->PyTuple_SetItem(both, 0, context_tuple(stay, context, contexts));
  py->PyTuple_SetItem(both, 1, stats); /* takes the reference */
  ask(stay, process, context, contexts, "look_back", both, out);
}

bool gft_torch_present(struct gft_stay *stay) {
  PyObject *modules = stay->py->PyImport_GetModuleDict();
  return modules != NULL && stay->py->PyDict_GetItemString(modules, "torch.cuda") != NULL;
}

PyObject *gft_torch_observe(struct gft_stay *stay, PyObject *observer, char *why, size_t size) {
  if (!gft_python_promise(stay)) return NULL; /* it must end before the interpreter does */
  stay->py->Py_IncRef(observer);
  return call(stay, "oom_attach", observer, why, size);
}

/* The garbage collector rests during a snapshot: its thousands of new dicts
 * would otherwise have it look through the program's objects. True: it is to be
 * woken again. */
bool gft_gc_rests(const struct gft_python_api *py) {
  bool collects = py->PyGC_IsEnabled != NULL && py->PyGC_Enable != NULL && py->PyGC_Disable != NULL &&
                  py->PyGC_IsEnabled();
  if (collects) py->PyGC_Disable();
  return collects;
}

PyObject *gft_torch_segments(struct gft_stay *stay, struct gft_look *look) {
  const struct gft_python_api *py = stay->py;
  bool collects = gft_gc_rests(py);
  look->taken_ns = gft_now();
  PyObject *segments = call(stay, "segments", NULL, look->error, sizeof look->error);
  if (collects) py->PyGC_Enable();
  return segments;
}

PyObject *gft_torch_segments_of(struct gft_stay *stay, PyObject *snapshot, struct gft_look *look) {
  return call(stay, "segments_of", snapshot, look->error, sizeof look->error);
}

bool gft_torch_may_release(struct gft_stay *stay, char *why, size_t size) {
  const struct gft_python_api *py = stay->py;
  PyObject *reason = call(stay, "refusal", NULL, why, size);
  bool may = reason == py->none;
  if (reason != NULL && !may) gft_python_text(stay, reason, why, size);
  py->Py_DecRef(reason);
  return may;
}

bool gft_torch_release(struct gft_stay *stay, int ordinal, bool *held, char *error, size_t size) {
  const struct gft_python_api *py = stay->py;
  PyObject *result =
      call(stay, "release", py->PyLong_FromUnsignedLongLong((unsigned long long)ordinal), error, size);
  *held = result == NULL || py->PyObject_IsTrue(result) == 1;
  py->Py_DecRef(result);
  return result != NULL;
}

bool gft_torch_reserved(struct gft_stay *stay, const struct gft_context *context, int contexts,
                        uint64_t reserved[GFT_MAX_DEVICES]) {
  const struct gft_python_api *py = stay->py;
  char error[64];
  PyObject *all = call(stay, "reserved", context_tuple(stay, context, contexts), error, sizeof error);
  bool told = all != NULL && py->PyTuple_Size(all) == contexts;
  for (int i = 0; told && i < contexts; i++) reserved[i] = gft_python_number(stay, py->PyTuple_GetItem(all, i));
  py->PyErr_Clear();
  py->Py_DecRef(all);
  return told;
}

/* What agent.py answers: a number of enum gft_history, or a str that says why not. */
static enum gft_history history(struct gft_stay *stay, PyObject *answer, char *why, size_t size) {
  const struct gft_python_api *py = stay->py;
  if (answer == NULL) return GFT_HISTORY_FAILED;
  uint64_t number = gft_python_number(stay, answer);
  if (number > GFT_HISTORY_FAILED) gft_python_text(stay, answer, why, size);
  py->Py_DecRef(answer);
  return number < GFT_HISTORY_FAILED ? (enum gft_history)number : GFT_HISTORY_FAILED;
}

enum gft_history gft_torch_record(struct gft_stay *stay, uint64_t entries, char *why, size_t size) {
  return history(stay, call(stay, "record", stay->py->PyLong_FromUnsignedLongLong(entries), why, size), why, size);
}

enum gft_history gft_torch_recorded(struct gft_stay *stay, char *why, size_t size) {
  return history(stay, call(stay, "recorded", NULL, why, size), why, size);
}

bool gft_torch_record_end(struct gft_stay *stay, char *why, size_t size) {
  PyObject *result = call(stay, "record_end", NULL, why, size);
  stay->py->Py_DecRef(result);
  return result != NULL;
}

PyObject *gft_torch_trace(struct gft_stay *stay, const struct gft_context *context, int contexts, struct gft_look *look) {
  const struct gft_python_api *py = stay->py;
  bool collects = gft_gc_rests(py);
  look->taken_ns = gft_now();
  PyObject *both = call(stay, "trace", context_tuple(stay, context, contexts), look->error, sizeof look->error);
  if (collects) py->PyGC_Enable();
  return both;
}
