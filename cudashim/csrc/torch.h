/* The framework agent: agent.py's functions, called from C. */
#ifndef GPUFRAGTOP_TORCH_H
#define GPUFRAGTOP_TORCH_H

#include "pyapi.h"

/* What the framework said in one stay. */
struct gft_look {
  enum gft_walk_status status; /* OK: there are figures; else why not */
  bool traces;                 /* a snapshot would copy the recorded history */
  uint64_t taken_ns;
  struct gft_facts facts;
  struct gft_device device[GFT_MAX_DEVICES];
  uint32_t ranks_flags, rank, world_size; /* as in the page's header */
  char error[128];
};

/* Each is called within a stay in Python. */
void gft_look_at(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context,
                 int contexts, struct gft_look *look);
/* A list of segments as PyTorch gives it, or NULL with look->error set. */
PyObject *gft_torch_segments(struct gft_stay *stay, struct gft_look *look);
/* The list of segments in a snapshot, which is taken; or NULL with look->error set. */
PyObject *gft_torch_segments_of(struct gft_stay *stay, PyObject *snapshot, struct gft_look *look);
/* The collector of cyclic garbage rests; true: it is to be woken by PyGC_Enable. */
bool gft_gc_rests(const struct gft_python_api *py);
/* As gft_look_at for the one device of contexts, by the memory_stats that
 * PyTorch gave at the moment of interest; stats is borrowed. */
void gft_look_back(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context,
                   int contexts, PyObject *stats, struct gft_look *look);
/* Whether PyTorch is imported; costs nothing. */
bool gft_torch_present(struct gft_stay *stay);
/* Attaches an observer of out-of-memory errors: None = not yet, () = never, else
 * the tuple of oom_attach in agent.py; NULL with why set. The observer is borrowed. */
PyObject *gft_torch_observe(struct gft_stay *stay, PyObject *observer, char *why, size_t size);
/* Whether a release can do no harm among several ranks; if not, why. */
bool gft_torch_may_release(struct gft_stay *stay, char *why, size_t size);
/* held: the GIL was, during all of the call. */
bool gft_torch_release(struct gft_stay *stay, int ordinal, bool *held, char *error, size_t size);
bool gft_torch_reserved(struct gft_stay *stay, const struct gft_context *context, int contexts,
                        uint64_t reserved[GFT_MAX_DEVICES]);

/* walk.c: converts a list of segments (the reference is taken) into a walk
 * slot of at most room bytes of payload, which map makes room for. The slot is ready to be published if true;
 * else why says why not, and a slot that was mapped is the caller's to unmap. */
#define GFT_WALK_ROOM (GFT_WALK_STRIDE - sizeof(struct gft_slot_header))
typedef bool gft_walk_mapper(void *where, struct gft_walk_slot *out, size_t payload);
bool gft_walk_convert(struct gft_stay *stay, gft_walk_mapper *map, void *where, size_t room, const struct gft_look *look,
                      PyObject *segments, struct gft_walk_slot *slot, bool *cut, char *why, size_t size);

/* What the framework says when it is asked to record history. */
enum gft_history {
  GFT_HISTORY_STARTED, /* by us, just now */
  GFT_HISTORY_THEIRS,  /* it is on already, or the program has switched it meanwhile */
  GFT_HISTORY_OURS,    /* it is still as we left it */
  GFT_HISTORY_OFF,     /* the program has switched it off */
  GFT_HISTORY_FAILED   /* why says why */
};
/* Switches history on unless it is; STARTED, THEIRS or FAILED. */
enum gft_history gft_torch_record(struct gft_stay *stay, uint64_t entries, char *why, size_t size);
/* Whose the history is: OURS, THEIRS, OFF or FAILED. */
enum gft_history gft_torch_recorded(struct gft_stay *stay, char *why, size_t size);
/* Switches history off if it is still as we left it; false: it may be on, ask again. */
bool gft_torch_record_end(struct gft_stay *stay, char *why, size_t size);
/* A tuple of the segments and the list of traces, by ordinal, of one moment; or NULL with look->error set. */
PyObject *gft_torch_trace(struct gft_stay *stay, const struct gft_context *context, int contexts, struct gft_look *look);

/* trace.c: converts such a tuple (the reference is taken), each trace to its
 * last entries at most, into a trace file; not yet published. */
bool gft_trace_convert(struct gft_stay *stay, const struct gft_look *look, PyObject *both, uint64_t entries,
                       struct gft_trace_file *file, uint64_t *events, char *why, size_t size);

/* watch.c: functions for agent.py, which know of calls to PyTorch's switch of the history. */
void gft_watch_functions(struct gft_stay *stay, PyObject *names);

#endif
