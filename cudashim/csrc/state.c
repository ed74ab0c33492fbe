/* Starting the agent, once, after the first successful CUDA call or by a door;
 * never in a fork child of a process whose agent runs. There is no constructor. */
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "oom.h"

/* Python code runs on this stack, and static TLS of big libraries lies in it. */
#define AGENT_STACK (2u << 20)

_Atomic int gft_state = GFT_STATE_IDLE;

static void in_fork_child(void) { atomic_store(&gft_state, GFT_STATE_DEAD); }

static bool wanted(void) {
  if (getauxval(AT_SECURE) != 0) return false;
  const char *disable = getenv("GPUFRAGTOP_DISABLE");
  return disable == NULL || strcmp(disable, "1") != 0;
}

static bool launch(struct gft_process *process) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, AGENT_STACK);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* the agent inherits it: no signal of the program lands there */
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, gft_agent, process);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

extern const char __ehdr_start __attribute__((visibility("hidden"))); /* where this library is mapped */

/* Objects come in the order of their loading. */
static int us_or_libc(struct dl_phdr_info *object, size_t size, void *us) {
  (void)size;
  *(bool *)us = object->dlpi_addr == (uintptr_t)&__ehdr_start;
  return *(bool *)us || (object->dlpi_name != NULL && strstr(object->dlpi_name, "/libc.so.") != NULL);
}

static _Atomic bool in_front;

bool gft_in_front(void) { return atomic_load_explicit(&in_front, memory_order_relaxed); }

int gft_start(void) {
  static struct gft_process process; /* written once, here, before the agent exists */
  int idle = GFT_STATE_IDLE, saved = errno, failed = EPERM;
  if (!atomic_compare_exchange_strong(&gft_state, &idle, GFT_STATE_RUNNING)) {
    return idle == GFT_STATE_RUNNING ? 0 : ECANCELED;
  }
  if (wanted()) {
    bool us = false;
    dl_iterate_phdr(us_or_libc, &us);
    atomic_store(&in_front, us);
    gft_process_read(&process);
    gft_driver_watch_exit();
    if (process.reports) gft_oom_begin();
    failed = pthread_atfork(NULL, NULL, in_fork_child) == 0 && launch(&process) ? 0 : EAGAIN;
  }
  if (failed != 0) atomic_store(&gft_state, GFT_STATE_DEAD);
  errno = saved;
  return failed;
}
