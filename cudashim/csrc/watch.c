/* Whether somebody but the agent calls PyTorch's switch of the memory history
 * while the agent has it on: PyTorch does not tell. Python reaches the switch by
 * its name in torch._C, so a function that counts and passes the call on stands
 * there meanwhile. */
#include "torch.h"

static _Atomic uint64_t calls;

static PyObject *pass_on(PyObject *real, PyObject *arguments, PyObject *named) {
  atomic_fetch_add(&calls, 1);
  return gft_python_api()->PyObject_Call(real, arguments, named);
}

/* watch(real): the function that stands in its place. */
static PyObject *watch(PyObject *self, PyObject *real) {
  static struct gft_method method = {"_cuda_record_memory_history", (PyObject * (*)(PyObject *, PyObject *))(void *)pass_on,
                                     1 | 2 /* METH_VARARGS | METH_KEYWORDS */, NULL};
  (void)self;
  return gft_python_api()->PyCFunction_NewEx(&method, real, NULL);
}

/* calls(): how many there were. */
static PyObject *count(PyObject *self, PyObject *arguments) {
  (void)self;
  (void)arguments;
  return gft_python_api()->PyLong_FromUnsignedLongLong(atomic_load(&calls));
}

static bool says_yes(const struct gft_python_api *py, PyObject *ask, bool *failed) {
  PyObject *answer = ask == py->none ? NULL : py->PyObject_CallObject(ask, NULL);
  *failed = answer == NULL && ask != py->none;
  bool yes = answer != NULL && py->PyObject_IsTrue(answer) == 1;
  py->Py_DecRef(answer);
  return yes;
}

/* switch((real, arguments, seen, ask)): calls real(*arguments), unless there
 * were more calls than seen by somebody else, or ask() says yes; tells whether
 * it did. No bytecode runs in between, so nobody else's turn comes. */
static PyObject *call_unless(PyObject *self, PyObject *all) {
  const struct gft_python_api *py = gft_python_api();
  (void)self;
  PyObject *real = py->PyTuple_GetItem(all, 0), *arguments = py->PyTuple_GetItem(all, 1);
  PyObject *seen = py->PyTuple_GetItem(all, 2), *ask = py->PyTuple_GetItem(all, 3);
  if (real == NULL || arguments == NULL || seen == NULL || ask == NULL) return NULL;
  bool failed = false;
  bool stays = atomic_load(&calls) != py->PyLong_AsUnsignedLongLong(seen) || says_yes(py, ask, &failed);
  if (failed) return NULL;
  if (stays) return py->PyLong_FromUnsignedLongLong(0);
  PyObject *result = py->PyObject_CallObject(real, arguments);
  if (result == NULL) return NULL;
  py->Py_DecRef(result);
  return py->PyLong_FromUnsignedLongLong(1);
}

void gft_watch_functions(struct gft_stay *stay, PyObject *names) {
  static struct gft_method methods[] = {
      {"watch", watch, 8 /* METH_O */, NULL}, {"calls", count, 4 /* METH_NOARGS */, NULL}, {"switch", call_unless, 8, NULL}};
  const struct gft_python_api *py = stay->py;
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    PyObject *function = py->PyCFunction_NewEx(&methods[i], NULL, NULL);
    if (function != NULL) py->PyDict_SetItemString(names, methods[i].name, function);
    py->Py_DecRef(function);
  }
}
