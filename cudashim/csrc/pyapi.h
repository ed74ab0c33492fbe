/* The few functions of CPython's stable interface that the agent uses, looked
 * up at run time; no Python header, no link to libpython. */
#ifndef GPUFRAGTOP_PYAPI_H
#define GPUFRAGTOP_PYAPI_H

#include "shim.h"

typedef struct _object PyObject;

struct gft_method { /* PyMethodDef */
  const char *name;
  PyObject *(*call)(PyObject *self, PyObject *arguments);
  int flags;
  const char *doc;
};

#define GFT_PYTHON_FUNCTIONS(_)                                              \
  _(int, Py_IsInitialized, (void))                                           \
  _(const char *, Py_GetVersion, (void))                                     \
  _(int, PyGILState_Ensure, (void))                                          \
  _(void, PyGILState_Release, (int))                                         \
  _(void *, PyEval_SaveThread, (void))                                       \
  _(void, PyEval_RestoreThread, (void *))                                    \
  _(void, Py_IncRef, (PyObject *))                                           \
  _(void, Py_DecRef, (PyObject *))                                           \
  _(PyObject *, PyImport_GetModuleDict, (void))                              \
  _(PyObject *, PyEval_GetBuiltins, (void))                                  \
  _(PyObject *, Py_CompileString, (const char *, const char *, int))         \
  _(PyObject *, PyEval_EvalCode, (PyObject *, PyObject *, PyObject *))       \
  _(PyObject *, PyObject_CallObject, (PyObject *, PyObject *))               \
  _(PyObject *, PyObject_Call, (PyObject *, PyObject *, PyObject *))         \
  _(PyObject *, PyObject_GetAttrString, (PyObject *, const char *))          \
  _(PyObject *, PyObject_Str, (PyObject *))                                  \
  _(int, PyObject_IsTrue, (PyObject *))                                      \
  _(PyObject *, PyCFunction_NewEx, (struct gft_method *, PyObject *, PyObject *)) \
  _(PyObject *, PyDict_New, (void))                                          \
  _(PyObject *, PyDict_GetItem, (PyObject *, PyObject *))                    \
  _(PyObject *, PyDict_GetItemString, (PyObject *, const char *))            \
  _(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))       \
  _(PyObject *, PyTuple_New, (ptrdiff_t))                                    \
  _(ptrdiff_t, PyTuple_Size, (PyObject *))                                   \
  _(PyObject *, PyTuple_GetItem, (PyObject *, ptrdiff_t))                    \
  _(int, PyTuple_SetItem, (PyObject *, ptrdiff_t, PyObject *))               \
  _(ptrdiff_t, PyList_Size, (PyObject *))                                    \
  _(PyObject *, PyList_GetItem, (PyObject *, ptrdiff_t))                     \
  _(int, PyList_SetItem, (PyObject *, ptrdiff_t, PyObject *))                \
  _(PyObject *, PyLong_FromUnsignedLongLong, (unsigned long long))           \
  _(unsigned long long, PyLong_AsUnsignedLongLong, (PyObject *))             \
  _(PyObject *, PyUnicode_InternFromString, (const char *))                  \
  _(PyObject *, PyUnicode_AsUTF8String, (PyObject *))                        \
  _(int, PyUnicode_Compare, (PyObject *, PyObject *))                        \
  _(int, PyBytes_AsStringAndSize, (PyObject *, char **, ptrdiff_t *))        \
  _(PyObject *, PyErr_Occurred, (void))                                      \
  _(void, PyErr_Fetch, (PyObject **, PyObject **, PyObject **))              \
  _(void, PyErr_Restore, (PyObject *, PyObject *, PyObject *))               \
  _(int, PyErr_ExceptionMatches, (PyObject *))                               \
  _(void, PyErr_Clear, (void))

/* Absent from some supported versions. */
#define GFT_PYTHON_OPTIONAL(_)    \
  _(int, Py_IsFinalizing, (void))  /* 3.13 */ \
  _(int, _Py_IsFinalizing, (void)) /* before */ \
  _(int, PyGC_Disable, (void))     /* 3.10, as the next two */ \
  _(int, PyGC_Enable, (void))     \
  _(int, PyGC_IsEnabled, (void))

struct gft_python_api {
#define GFT_FIELD(type, name, parameters) type(*name) parameters;
  GFT_PYTHON_FUNCTIONS(GFT_FIELD)
  GFT_PYTHON_OPTIONAL(GFT_FIELD)
#undef GFT_FIELD
  PyObject *none;
  PyObject *exception; /* the class Exception */
};

/* The interface of a supported Python (3.8 or newer) in this process, or NULL. */
const struct gft_python_api *gft_python_api(void);

/* Whether there is a Python and the calling thread, of the program's, does not
 * hold its GIL: the agent may come to hold it meanwhile. */
bool gft_python_elsewhere(void);

/* One stay of the agent in Python. hold_* count the time with the GIL held. */
struct gft_stay {
  const struct gft_python_api *py;
  int gil;
  uint64_t held_since, hold_ns, worst_ns;
  bool gc_rests;       /* see gft_gc_rest */
  uint64_t unsplit_ns;
};
bool gft_python_enter(struct gft_stay *stay); /* false: not now, or never again */
void gft_python_leave(struct gft_stay *stay);
/* Gives others a turn when the GIL has been held for longer than a piece of
 * work may take (unsplit_ns while the collector rests: others would have it
 * collect our objects); false when the interpreter is ending: leave soon. */
bool gft_python_yield(struct gft_stay *stay);
/* gc.c: the program's garbage collector rests, until it is woken or the GIL is
 * given up; a hold of up to unsplit_ns is not split meanwhile. From here on no
 * bytecode may run until it is woken. Nothing happens where the program has
 * switched it off itself. */
void gft_gc_rest(struct gft_stay *stay, uint64_t unsplit_ns);
void gft_gc_wake(struct gft_stay *stay);
/* The same around one call of a C function; true: it is to be switched on again.
 * A pending exception stays as it is. */
bool gft_gc_off(const struct gft_python_api *py);
void gft_gc_on(const struct gft_python_api *py);
/* Whether the interpreter's end has begun. */
bool gft_python_ending(void);
/* Set while something must still be written before the program goes: the
 * interpreter's end waits for it first, while Python can still be entered. */
void gft_python_before_end(bool (*busy)(void));
/* The interpreter's end waits, although the agent is outside: what it calls
 * there may go in. False: the end has begun. */
bool gft_python_keep(void);
void gft_python_let_go(void);
/* A release is underway: the interpreter's end waits for it longer. */
void gft_python_releasing(bool releasing);
/* What is done at the interpreter's end, on its thread, when the agent has left
 * Python for good. */
void gft_python_at_end(void (*done)(struct gft_stay *stay));
/* Registers the handshake with the interpreter's end; false when Python's
 * atexit module is not loaded (it is never imported by us). */
bool gft_python_promise(struct gft_stay *stay);
/* The same again, so that it comes before what the program has registered since. */
bool gft_python_end_first(struct gft_stay *stay);

/* Takes the pending exception as text (empty: there was none). */
void gft_python_error(struct gft_stay *stay, char *text, size_t size);
/* Copies a str; anything else leaves field empty. */
void gft_python_text(struct gft_stay *stay, PyObject *object, char *field, size_t size);
/* Whether an object is this str. */
bool gft_python_is(struct gft_stay *stay, PyObject *object, PyObject *word);
/* A non-negative int; GFT_UNKNOWN for None and for everything else. */
uint64_t gft_python_number(struct gft_stay *stay, PyObject *object);

#endif
