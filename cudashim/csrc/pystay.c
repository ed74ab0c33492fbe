/* Going into Python and out again, without ever being there when the
 * interpreter ends. PyGILState_Ensure is not safe against an ending
 * interpreter (cpython issue 124619), and asking first leaves a gap; so an
 * atexit callback, which runs before the end begins, forbids new stays and
 * waits until the present one is over. */
#include "pyapi.h"

#define PIECE (1 * GFT_MS)           /* longest hold of the GIL by our own work at a time */
#define TURN (200 * 1000ull)         /* time for others to take the GIL in between */
#define WAIT_FOR_STAY (200 * GFT_MS) /* at the interpreter's end */
#define WAIT_FOR_RELEASE (5 * GFT_SECOND)
#define WAIT_BEFORE (2 * GFT_SECOND) /* for what must be written first */

static _Atomic bool inside, ending, releasing;
static void (*_Atomic at_end)(struct gft_stay *stay);
static bool (*_Atomic before_end)(void);

bool gft_python_ending(void) { return atomic_load(&ending); }

void gft_python_before_end(bool (*busy)(void)) { atomic_store(&before_end, busy); }

void gft_python_at_end(void (*done)(struct gft_stay *stay)) { atomic_store(&at_end, done); }

void gft_python_releasing(bool now) { atomic_store(&releasing, now); }

bool gft_python_keep(void) {
  atomic_store(&inside, true);
  if (!atomic_load(&ending)) return true;
  atomic_store(&inside, false);
  return false;
}

void gft_python_let_go(void) { atomic_store(&inside, false); }

static bool finalizing(const struct gft_python_api *py) {
  if (!py->Py_IsInitialized()) return true;
  if (py->Py_IsFinalizing != NULL) return py->Py_IsFinalizing();
  return py->_Py_IsFinalizing != NULL && py->_Py_IsFinalizing();
}

static void hold_ended(struct gft_stay *stay) {
  uint64_t held = gft_now() - stay->held_since;
  stay->hold_ns += held;
  if (held > stay->worst_ns) stay->worst_ns = held;
}

bool gft_python_enter(struct gft_stay *stay) {
  *stay = (struct gft_stay){.py = gft_python_api()};
  if (stay->py == NULL) return false;
  atomic_store(&inside, true);
  if (!atomic_load(&ending) && !finalizing(stay->py)) {
    stay->gil = stay->py->PyGILState_Ensure();
    stay->held_since = gft_now();
    if (!atomic_load(&ending)) return true;
    stay->py->PyGILState_Release(stay->gil);
  }
  atomic_store(&inside, false);
  return false;
}

void gft_python_leave(struct gft_stay *stay) {
  gft_gc_wake(stay);
  hold_ended(stay);
  stay->py->PyGILState_Release(stay->gil);
  atomic_store(&inside, false);
}

bool gft_python_yield(struct gft_stay *stay) {
  bool rests = stay->gc_rests;
  if (gft_now() - stay->held_since < (rests && stay->unsplit_ns > PIECE ? stay->unsplit_ns : PIECE)) return true;
  gft_gc_wake(stay);
  hold_ended(stay);
  void *state = stay->py->PyEval_SaveThread();
  gft_nap(TURN);
  stay->py->PyEval_RestoreThread(state);
  stay->held_since = gft_now();
  if (rests) gft_gc_rest(stay, stay->unsplit_ns);
  return !atomic_load(&ending);
}

static PyObject *at_exit(PyObject *self, PyObject *arguments) {
  (void)self;
  (void)arguments;
  const struct gft_python_api *py = gft_python_api();
  /* In a fork child there is no agent to wait for, and nobody knows who held
   * the allocator's lock. */
  bool agent = atomic_load(&gft_state) == GFT_STATE_RUNNING;
  bool (*busy)(void) = atomic_load(&before_end);
  if (agent && busy != NULL && busy()) {
    void *state = py->PyEval_SaveThread();
    for (uint64_t start = gft_now(); busy() && gft_now() - start < WAIT_BEFORE;) gft_nap(GFT_MS);
    py->PyEval_RestoreThread(state);
  }
  atomic_store(&ending, true);
  if (atomic_load(&inside) && agent) {
    void *state = py->PyEval_SaveThread();
    uint64_t start = gft_now();
    while (atomic_load(&inside)) {
      uint64_t waited = gft_now() - start;
      if (waited > (atomic_load(&releasing) ? WAIT_FOR_RELEASE : WAIT_FOR_STAY)) break;
      gft_nap(GFT_MS);
    }
    py->PyEval_RestoreThread(state);
  }
  void (*done)(struct gft_stay *) = atomic_load(&at_end);
  if (done != NULL && agent && !atomic_load(&inside)) done(&(struct gft_stay){.py = py, .held_since = gft_now()});
  py->Py_IncRef(py->none);
  return py->none;
}

/* How many callbacks there are; GFT_UNKNOWN where Python does not tell. */
static uint64_t callbacks(struct gft_stay *stay, PyObject *module) {
  const struct gft_python_api *py = stay->py;
  PyObject *count = py->PyObject_GetAttrString(module, "_ncallbacks");
  PyObject *number = count == NULL ? NULL : py->PyObject_CallObject(count, NULL);
  uint64_t value = number == NULL ? GFT_UNKNOWN : gft_python_number(stay, number);
  py->PyErr_Clear();
  py->Py_DecRef(number);
  py->Py_DecRef(count);
  return value;
}

static bool add(const struct gft_python_api *py, PyObject *module) {
  static struct gft_method method = {"gpufragtop_at_exit", at_exit, 4 /* METH_NOARGS */, NULL};
  PyObject *callback = py->PyCFunction_NewEx(&method, NULL, NULL);
  PyObject *arguments = py->PyTuple_New(1);
  PyObject *register_ = py->PyObject_GetAttrString(module, "register");
  PyObject *added = NULL;
  if (callback != NULL && arguments != NULL && register_ != NULL) {
    py->PyTuple_SetItem(arguments, 0, callback); /* takes the reference */
    callback = NULL;
    added = py->PyObject_CallObject(register_, arguments);
  }
  bool done = added != NULL;
  py->PyErr_Clear();
  py->Py_DecRef(added);
  py->Py_DecRef(register_);
  py->Py_DecRef(arguments);
  py->Py_DecRef(callback);
  return done;
}

static bool promised;
static uint64_t promised_as; /* so many callbacks there were with ours */

bool gft_python_end_first(struct gft_stay *stay) {
  PyObject *modules = stay->py->PyImport_GetModuleDict();
  PyObject *module = modules == NULL ? NULL : stay->py->PyDict_GetItemString(modules, "atexit");
  if (module == NULL) return false;
  if (promised && callbacks(stay, module) == promised_as) return true;
  if (!add(stay->py, module)) return false;
  promised_as = callbacks(stay, module);
  return promised = true;
}

bool gft_python_promise(struct gft_stay *stay) { return promised || gft_python_end_first(stay); }
