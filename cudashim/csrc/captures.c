#include "shim.h"

/* Kept here and not in the page: the hooks also run in fork children and
 * before the page exists. */
static _Atomic uint64_t begins, ends;
static _Atomic bool runtime_seen;

struct gft_captures gft_captures(void) {
  struct gft_captures now;
  now.ends = atomic_load(&ends); /* first: a capture begun in between counts as underway */
  now.begins = atomic_load(&begins);
  now.counted = atomic_load(&runtime_seen) && gft_in_front();
  return now;
}

void gft_runtime_seen(void) {
  if (!atomic_load_explicit(&runtime_seen, memory_order_relaxed)) atomic_store(&runtime_seen, true);
}

void gft_capture_begins(void) { atomic_fetch_add(&begins, 1); }
void gft_capture_ended(void) { atomic_fetch_add(&ends, 1); }
