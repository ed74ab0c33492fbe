/* Writes into the page. One writer, the agent thread; readers take copies at
 * any moment, so that whatever makes a record valid is stored last. */
#include <string.h>
#include <sys/mman.h>

#include "shim.h"

void gft_slot_close(struct gft_slot_header *slot, uint64_t seq, uint64_t length, uint64_t taken_ns, uint64_t hold_ns) {
  slot->length = length;
  slot->checksum = gft_checksum(slot + 1, length);
  slot->taken_ns = taken_ns;
  slot->hold_ns = hold_ns;
  gft_set64(&slot->seq, seq);
}

/* A slot that is being overwritten is nobody's: a reader that still holds its
 * old number sees that. */
void gft_slot_open(struct gft_slot_header *slot) {
  gft_set64(&slot->seq, 0);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void gft_publish_counters(struct gft_pages *pages, const struct gft_facts *facts, const struct gft_device *device,
                          uint64_t taken_ns, uint64_t hold_ns) {
  uint64_t seq = pages->header->counters_seq + 1;
  unsigned char *at = pages->base + GFT_COUNTERS_OFFSET + (seq & 1) * GFT_COUNTERS_STRIDE;
  struct gft_slot_header *slot = (struct gft_slot_header *)(void *)at;
  size_t devices = facts->devices * sizeof *device;
  gft_slot_open(slot);
  memcpy(at + sizeof *slot, facts, sizeof *facts);
  memcpy(at + sizeof *slot + sizeof *facts, device, devices);
  gft_slot_close(slot, seq, sizeof *facts + devices, taken_ns, hold_ns);
  gft_set64(&pages->header->counters_seq, seq);
}

/* A second mapping of what an anchor maps, made longer. Not by the descriptor:
 * the program may have closed it and have a file of its own behind the number. */
static void *lengthen(void *anchor, size_t size) {
  void *at = mremap(anchor, 0, size, MREMAP_MAYMOVE);
  if (at == MAP_FAILED) return NULL;
  madvise(at, size, MADV_DONTFORK);
  return at;
}

/* Only what a walk needs is mapped, and only while it is written: the job's
 * address space and locked memory stay as they were. */
bool gft_walk_map(struct gft_pages *pages, struct gft_walk_slot *out, size_t payload) {
  out->seq = pages->walk_seq + 1;
  out->length = payload;
  out->slot = lengthen(pages->anchor[out->seq & 1], sizeof(struct gft_slot_header) + payload);
  if (out->slot == NULL) return false;
  gft_slot_open((struct gft_slot_header *)(void *)out->slot);
  return true;
}

void gft_walk_unmap(struct gft_walk_slot *slot) {
  if (slot->slot != NULL) munmap(slot->slot, sizeof(struct gft_slot_header) + slot->length);
  slot->slot = NULL;
}

void gft_walk_publish(struct gft_pages *pages, struct gft_walk_slot *slot, uint64_t taken_ns, uint64_t hold_ns) {
  gft_slot_close((struct gft_slot_header *)(void *)slot->slot, slot->seq, slot->length, taken_ns, hold_ns);
  gft_walk_unmap(slot);
  pages->header->walks++;
  pages->walk_seq = slot->seq;
  gft_set64(&pages->header->walk_seq, slot->seq);
}

/* Gives the memory of both walk slots back. The numbers go on counting, so
 * that no later walk is taken for an earlier one. */
void gft_walk_punch(struct gft_pages *pages) {
  gft_set64(&pages->header->walk_seq, 0);
  for (int i = 0; i < 2; i++) {
    void *slot = lengthen(pages->anchor[i], GFT_WALK_STRIDE);
    if (slot == NULL) continue;
    madvise(slot, GFT_WALK_STRIDE, MADV_REMOVE);
    munmap(slot, GFT_WALK_STRIDE);
  }
}

void gft_publish_answer(struct gft_pages *pages, int slot, const struct gft_answer *answer) {
  struct gft_answer *at =
      (struct gft_answer *)(void *)(pages->base + GFT_ANSWERS_OFFSET + (unsigned)slot * GFT_ANSWER_STRIDE);
  gft_set64(&at->request_id_end, 0);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  struct gft_answer open = *answer;
  open.request_id_end = 0;
  *at = open;
  gft_set64(&at->request_id_end, answer->request_id);
}

static void publish_event(struct gft_pages *pages, const struct gft_event *event) {
  uint64_t number = pages->header->event_next;
  struct gft_event *at =
      (struct gft_event *)(void *)(pages->base + GFT_EVENTS_OFFSET + (number % GFT_EVENT_SLOTS) * GFT_EVENT_STRIDE);
  gft_set64(&at->number, 0);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  struct gft_event open = *event;
  open.number = 0;
  *at = open;
  gft_set64(&at->number, number + 1);
  gft_set64(&pages->header->event_next, number + 1);
}

void gft_publish_event(struct gft_pages *pages, enum gft_event_kind kind, const char *text) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  struct gft_event event = {.at_realtime_ns = (uint64_t)wall.tv_sec * GFT_SECOND + (uint64_t)wall.tv_nsec, .kind = kind};
  gft_text(event.text, sizeof event.text, text);
  publish_event(pages, &event);
}

void gft_publish_oom(struct gft_pages *pages, const struct gft_report_header *report, const char *text) {
  struct gft_event event = {
      .at_realtime_ns = report->at_realtime_ns,
      .kind = GFT_EVENT_OOM,
      .more = report->more > UINT32_MAX ? UINT32_MAX : (uint32_t)report->more,
      .asked_bytes = report->asked_bytes,
      .device_free_bytes = report->device_free_bytes,
  };
  memcpy(event.uuid, report->uuid, sizeof event.uuid);
  gft_text(event.text, sizeof event.text, text);
  publish_event(pages, &event);
}

void gft_publish_error(struct gft_pages *pages, const char *text) {
  gft_text(pages->header->last_error, sizeof pages->header->last_error, text);
}
