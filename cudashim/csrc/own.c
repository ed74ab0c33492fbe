/* The release function that the program has registered. The agent calls it; the
 * program may take it back at any moment, on any thread, but while it runs it
 * stays. */
#include "../include/gpufragtop.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "shim.h"

#define GLANCE (200 * 1000ull)

static struct {
  gpufragtop_release_function release; /* NULL: there is none */
  void *context;
  char name[GFT_OWN_NAME];
  pthread_t caller; /* while one runs */
} own;
static _Atomic bool locked;      /* for a few instructions at a time, never while the function runs */
static _Atomic uint64_t running; /* the number of the call underway, 0 = none */

static void lock(void) {
  while (atomic_exchange(&locked, true)) gft_nap(GLANCE / 10);
}

static void unlock(void) { atomic_store(&locked, false); }

/* In a fork child whoever held the lock or ran the function is not there. */
static void in_fork_child(void) {
  atomic_store(&running, 0);
  unlock();
}

static bool forks_are_seen(void) {
  static _Atomic bool seen;
  return atomic_exchange(&seen, true) || pthread_atfork(NULL, NULL, in_fork_child) == 0;
}

__attribute__((visibility("default"))) int gpufragtop_set_release(gpufragtop_release_function release, void *context,
                                                                  const char *name) {
  if (release != NULL && (name == NULL || *name == '\0')) return EINVAL;
  if (!forks_are_seen()) return ENOMEM;
  lock();
  uint64_t call = atomic_load(&running);
  if (call != 0 && pthread_equal(own.caller, pthread_self())) {
    unlock();
    return EDEADLK;
  }
  own.release = release;
  own.context = context;
  gft_text(own.name, sizeof own.name, release == NULL ? "" : name);
  unlock();
  while (call != 0 && atomic_load(&running) == call) gft_nap(GLANCE);
  return 0;
}

bool gft_own_name(char name[GFT_OWN_NAME]) {
  lock();
  memcpy(name, own.name, sizeof own.name);
  bool there = own.release != NULL;
  unlock();
  return there;
}

bool gft_own_call(struct gft_own_answer *out) {
  static uint64_t calls; /* the agent thread only */
  *out = (struct gft_own_answer){.bytes = GFT_UNKNOWN};
  lock();
  gpufragtop_release_function release = own.release;
  void *context = own.context;
  memcpy(out->name, own.name, sizeof own.name);
  own.caller = pthread_self();
  if (release != NULL) atomic_store(&running, ++calls);
  unlock();
  if (release == NULL) return false;
  uint64_t start = gft_now();
  size_t bytes = release(context);
  out->took_ns = gft_now() - start;
  atomic_store(&running, 0);
  if (bytes != GPUFRAGTOP_UNKNOWN) out->bytes = bytes;
  return true;
}
