/* Makes the memfds. Called on the agent thread with all signals blocked:
 * under a file size limit ftruncate then fails instead of ending the program
 * with SIGXFSZ, and the agent stays silent. */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

/* From headers newer than those of the oldest build machine. */
#define CLOEXEC 1u        /* MFD_CLOEXEC */
#define ALLOW_SEALING 2u  /* MFD_ALLOW_SEALING */
#define NOEXEC_SEAL 8u    /* MFD_NOEXEC_SEAL */
#define ADD_SEALS 1033    /* F_ADD_SEALS */
#define SEALS (1 | 2 | 4) /* F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW */

/* A program may expect the lowest numbers for itself. Below 64, where a small
 * process needs no bigger table. */
#define LOWEST_FD 40

#define GFT_ANCHOR_SIZE 4096u /* of each walk slot, mapped all the time; Linux rounds it up to its page */

static const char source_hash[] = "gpufragtop-source-sha256:" GFT_SOURCE_HASH;

/* The inode of a descriptor; 0 when it is not open. Not fstat(): glibc gave
 * that a symbol of its own only in 2.33. */
uint64_t gft_inode(int fd) {
  struct stat status;
  return syscall(SYS_fstat, fd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

/* Growing the table of descriptors takes milliseconds where there are threads:
 * done before a half-made page can be seen. */
static void make_room(void) {
  int fd = eventfd(0, EFD_CLOEXEC);
  int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
  int next = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
  if (fd >= 0) close(fd);
  if (high >= 0) close(high);
  if (next >= 0) close(next);
}

int gft_memfd(const char *name, uint64_t size) {
  int fd = (int)syscall(SYS_memfd_create, name, CLOEXEC | ALLOW_SEALING | NOEXEC_SEAL);
  if (fd < 0) fd = (int)syscall(SYS_memfd_create, name, CLOEXEC | ALLOW_SEALING); /* Linux < 6.3 */
  if (fd < 0) return -1;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
  if (high >= 0) {
    close(fd);
    fd = high;
  }
  if (ftruncate(fd, (off_t)size) == 0 && fcntl(fd, ADD_SEALS, SEALS) == 0) return fd;
  close(fd);
  return -1;
}

void *gft_map(int fd, size_t size, uint64_t offset) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
  if (at == MAP_FAILED) return NULL;
  madvise(at, size, MADV_DONTFORK); /* a fork child never publishes */
  return at;
}

static void unmap(void *at, size_t size) {
  if (at != NULL) munmap(at, size);
}

static void unmap_all(struct gft_pages *pages) {
  unmap(pages->base, GFT_WALK_OFFSET);
  unmap(pages->cmd, GFT_CMD_SIZE);
  for (int i = 0; i < 2; i++) unmap(pages->anchor[i], GFT_ANCHOR_SIZE);
}

static bool open_both(struct gft_pages *pages) {
  make_room();
  int page = gft_memfd(GFT_PAGE_NAME, GFT_PAGE_SIZE);
  int cmd = page < 0 ? -1 : gft_memfd(GFT_CMD_NAME, GFT_CMD_SIZE);
  struct gft_pages made = {.page_fd = page, .cmd_fd = cmd};
  if (cmd >= 0) {
    made.base = gft_map(page, GFT_WALK_OFFSET, 0);
    made.header = (struct gft_page_header *)(void *)made.base;
    made.cmd = gft_map(cmd, GFT_CMD_SIZE, 0);
    for (unsigned i = 0; i < 2; i++) made.anchor[i] = gft_map(page, GFT_ANCHOR_SIZE, GFT_WALK_OFFSET + i * GFT_WALK_STRIDE);
    if (made.base != NULL && made.cmd != NULL && made.anchor[0] != NULL && made.anchor[1] != NULL) {
      *pages = made;
      return true;
    }
  }
  unmap_all(&made);
  if (page >= 0) close(page);
  if (cmd >= 0) close(cmd);
  return false;
}

/* The magic numbers come last: without them the pages are still being made. */
static void make_ready(struct gft_pages *pages) {
  pages->header->page_inode = gft_inode(pages->page_fd);
  pages->header->cmd_inode = gft_inode(pages->cmd_fd);
  pages->cmd->abi_major = GFT_ABI_MAJOR;
  pages->cmd->abi_minor = GFT_ABI_MINOR;
  gft_set64(&pages->cmd->magic, GFT_CMD_MAGIC);
  gft_set64(&pages->header->magic, GFT_PAGE_MAGIC);
}

bool gft_pages_open(struct gft_pages *pages, const struct gft_process *process) {
  if (!open_both(pages)) return false;
  struct gft_page_header *header = pages->header;
  header->abi_major = GFT_ABI_MAJOR;
  header->abi_minor = GFT_ABI_MINOR;
  header->page_size = GFT_PAGE_SIZE;
  header->pid = (uint32_t)getpid();
  header->uid = (uint32_t)geteuid();
  header->start_ticks = gft_start_ticks();
  header->pidns_inode = gft_pidns_inode();
  header->release_interval_ns = process->release_interval_ns;
  header->max_hold_ns = process->max_hold_ns;
  header->expected_hold_ns = GFT_UNKNOWN;
  gft_text(header->source_hash, sizeof header->source_hash, strchr(source_hash, ':') + 1);
  make_ready(pages);
  return true;
}

bool gft_pages_found(const struct gft_pages *pages) {
  return gft_inode(pages->page_fd) == pages->header->page_inode && gft_inode(pages->cmd_fd) == pages->header->cmd_inode;
}

/* An old descriptor is closed already, or its number is the program's now; or
 * only the other one is gone, and then it would be a second page. */
static void close_own(int fd, uint64_t inode) {
  if (gft_inode(fd) == inode) close(fd);
}

bool gft_pages_reopen(struct gft_pages *pages) {
  struct gft_pages old = *pages;
  if (!open_both(pages)) return false;
  memcpy(pages->base + sizeof pages->header->magic, old.base + sizeof old.header->magic,
         GFT_COUNTERS_OFFSET - sizeof old.header->magic);
  pages->header->counters_seq = 0;
  pages->header->walk_seq = 0;
  pages->walk_seq = old.walk_seq;
  make_ready(pages);
  close_own(old.page_fd, old.header->page_inode);
  close_own(old.cmd_fd, old.header->cmd_inode);
  gft_walk_punch(&old); /* fork children may hold the page */
  unmap_all(&old);
  return true;
}
