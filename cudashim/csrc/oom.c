/* Notes out-of-memory errors, in the thread that asked for memory. There is one
 * place for an error: while it is taken, further ones are counted.
 *
 * PyTorch's observer is called with the GIL held and no lock of the allocator,
 * after PyTorch's own retries. It calls C functions only: no bytecode runs, so
 * that no signal handler, tracer or profiler of the program runs in our name,
 * and an interrupt is raised where the program would have seen it without us. */
#include "oom.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "torch.h"

#define WAIT_FOR_REPORT (100 * GFT_MS)     /* the program may die of the error right after */
#define WAIT_FOR_LOOK (100 * GFT_MS)       /* whether the call is one of PyTorch's, see gft_oom_call */
#define MOST_LOOKS 4
#define REPORT_PACE (10 * GFT_SECOND)      /* between two reports, … */
#define REPORT_PACE_HOLD 500               /* … and so many times what the last one held */
#define EVENT_PACE (1 * GFT_SECOND)
#define FRAMES 32
#define FIXED_NS 300000.0 /* of a walk that has next to no blocks */

enum place { EMPTY, FILLING, NOTED, TAKEN };
static _Atomic int place; /* enum place, of noted */
static struct gft_oom noted;
static char stack[GFT_REPORT_MAX_STACK]; /* its stack */
static _Atomic bool noted_report; /* noted has one: read while it may change */
static _Atomic uint64_t more;     /* errors that found no place */
static _Atomic uint64_t report_not_before_ns;
static uint64_t event_not_before_ns; /* the agent thread only */

static _Atomic bool begun, observed;
static _Atomic uint64_t looks_wanted, looks;
static PyObject *tools; /* under the GIL; see oom_attach in agent.py */
enum tool { SNAPSHOT, SNAPSHOT_ARGUMENTS, STATS, STREAM, HISTORY, FRAME, ALL_FRAMES, TOOLS };
static _Atomic uint64_t ps_per_block, most_hold_ns;

void gft_oom_begin(void) { atomic_store(&begun, true); }

void gft_oom_expect(double ns_per_block, uint64_t most_ns) {
  atomic_store(&ps_per_block, (uint64_t)(ns_per_block * 1000));
  atomic_store(&most_hold_ns, most_ns);
}

static uint64_t realtime(void) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  return (uint64_t)wall.tv_sec * GFT_SECOND + (uint64_t)wall.tv_nsec;
}

/* Takes the place. One that waits only to be told as an event gives way to one
 * that is worth a report. */
static bool claim(bool report) {
  int empty = EMPTY, waiting = NOTED;
  if (atomic_compare_exchange_strong(&place, &empty, FILLING)) return true;
  if (report && !atomic_load(&noted_report) && atomic_compare_exchange_strong(&place, &waiting, FILLING)) {
    atomic_fetch_add(&more, 1);
    return true;
  }
  atomic_fetch_add(&more, 1);
  return false;
}

static bool report_due(uint64_t now) { return now >= atomic_load(&report_not_before_ns); }

static void publish(uint64_t now) {
  if (noted.report) atomic_store(&report_not_before_ns, now + REPORT_PACE);
  atomic_store(&noted_report, noted.report);
  atomic_store(&place, NOTED);
  gft_wake();
}

/* PyTorch can be asked to tell its errors from now on. The agent does so while
 * the driver makes the context, which takes far longer. */
void gft_oom_first_call(void) {
  static _Atomic bool called;
  if (atomic_load_explicit(&called, memory_order_relaxed) || !atomic_load(&begun)) return;
  if (atomic_load(&gft_state) != GFT_STATE_RUNNING || atomic_exchange(&called, true)) return;
  int saved = errno;
  atomic_fetch_add(&looks_wanted, 1);
  gft_wake();
  errno = saved;
}

static bool unobserved(void) {
  return atomic_load(&begun) && atomic_load(&gft_state) == GFT_STATE_RUNNING && !atomic_load(&observed);
}

static void await_look(uint64_t wanted) {
  uint64_t now = gft_now();
  gft_wake();
  while (atomic_load(&looks) < wanted && gft_now() - now < WAIT_FOR_LOOK) gft_nap(GFT_MS / 5);
}

/* PyTorch asks for this when it gives up, also where a cap of its own refused
 * and no call did, and calls its observers next. It holds its allocator's lock,
 * which the agent's look does not need; where this thread holds the GIL, which
 * the look does need, waiting would be in vain. */
void gft_oom_room_asked(void) {
  static _Atomic int waits;
  if (atomic_load_explicit(&observed, memory_order_relaxed) || atomic_load_explicit(&waits, memory_order_relaxed) >= MOST_LOOKS) return;
  int saved = errno;
  if (unobserved() && gft_python_elsewhere() && atomic_fetch_add(&waits, 1) < MOST_LOOKS) {
    await_look(atomic_fetch_add(&looks_wanted, 1) + 1);
  }
  errno = saved;
}

void gft_oom_call(const char *call, size_t size) {
  int saved = errno;
  if (unobserved()) {
    /* Is it PyTorch, that will retry and then tell? Its first call may be
     * refused before the agent has had the time to look. */
    uint64_t now = gft_now(), wanted = atomic_fetch_add(&looks_wanted, 1) + 1;
    if (wanted <= MOST_LOOKS) await_look(wanted);
    bool report = report_due(now);
    if (!atomic_load(&observed) && claim(report)) {
      noted = (struct gft_oom){.at_ns = now,
                               .at_realtime_ns = realtime(),
                               .asked = size,
                               .free = GFT_UNKNOWN,
                               .limit = GFT_UNKNOWN,
                               .ordinal = -1,
                               .call = call,
                               .report = report,
                               .no_walk = GFT_WALK_NO_FRAMEWORK,
                               .stack = "",
                               .stream = GFT_UNKNOWN};
      publish(now);
    }
  }
  errno = saved;
}

/* Forgives what went wrong, so that the program does not see it; false where
 * it is not ours to forgive: an interrupt, an exit. */
static bool forgive(const struct gft_python_api *py) {
  if (py->PyErr_Occurred() == NULL) return true;
  if (!py->PyErr_ExceptionMatches(py->exception)) return false;
  py->PyErr_Clear();
  return true;
}

static PyObject *tool(const struct gft_python_api *py, enum tool which) {
  PyObject *found = py->PyTuple_GetItem(tools, which);
  return found == py->none ? NULL : found;
}

static PyObject *ask_of_device(const struct gft_python_api *py, enum tool which, int ordinal) {
  PyObject *function = tool(py, which), *arguments = function == NULL ? NULL : py->PyTuple_New(1), *result = NULL;
  if (arguments != NULL) {
    py->PyTuple_SetItem(arguments, 0, py->PyLong_FromUnsignedLongLong((unsigned long long)ordinal));
    result = py->PyObject_CallObject(function, arguments);
  }
  py->Py_DecRef(arguments);
  return result;
}

/* A count of memory_stats; 0 where it is not told. */
static double count_of(struct gft_stay *stay, const char *name) {
  const struct gft_python_api *py = stay->py;
  PyObject *at = noted.stats;
  const char *const path[] = {name, "all", "current"};
  for (size_t i = 0; at != NULL && i < 3; i++) at = py->PyDict_GetItemString(at, path[i]);
  uint64_t value = gft_python_number(stay, at);
  return value == GFT_UNKNOWN ? 0 : (double)value;
}

static void take_snapshot(struct gft_stay *stay) {
  const struct gft_python_api *py = stay->py;
  PyObject *history = tool(py, HISTORY);
  PyObject *on = history == NULL ? NULL : py->PyObject_CallObject(history, NULL);
  bool traces = on != NULL && py->PyObject_IsTrue(on) == 1;
  py->Py_DecRef(on);
  double blocks = count_of(stay, "active") + count_of(stay, "inactive_split") + count_of(stay, "segment");
  double expected = FIXED_NS + blocks * (double)atomic_load(&ps_per_block) / 1000;
  if (traces) {
    noted.no_walk = GFT_WALK_HISTORY_ON;
  } else if (expected > (double)atomic_load(&most_hold_ns)) {
    noted.no_walk = GFT_WALK_OVER_BUDGET;
  } else {
    bool collects = gft_gc_off(py);
    noted.snapshot_ns = gft_now();
    noted.snapshot = py->PyObject_CallObject(tool(py, SNAPSHOT), tool(py, SNAPSHOT_ARGUMENTS));
    noted.no_walk = noted.snapshot == NULL ? GFT_WALK_ERROR : GFT_WALK_OK;
    if (collects) gft_gc_on(py);
  }
}

static void one_line(char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '\n') *text = ' ';
  }
}

/* frame is taken. */
static void write_stack(struct gft_stay *stay, PyObject *frame) {
  const struct gft_python_api *py = stay->py;
  size_t used = 0;
  for (int i = 0; i < FRAMES && frame != NULL && frame != py->none; i++) {
    char file[300], function[120];
    PyObject *code = py->PyObject_GetAttrString(frame, "f_code");
    PyObject *file_name = code == NULL ? NULL : py->PyObject_GetAttrString(code, "co_filename");
    PyObject *name = code == NULL ? NULL : py->PyObject_GetAttrString(code, "co_name");
    PyObject *line = py->PyObject_GetAttrString(frame, "f_lineno");
    gft_python_text(stay, file_name, file, sizeof file);
    gft_python_text(stay, name, function, sizeof function);
    uint64_t number = gft_python_number(stay, line);
    py->Py_DecRef(line);
    py->Py_DecRef(name);
    py->Py_DecRef(file_name);
    py->Py_DecRef(code);
    one_line(file);
    one_line(function);
    int length = snprintf(stack + used, sizeof stack - used, "%s:%llu %s\n", file,
                          (unsigned long long)(number == GFT_UNKNOWN ? 0 : number), function);
    if (length < 0 || (size_t)length >= sizeof stack - used) {
      stack[used] = '\0'; /* whole lines only */
      break;
    }
    used += (size_t)length;
    PyObject *next = py->PyObject_GetAttrString(frame, "f_back");
    py->Py_DecRef(frame);
    frame = next;
  }
  py->Py_DecRef(frame);
}

/* The frame of the main thread; a new reference or NULL. */
static PyObject *main_frame(struct gft_stay *stay) {
  const struct gft_python_api *py = stay->py;
  PyObject *function = tool(py, ALL_FRAMES), *modules = py->PyImport_GetModuleDict();
  PyObject *threading = modules == NULL ? NULL : py->PyDict_GetItemString(modules, "threading");
  PyObject *thread = threading == NULL ? NULL : py->PyObject_GetAttrString(threading, "_main_thread");
  PyObject *ident = thread == NULL ? NULL : py->PyObject_GetAttrString(thread, "_ident"); /* no property: no bytecode */
  bool rests = function != NULL && ident != NULL && gft_gc_off(py); /* before 3.11.5 a collection in there can deadlock */
  PyObject *all = function == NULL || ident == NULL ? NULL : py->PyObject_CallObject(function, NULL);
  if (rests) gft_gc_on(py);
  PyObject *frame = all == NULL ? NULL : py->PyDict_GetItem(all, ident);
  py->Py_IncRef(frame);
  py->Py_DecRef(all);
  py->Py_DecRef(ident);
  py->Py_DecRef(thread);
  return frame;
}

/* Everything that is known at this moment only. False: an exception is to pass. */
static bool look_around(struct gft_stay *stay) {
  const struct gft_python_api *py = stay->py;
  if (tools == NULL) {
    noted.no_walk = GFT_WALK_NOT_READY;
    return true;
  }
  noted.stats = ask_of_device(py, STATS, noted.ordinal);
  if (!forgive(py)) return false;
  PyObject *stream = ask_of_device(py, STREAM, noted.ordinal);
  noted.stream = gft_python_number(stay, stream);
  py->Py_DecRef(stream);
  if (!forgive(py)) return false;
  if (noted.stats == NULL) {
    noted.no_walk = GFT_WALK_ERROR;
  } else {
    take_snapshot(stay);
  }
  if (!forgive(py)) return false;
  PyObject *function = tool(py, FRAME), *frame = function == NULL ? NULL : py->PyObject_CallObject(function, NULL);
  if (!forgive(py)) return false;
  if (frame == NULL) { /* a thread of PyTorch's own, as in a backward pass: the main thread waits for it */
    frame = main_frame(stay);
    noted.other_thread = frame != NULL;
  }
  if (!forgive(py)) {
    py->Py_DecRef(frame);
    return false;
  }
  write_stack(stay, frame);
  return forgive(py);
}

/* False: an exception is to pass. */
static bool observe(const struct gft_python_api *py, PyObject *arguments) {
  struct gft_stay stay = {.py = py};
  uint64_t value[4], now = gft_now();
  for (int i = 0; i < 4; i++) value[i] = gft_python_number(&stay, py->PyTuple_GetItem(arguments, i));
  py->PyErr_Clear(); /* of a shorter tuple */
  bool report = report_due(now);
  if (!claim(report)) return true;
  noted = (struct gft_oom){.at_ns = now,
                           .at_realtime_ns = realtime(),
                           .asked = value[1],
                           .free = value[3],
                           .limit = value[2],
                           .ordinal = value[0] < GFT_MAX_DEVICES ? (int)value[0] : -1,
                           .report = report,
                           .stream = GFT_UNKNOWN};
  stack[0] = '\0';
  noted.stack = stack;
  bool forgiven = !report || noted.ordinal < 0 || look_around(&stay);
  uint64_t hold = gft_now() - now;
  noted.hold_ns = hold;
  publish(now); /* from here on it is the agent's */
  if (report && hold > REPORT_PACE / REPORT_PACE_HOLD) {
    atomic_store(&report_not_before_ns, now + hold * REPORT_PACE_HOLD);
  }
  if (!report || !forgiven) return forgiven;
  void *state = py->PyEval_SaveThread();
  while (atomic_load(&place) != EMPTY && gft_now() - now < WAIT_FOR_REPORT) gft_nap(GFT_MS / 2);
  py->PyEval_RestoreThread(state);
  return true;
}

static PyObject *called(PyObject *self, PyObject *arguments) {
  const struct gft_python_api *py = gft_python_api();
  int saved = errno;
  (void)self;
  /* Neither in a fork child nor when the interpreter ends is there anybody to tell. */
  bool live = atomic_load(&gft_state) == GFT_STATE_RUNNING && !gft_python_ending();
  bool well = !live || observe(py, arguments);
  errno = saved;
  if (!well) return NULL;
  py->Py_IncRef(py->none);
  return py->none;
}

PyObject *gft_oom_observer(struct gft_stay *stay) {
  static struct gft_method method = {"gpufragtop_out_of_memory", called, 1 /* METH_VARARGS */, NULL};
  return stay->py->PyCFunction_NewEx(&method, NULL, NULL);
}

void gft_oom_observed(PyObject *given) {
  tools = given;
  atomic_store(&observed, true);
}

uint64_t gft_oom_looks_wanted(void) { return atomic_load(&looks_wanted); }

void gft_oom_looked(uint64_t wanted) { atomic_store(&looks, wanted); }

uint64_t gft_oom_due(void) {
  if (atomic_load(&place) != NOTED) return UINT64_MAX;
  return atomic_load(&noted_report) ? 0 : event_not_before_ns;
}

struct gft_oom *gft_oom_take(uint64_t now) {
  int waiting = NOTED;
  if (gft_oom_due() > now || !atomic_compare_exchange_strong(&place, &waiting, TAKEN)) return NULL;
  event_not_before_ns = now + EVENT_PACE;
  noted.more = atomic_exchange(&more, 0);
  return &noted;
}

void gft_oom_done(struct gft_oom *oom) {
  oom->snapshot = oom->stats = NULL;
  atomic_store(&noted_report, false);
  atomic_store(&place, EMPTY);
}

bool gft_oom_reporting(void) {
  int now = atomic_load(&place);
  return (now == NOTED || now == TAKEN) && atomic_load(&noted_report);
}
