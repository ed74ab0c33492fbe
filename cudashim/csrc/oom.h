/* Out-of-memory errors: noted where they happen, told by the agent. */
#ifndef GPUFRAGTOP_OOM_H
#define GPUFRAGTOP_OOM_H

#include "pyapi.h"

/* What is known of one error when it is noted. */
struct gft_oom {
  uint64_t at_ns, at_realtime_ns;
  uint64_t asked, free, limit; /* limit: the device's memory, or the cap of the process; GFT_UNKNOWN where not told */
  int ordinal;                 /* of the device; -1 = not known */
  const char *call;            /* the function that was refused; NULL: PyTorch's observer told it */
  bool report;                 /* it is worth a report, by its pace */
  uint64_t more;               /* others since, which this one stands for */
  /* By the observer only. The objects belong to whoever took the error. */
  PyObject *stats, *snapshot;       /* NULL: none, see no_walk */
  enum gft_walk_status no_walk;
  uint64_t snapshot_ns, hold_ns;    /* when it was taken, and how long the GIL was held for all of it */
  uint64_t stream;                  /* GFT_UNKNOWN: not known */
  bool other_thread;                /* the stack is the main thread's */
  const char *stack;                /* lines of text */
};

/* Errors are noted from now on: an agent is about to be there. */
void gft_oom_begin(void);
/* The function that PyTorch shall call; NULL if that failed. */
PyObject *gft_oom_observer(struct gft_stay *stay);
/* What agent.py's oom_attach gave, once PyTorch calls the observer. The reference is taken. */
void gft_oom_observed(PyObject *tools);
/* How many looks at the process, whether PyTorch tells its errors, were wanted
 * so far; and that so many are done: whoever waits for one of them waits no longer. */
uint64_t gft_oom_looks_wanted(void);
void gft_oom_looked(uint64_t wanted);
/* What a walk is expected to cost, for the next error, and the most it may. */
void gft_oom_expect(double ns_per_block, uint64_t most_ns);

/* hooks.c: memory is about to be asked for, perhaps for the first time. */
void gft_oom_first_call(void);
/* hooks.c: the room of a device has been asked for, as PyTorch does before it gives up. May wait as gft_oom_call does. */
void gft_oom_room_asked(void);
/* hooks.c: a call was refused for want of memory. Lock-free; may wait for the agent, rarely and briefly. */
void gft_oom_call(const char *call, size_t size);

/* The agent's side. The error that is to be told, or NULL; then done. */
struct gft_oom *gft_oom_take(uint64_t now);
void gft_oom_done(struct gft_oom *oom);
/* When there will be something to tell: UINT64_MAX = nothing is known of. */
uint64_t gft_oom_due(void);
/* Whether an error with a report is not told yet. */
bool gft_oom_reporting(void);

#endif
