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
  char error[128];
};

/* Each is called within a stay in Python. */
void gft_look_at(struct gft_stay *stay, const struct gft_process *process, const struct gft_context *context,
                 int contexts, struct gft_look *look);
/* A list of segments as PyTorch gives it, or NULL with look->error set. */
PyObject *gft_torch_segments(struct gft_stay *stay, struct gft_look *look);
/* Whether a release is safe; if not, why. */
bool gft_torch_may_release(struct gft_stay *stay, char *why, size_t size);
/* held: the GIL was, during all of the call. */
bool gft_torch_release(struct gft_stay *stay, int ordinal, bool *held, char *error, size_t size);
bool gft_torch_reserved(struct gft_stay *stay, const struct gft_context *context, int contexts,
                        uint64_t reserved[GFT_MAX_DEVICES]);

/* walk.c: converts a list of segments (the reference is taken) into a walk
 * slot. The slot is ready to be published if true; else why says why not. */
bool gft_walk_convert(struct gft_stay *stay, struct gft_pages *pages, const struct gft_look *look,
                      PyObject *segments, struct gft_walk_slot *slot, bool *cut, char *why, size_t size);

#endif
