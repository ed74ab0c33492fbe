/* A stand-in for CPython's interface, just wide enough for the agent: objects
 * counted by references, a lock that every call wants held, a collector that
 * can be switched off, an end. It aborts where CPython would be harmed, and its
 * objects are plain memory, so that a thread sanitizer sees who touches them
 * without the lock. */
#ifndef HAMMER_PYTHON_H
#define HAMMER_PYTHON_H

#include <stddef.h>
#include <stdint.h>

typedef struct _object PyObject;
typedef PyObject *(*function)(PyObject *self, PyObject *arguments);

#define CHECK(what)                                                  \
  do {                                                               \
    if (!(what)) {                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);     \
      abort();                                                       \
    }                                                                \
  } while (0)

/* object.c, all with the lock held; references as CPython's functions give them. */
PyObject *python_dict(void);
void python_put(PyObject *dict, const char *key, PyObject *value); /* takes the reference */
PyObject *python_list(ptrdiff_t size);                             /* of NULL */
PyObject *python_string(const char *text);
PyObject *python_function(function call);
PyObject *python_none(void);
long python_objects(void); /* that are alive */
PyObject *PyTuple_New(ptrdiff_t size);
int PyTuple_SetItem(PyObject *tuple, ptrdiff_t at, PyObject *value);
PyObject *PyTuple_GetItem(PyObject *tuple, ptrdiff_t at);
ptrdiff_t PyTuple_Size(PyObject *tuple);
int PyList_SetItem(PyObject *list, ptrdiff_t at, PyObject *value);
PyObject *PyLong_FromUnsignedLongLong(unsigned long long value);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *object);
PyObject *PyDict_GetItemString(PyObject *dict, const char *key);
PyObject *PyObject_CallObject(PyObject *callable, PyObject *arguments);
void Py_IncRef(PyObject *object);
void Py_DecRef(PyObject *object);
void python_raise(const char *words);

/* interpreter.c */
void python_need_lock(void);
void python_begin(void);
void python_end(void); /* atexit's callbacks, then the end: nobody may come any more */
int PyGILState_Ensure(void);
void PyGILState_Release(int state);
void *PyEval_SaveThread(void);
void PyEval_RestoreThread(void *state);
PyObject *PyImport_GetModuleDict(void);

/* framework.c: what agent.py would be in a namespace. */
void framework_fill(PyObject *names);

#endif
