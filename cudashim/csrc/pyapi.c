#include <dlfcn.h>
#include <string.h>

#include "pyapi.h"

/* An embedder may have loaded libpython with RTLD_LOCAL. */
static void *handle_of_python(void) {
  if (dlsym(RTLD_DEFAULT, "Py_GetVersion") != NULL) return RTLD_DEFAULT;
  return gft_loaded("libpython3");
}

static bool supported(const char *version) {
  if (version == NULL) return false;
  const char *dot = strchr(version, '.');
  if (dot == NULL) return false;
  uint64_t major = gft_number(version, 0), minor = gft_number(dot + 1, 0);
  return major > 3 || (major == 3 && minor >= 8);
}

static bool look_up(struct gft_python_api *api) {
  void *python = handle_of_python();
  if (python == NULL && dlsym(RTLD_DEFAULT, "Py_GetVersion") == NULL) return false;
  const char *(*version)(void) = NULL;
  *(void **)&version = dlsym(python, "Py_GetVersion");
  if (version == NULL || !supported(version())) return false;
  bool complete = true;
#define GFT_LOOK_UP(type, name, parameters) *(void **)&api->name = dlsym(python, #name);
#define GFT_REQUIRE(type, name, parameters) complete = complete && api->name != NULL;
  GFT_PYTHON_FUNCTIONS(GFT_LOOK_UP)
  GFT_PYTHON_OPTIONAL(GFT_LOOK_UP)
  GFT_PYTHON_FUNCTIONS(GFT_REQUIRE)
#undef GFT_LOOK_UP
#undef GFT_REQUIRE
  api->none = dlsym(python, "_Py_NoneStruct");
  PyObject **exception = dlsym(python, "PyExc_Exception");
  api->exception = exception == NULL ? NULL : *exception;
  return complete && api->none != NULL && exception != NULL;
}

const struct gft_python_api *gft_python_api(void) {
  static struct gft_python_api api; /* the agent thread only */
  static bool found;
  if (!found) found = look_up(&api);
  return found ? &api : NULL;
}

/* Looked up anew each time: this is asked a few times, on any thread, while the
 * agent may be looking up the rest. */
bool gft_python_elsewhere(void) {
  int (*holds)(void) = NULL;
  *(void **)&holds = dlsym(RTLD_DEFAULT, "PyGILState_Check");
  if (holds == NULL) {
    void *python = gft_loaded("libpython3");
    if (python != NULL) *(void **)&holds = dlsym(python, "PyGILState_Check");
  }
  return holds != NULL && holds() == 0;
}

void gft_python_error(struct gft_stay *stay, char *text, size_t size) {
  const struct gft_python_api *py = stay->py;
  PyObject *type = NULL, *value = NULL, *trace = NULL;
  gft_text(text, size, "");
  py->PyErr_Fetch(&type, &value, &trace);
  PyObject *words = value == NULL ? NULL : py->PyObject_Str(value);
  if (words != NULL) gft_python_text(stay, words, text, size);
  py->PyErr_Clear(); /* of the conversion itself */
  if (type != NULL && text[0] == '\0') gft_text(text, size, "an exception without words");
  py->Py_DecRef(words);
  py->Py_DecRef(type);
  py->Py_DecRef(value);
  py->Py_DecRef(trace);
}

void gft_python_text(struct gft_stay *stay, PyObject *object, char *field, size_t size) {
  const struct gft_python_api *py = stay->py;
  char *bytes = NULL;
  ptrdiff_t length = 0;
  gft_text(field, size, "");
  PyObject *encoded = object == NULL || object == py->none ? NULL : py->PyUnicode_AsUTF8String(object);
  if (encoded != NULL && py->PyBytes_AsStringAndSize(encoded, &bytes, &length) == 0) gft_text(field, size, bytes);
  py->PyErr_Clear();
  py->Py_DecRef(encoded);
}

bool gft_python_is(struct gft_stay *stay, PyObject *object, PyObject *word) {
  const struct gft_python_api *py = stay->py;
  if (object == word || object == NULL || word == NULL) return object != NULL && object == word;
  bool same = py->PyUnicode_Compare(object, word) == 0; /* sees that it is no str, unlike the function for C strings */
  py->PyErr_Clear();
  return same;
}

uint64_t gft_python_number(struct gft_stay *stay, PyObject *object) {
  const struct gft_python_api *py = stay->py;
  if (object == NULL || object == py->none) return GFT_UNKNOWN;
  uint64_t value = py->PyLong_AsUnsignedLongLong(object);
  if (value == UINT64_MAX && py->PyErr_Occurred() != NULL) {
    py->PyErr_Clear();
    return GFT_UNKNOWN;
  }
  return value;
}
