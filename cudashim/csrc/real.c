/* Finds the function that a call would have reached without the shim: the next
 * one in the global scope, else (libraries loaded RTLD_LOCAL bring a libcudart
 * that the global scope does not know) the one among the caller's own
 * dependencies, else any loaded library of that name. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>

#include "shim.h"

extern const char __ehdr_start __attribute__((visibility("hidden"))); /* where this library is mapped */

/* An interposer in front of us that asked us for the next function must not
 * get itself back. */
static bool usable(void *found, const char *name) {
  Dl_info in;
  if (found == NULL || found == dlsym(RTLD_DEFAULT, name)) return false;
  return dladdr(found, &in) == 0 || in.dli_fbase != (const void *)&__ehdr_start;
}

struct search {
  const char *prefix;
  char path[4096];
};

static int compare(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size;
  struct search *search = data;
  const char *path = object->dlpi_name;
  if (path == NULL || strlen(path) >= sizeof search->path) return 0;
  const char *slash = strrchr(path, '/');
  const char *file = slash == NULL ? path : slash + 1;
  if (strncmp(file, search->prefix, strlen(search->prefix)) != 0) return 0;
  memcpy(search->path, path, strlen(path) + 1);
  return 1;
}

void *gft_loaded(const char *prefix) {
  struct search search = {.prefix = prefix};
  if (dl_iterate_phdr(compare, &search) == 0) return NULL;
  return dlopen(search.path, RTLD_LAZY | RTLD_NOLOAD);
}

static void *find(const char *name, void *caller) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found != NULL) return found;
  Dl_info in;
  if (dladdr(caller, &in) != 0 && in.dli_fname != NULL) {
    void *library = dlopen(in.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    found = library == NULL ? NULL : dlsym(library, name);
    if (usable(found, name)) return found;
  }
  void *library = gft_loaded(strncmp(name, "cuda", 4) == 0 ? "libcudart" : "libcuda.so");
  found = library == NULL ? NULL : dlsym(library, name);
  return usable(found, name) ? found : NULL;
}

/* Answers are kept per call site: two libraries of one process may each have
 * its own libcudart. Sites are claimed once and never changed; a hook with
 * more call sites than places looks the rest up each time. */
void *gft_real(struct gft_hook *hook, void *caller) {
  struct gft_site *free_site = NULL;
  for (int i = 0; i < GFT_CALL_SITES && free_site == NULL; i++) {
    struct gft_site *site = &hook->site[i];
    void *known = atomic_load_explicit(&site->caller, memory_order_acquire);
    if (known == NULL) free_site = site;
    if (known != caller) continue;
    void *real = atomic_load_explicit(&site->real, memory_order_acquire);
    if (real != NULL) return real;
    break; /* another thread is looking it up */
  }
  int saved = errno;
  void *real = find(hook->name, caller);
  errno = saved;
  void *none = NULL;
  if (real != NULL && free_site != NULL && atomic_compare_exchange_strong(&free_site->caller, &none, caller)) {
    atomic_store_explicit(&free_site->real, real, memory_order_release);
  }
  return real;
}
