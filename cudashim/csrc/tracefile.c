/* The memfd that carries one trace to the monitor that asked for it. It is made
 * at full size, as the page is, written through a mapping (the program may close
 * the descriptor at any time) and given up as soon as it has been read. Not
 * sealed against writing: then its memory could not be given back while a fork
 * child still has the descriptor. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim.h"

#define ALIGNED(size) (((size) + 63) & ~(size_t)63)

bool gft_trace_open(struct gft_trace_file *file, size_t walk, size_t events) {
  size_t events_at = GFT_TRACE_WALK_OFFSET + ALIGNED(sizeof(struct gft_slot_header) + walk);
  struct gft_trace_file made = {.size = events_at + sizeof(struct gft_slot_header) + events, .events_length = events};
  made.fd = gft_memfd(GFT_TRACE_NAME, made.size);
  if (made.fd < 0) return false;
  made.inode = gft_inode(made.fd);
  made.at = gft_map(made.fd, made.size, 0);
  if (made.at == NULL) {
    close(made.fd);
    return false;
  }
  made.events = made.at + events_at;
  *file = made;
  return true;
}

void gft_trace_publish(struct gft_trace_file *file, const struct gft_page_header *page, uint64_t request_id,
                       uint32_t flags, uint64_t recorded_ns) {
  struct gft_trace_header *header = (struct gft_trace_header *)(void *)file->at;
  header->abi_major = GFT_ABI_MAJOR;
  header->abi_minor = GFT_ABI_MINOR;
  header->size = file->size;
  header->pid = page->pid;
  header->flags = flags;
  header->start_ticks = page->start_ticks;
  header->request_id = request_id;
  header->events_offset = (uint64_t)(file->events - file->at);
  header->recorded_ns = recorded_ns;
  gft_set64(&header->magic, GFT_TRACE_MAGIC);
}

void gft_trace_close(struct gft_trace_file *file) {
  if (file->at == NULL) return;
  madvise(file->at, file->size, MADV_REMOVE); /* a monitor that reads it now sees zeros, and no checksum that fits */
  munmap(file->at, file->size);
  if (gft_inode(file->fd) == file->inode) close(file->fd); /* else the number is the program's own by now */
  *file = (struct gft_trace_file){.fd = -1};
}
