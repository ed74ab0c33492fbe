#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "python.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool holds;
static _Atomic int initialized, ended;
static bool collects = true; /* with the lock held only */
static PyObject *modules, *at_exit;

void python_need_lock(void) { CHECK(holds); }

static void take(void) {
  CHECK(!holds);
  pthread_mutex_lock(&lock);
  holds = true;
  CHECK(!atomic_load(&ended)); /* CPython ends the thread, or crashes */
}

/* Whoever comes next must find the collector on: nobody but the agent switches it. */
static void give(void) {
  CHECK(holds && collects);
  holds = false;
  pthread_mutex_unlock(&lock);
}

int PyGILState_Ensure(void) {
  take();
  return 1;
}
void PyGILState_Release(int state) {
  CHECK(state == 1);
  give();
}
void *PyEval_SaveThread(void) {
  give();
  return &lock;
}
void PyEval_RestoreThread(void *state) {
  CHECK(state == &lock);
  take();
}

int Py_IsInitialized(void);
int Py_IsInitialized(void) { return atomic_load(&initialized); }
int Py_IsFinalizing(void);
int Py_IsFinalizing(void) { return atomic_load(&ended); }
const char *Py_GetVersion(void);
const char *Py_GetVersion(void) { return "3.13.0 (stand-in)"; }

int PyGC_Disable(void);
int PyGC_Disable(void) {
  python_need_lock();
  bool was = collects;
  collects = false;
  return was;
}
int PyGC_Enable(void);
int PyGC_Enable(void) {
  python_need_lock();
  bool was = collects;
  collects = true;
  return was;
}
int PyGC_IsEnabled(void);
int PyGC_IsEnabled(void) {
  python_need_lock();
  return collects;
}

PyObject *PyImport_GetModuleDict(void) {
  python_need_lock();
  return modules;
}
PyObject *PyEval_GetBuiltins(void);
PyObject *PyEval_GetBuiltins(void) { return modules; }

PyObject *Py_CompileString(const char *source, const char *name, int start);
PyObject *Py_CompileString(const char *source, const char *name, int start) {
  (void)name;
  CHECK(start == 257);
  return python_string(source);
}
PyObject *PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals);
PyObject *PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals) {
  CHECK(code != NULL && globals == locals);
  framework_fill(globals);
  return python_none();
}

static PyObject *register_at_exit(PyObject *self, PyObject *arguments) {
  (void)self;
  at_exit = PyTuple_GetItem(arguments, 0);
  Py_IncRef(at_exit);
  return python_none();
}

void python_begin(void) {
  take();
  modules = python_dict();
  PyObject *module = python_dict();
  python_put(module, "register", python_function(register_at_exit));
  python_put(modules, "atexit", module);
  give();
  atomic_store(&initialized, 1);
}

void python_end(void) {
  take();
  if (at_exit != NULL) Py_DecRef(PyObject_CallObject(at_exit, NULL));
  atomic_store(&ended, 1);
  give();
}
