#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python.h"

enum kind { NONE, INT, STRING, BYTES, TUPLE, LIST, DICT, FUNCTION };

struct method { /* PyMethodDef */
  const char *name;
  function call;
  int flags;
  const char *doc;
};

struct _object {
  long references;
  enum kind kind;
  unsigned long long number;
  char *text;
  ptrdiff_t size;
  PyObject **item; /* of a dict: key, value, key, value */
  const struct method *method;
  PyObject *self;
};

PyObject _Py_NoneStruct = {.references = 1, .kind = NONE};
static long alive;
static _Thread_local char *raised;

static PyObject *make(enum kind kind, ptrdiff_t items) {
  python_need_lock();
  PyObject *object = calloc(1, sizeof *object);
  CHECK(object != NULL && items >= 0);
  object->references = 1;
  object->kind = kind;
  object->size = items;
  if (items > 0) object->item = calloc((size_t)items, sizeof *object->item);
  alive++;
  return object;
}

static void drop(PyObject *object) {
  for (ptrdiff_t i = 0; i < object->size; i++) Py_DecRef(object->item[i]);
  Py_DecRef(object->self);
  free(object->item);
  free(object->text);
  free(object);
  alive--;
}

static PyObject *is(PyObject *object, enum kind kind) {
  python_need_lock();
  if (object != NULL && object->kind == kind) return object;
  python_raise("an object of another kind");
  return NULL;
}

long python_objects(void) { return alive; }
PyObject *python_dict(void) { return make(DICT, 0); }
PyObject *python_list(ptrdiff_t size) { return make(LIST, size); }
PyObject *python_none(void) {
  Py_IncRef(&_Py_NoneStruct);
  return &_Py_NoneStruct;
}
PyObject *python_string(const char *text) {
  PyObject *string = make(STRING, 0);
  string->text = strdup(text);
  return string;
}

void Py_IncRef(PyObject *object) {
  python_need_lock();
  if (object != NULL) object->references++;
}

void Py_DecRef(PyObject *object) {
  python_need_lock();
  if (object == NULL) return;
  CHECK(object->references > 0);
  if (--object->references == 0) drop(object);
}

static PyObject *item(PyObject *object, enum kind kind, ptrdiff_t at) {
  if (is(object, kind) == NULL) return NULL;
  if (at >= 0 && at < object->size) return object->item[at];
  python_raise("index out of range");
  return NULL;
}

static int set_item(PyObject *object, enum kind kind, ptrdiff_t at, PyObject *value) {
  if (is(object, kind) == NULL || at < 0 || at >= object->size) {
    Py_DecRef(value);
    return -1;
  }
  Py_DecRef(object->item[at]);
  object->item[at] = value;
  return 0;
}

PyObject *PyTuple_New(ptrdiff_t size) { return make(TUPLE, size); }
ptrdiff_t PyTuple_Size(PyObject *tuple) { return is(tuple, TUPLE) == NULL ? -1 : tuple->size; }
PyObject *PyTuple_GetItem(PyObject *tuple, ptrdiff_t at) { return item(tuple, TUPLE, at); }
int PyTuple_SetItem(PyObject *tuple, ptrdiff_t at, PyObject *value) { return set_item(tuple, TUPLE, at, value); }
ptrdiff_t PyList_Size(PyObject *list);
ptrdiff_t PyList_Size(PyObject *list) { return is(list, LIST) == NULL ? -1 : list->size; }
PyObject *PyList_GetItem(PyObject *list, ptrdiff_t at);
PyObject *PyList_GetItem(PyObject *list, ptrdiff_t at) { return item(list, LIST, at); }
int PyList_SetItem(PyObject *list, ptrdiff_t at, PyObject *value) { return set_item(list, LIST, at, value); }

PyObject *PyDict_New(void);
PyObject *PyDict_New(void) { return python_dict(); }

static PyObject **place(PyObject *dict, const char *key) {
  python_need_lock();
  if (dict == NULL || dict->kind != DICT) return NULL;
  for (ptrdiff_t i = 0; i < dict->size; i += 2) {
    if (strcmp(dict->item[i]->text, key) == 0) return &dict->item[i + 1];
  }
  return NULL;
}

PyObject *PyDict_GetItemString(PyObject *dict, const char *key) {
  PyObject **at = place(dict, key);
  return at == NULL ? NULL : *at;
}

PyObject *PyDict_GetItem(PyObject *dict, PyObject *key);
PyObject *PyDict_GetItem(PyObject *dict, PyObject *key) { return is(key, STRING) ? PyDict_GetItemString(dict, key->text) : NULL; }

void python_put(PyObject *dict, const char *key, PyObject *value) {
  PyObject **at = place(dict, key);
  CHECK(dict->kind == DICT);
  if (at != NULL) {
    Py_DecRef(*at);
    *at = value;
    return;
  }
  dict->item = realloc(dict->item, (size_t)(dict->size + 2) * sizeof *dict->item);
  dict->item[dict->size] = python_string(key);
  dict->item[dict->size + 1] = value;
  dict->size += 2;
}

int PyDict_SetItemString(PyObject *dict, const char *key, PyObject *value);
int PyDict_SetItemString(PyObject *dict, const char *key, PyObject *value) {
  Py_IncRef(value);
  python_put(dict, key, value);
  return 0;
}

PyObject *PyLong_FromUnsignedLongLong(unsigned long long value) {
  PyObject *number = make(INT, 0);
  number->number = value;
  return number;
}

unsigned long long PyLong_AsUnsignedLongLong(PyObject *object) {
  return is(object, INT) == NULL ? ~0ull : object->number;
}

PyObject *PyUnicode_InternFromString(const char *text);
PyObject *PyUnicode_InternFromString(const char *text) { return python_string(text); }

PyObject *PyUnicode_AsUTF8String(PyObject *object);
PyObject *PyUnicode_AsUTF8String(PyObject *object) {
  if (is(object, STRING) == NULL) return NULL;
  PyObject *bytes = make(BYTES, 0);
  bytes->text = strdup(object->text);
  return bytes;
}

int PyBytes_AsStringAndSize(PyObject *object, char **text, ptrdiff_t *size);
int PyBytes_AsStringAndSize(PyObject *object, char **text, ptrdiff_t *size) {
  if (is(object, BYTES) == NULL) return -1;
  *text = object->text;
  *size = (ptrdiff_t)strlen(object->text);
  return 0;
}

int PyUnicode_Compare(PyObject *a, PyObject *b);
int PyUnicode_Compare(PyObject *a, PyObject *b) { return is(a, STRING) && is(b, STRING) ? strcmp(a->text, b->text) : -1; }

PyObject *PyObject_Str(PyObject *object);
PyObject *PyObject_Str(PyObject *object) {
  Py_IncRef(object);
  return object;
}

int PyObject_IsTrue(PyObject *object);
int PyObject_IsTrue(PyObject *object) {
  python_need_lock();
  return object->kind != NONE && (object->kind != INT || object->number != 0);
}

PyObject *PyObject_GetAttrString(PyObject *object, const char *name);
PyObject *PyObject_GetAttrString(PyObject *object, const char *name) {
  PyObject *found = PyDict_GetItemString(object, name); /* modules are dicts here */
  if (found == NULL) python_raise("no such attribute");
  Py_IncRef(found);
  return found;
}

PyObject *PyCFunction_NewEx(struct method *method, PyObject *self, PyObject *module);
PyObject *PyCFunction_NewEx(struct method *method, PyObject *self, PyObject *module) {
  PyObject *made = make(FUNCTION, 0);
  (void)module;
  made->method = method;
  Py_IncRef(self);
  made->self = self;
  return made;
}

PyObject *python_function(function call) {
  struct method *method = calloc(1, sizeof *method); /* lives as long as the program, as in CPython */
  static struct method *made[64];
  static size_t count;
  CHECK(count < sizeof made / sizeof *made);
  made[count++] = method;
  method->call = call;
  method->flags = 1;
  return PyCFunction_NewEx(method, NULL, NULL);
}

PyObject *PyObject_CallObject(PyObject *callable, PyObject *arguments) {
  if (is(callable, FUNCTION) == NULL) return NULL;
  CHECK(raised == NULL); /* CPython may not be called with an exception pending */
  Py_IncRef(callable);
  PyObject *result = callable->method->call(callable->self, arguments);
  CHECK((result == NULL) == (raised != NULL));
  Py_DecRef(callable);
  return result;
}

PyObject *PyObject_Call(PyObject *callable, PyObject *arguments, PyObject *named);
PyObject *PyObject_Call(PyObject *callable, PyObject *arguments, PyObject *named) {
  (void)named;
  return PyObject_CallObject(callable, arguments);
}

void python_raise(const char *words) {
  free(raised);
  raised = strdup(words);
}

PyObject *PyErr_Occurred(void);
PyObject *PyErr_Occurred(void) { return raised == NULL ? NULL : &_Py_NoneStruct; }

PyObject *PyExc_Exception = &_Py_NoneStruct;
int PyErr_ExceptionMatches(PyObject *type);
int PyErr_ExceptionMatches(PyObject *type) { return raised != NULL && type == PyExc_Exception; }

void PyErr_Clear(void);
void PyErr_Clear(void) {
  python_need_lock();
  free(raised);
  raised = NULL;
}

void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **trace);
void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **trace) {
  *type = *value = *trace = NULL;
  if (raised == NULL) return;
  *type = python_none();
  *value = python_string(raised);
  PyErr_Clear();
}

void PyErr_Restore(PyObject *type, PyObject *value, PyObject *trace);
void PyErr_Restore(PyObject *type, PyObject *value, PyObject *trace) {
  if (value != NULL) python_raise(value->text);
  Py_DecRef(type);
  Py_DecRef(value);
  Py_DecRef(trace);
}
