/* The program's garbage collector must not notice us. Objects that are made and
 * dropped again count for nothing in the end, but in between they would bring
 * on collections of the program's objects. So the collector rests while there
 * are many of ours; and it is as the program left it again before any bytecode
 * runs and before the GIL is given up, so that nobody can see it rest, or
 * switch it meanwhile and lose that. */
#include "torch.h"

#define VARIADIC 1 /* METH_VARARGS */

/* Python 3.8 and 3.9 have no functions for it but those of the module gc. */
static int ask_module(const struct gft_python_api *py, const char *name) {
  PyObject *module = py->PyDict_GetItemString(py->PyImport_GetModuleDict(), "gc");
  PyObject *function = module == NULL ? NULL : py->PyObject_GetAttrString(module, name);
  PyObject *answer = function == NULL ? NULL : py->PyObject_CallObject(function, NULL);
  int yes = answer == NULL ? -1 : py->PyObject_IsTrue(answer);
  py->PyErr_Clear();
  py->Py_DecRef(answer);
  py->Py_DecRef(function);
  return yes;
}

bool gft_gc_off(const struct gft_python_api *py) {
  if (py->PyGC_IsEnabled == NULL || py->PyGC_Enable == NULL || py->PyGC_Disable == NULL) {
    return ask_module(py, "isenabled") == 1 && ask_module(py, "disable") >= 0;
  }
  return py->PyGC_IsEnabled() && py->PyGC_Disable() >= 0;
}

/* A pending exception stays as it is. */
void gft_gc_on(const struct gft_python_api *py) {
  if (py->PyGC_Enable != NULL) {
    py->PyGC_Enable();
    return;
  }
  PyObject *type = NULL, *value = NULL, *trace = NULL;
  py->PyErr_Fetch(&type, &value, &trace);
  ask_module(py, "enable");
  py->PyErr_Restore(type, value, trace);
}

void gft_gc_rest(struct gft_stay *stay, uint64_t unsplit_ns) {
  stay->unsplit_ns = unsplit_ns;
  if (!stay->gc_rests) stay->gc_rests = gft_gc_off(stay->py);
}

void gft_gc_wake(struct gft_stay *stay) {
  if (stay->gc_rests) gft_gc_on(stay->py);
  stay->gc_rests = false;
}

/* quietly(function, arguments): function(*arguments), the collector resting. */
static PyObject *quietly(PyObject *self, PyObject *all) {
  const struct gft_python_api *py = gft_python_api();
  (void)self;
  PyObject *function = py->PyTuple_GetItem(all, 0), *arguments = function == NULL ? NULL : py->PyTuple_GetItem(all, 1);
  if (arguments == NULL) return NULL;
  bool rests = gft_gc_off(py);
  PyObject *result = py->PyObject_CallObject(function, arguments);
  if (rests) gft_gc_on(py);
  return result;
}

/* What lies at a path of keys in dicts of dicts; a new reference, None where there is nothing. */
static PyObject *at_path(const struct gft_python_api *py, PyObject *dict, PyObject *path) {
  ptrdiff_t keys = py->PyTuple_Size(path);
  PyObject *at = keys < 1 ? NULL : dict;
  for (ptrdiff_t i = 0; i < keys && at != NULL; i++) at = py->PyDict_GetItem(at, py->PyTuple_GetItem(path, i));
  if (at == NULL) at = py->none;
  py->Py_IncRef(at);
  return at;
}

/* pick(function, argument, paths): calls function(argument), which makes dicts
 * of dicts, and takes from them what lies at each path; the dicts are gone
 * before the collector wakes. */
static PyObject *pick(PyObject *self, PyObject *all) {
  const struct gft_python_api *py = gft_python_api();
  (void)self;
  if (py->PyTuple_Size(all) != 3) return NULL;
  PyObject *paths = py->PyTuple_GetItem(all, 2), *arguments = py->PyTuple_New(1);
  ptrdiff_t count = py->PyTuple_Size(paths);
  PyObject *picked = count < 0 ? NULL : py->PyTuple_New(count), *made = NULL;
  if (arguments != NULL && picked != NULL) {
    PyObject *argument = py->PyTuple_GetItem(all, 1);
    py->Py_IncRef(argument);
    py->PyTuple_SetItem(arguments, 0, argument); /* takes the reference */
    bool rests = gft_gc_off(py);
    made = py->PyObject_CallObject(py->PyTuple_GetItem(all, 0), arguments);
    for (ptrdiff_t i = 0; made != NULL && i < count; i++) {
      py->PyTuple_SetItem(picked, i, at_path(py, made, py->PyTuple_GetItem(paths, i)));
    }
    py->Py_DecRef(made);
    if (rests) gft_gc_on(py);
  }
  py->Py_DecRef(arguments);
  if (made != NULL) return picked;
  py->Py_DecRef(picked);
  return NULL;
}

void gft_gc_functions(struct gft_stay *stay, PyObject *names) {
  static struct gft_method methods[] = {{"quietly", quietly, VARIADIC, NULL}, {"pick", pick, VARIADIC, NULL}};
  const struct gft_python_api *py = stay->py;
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    PyObject *function = py->PyCFunction_NewEx(&methods[i], NULL, NULL);
    if (function != NULL) py->PyDict_SetItemString(names, methods[i].name, function);
    py->Py_DecRef(function);
  }
}
