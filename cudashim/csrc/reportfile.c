/* The file of a report: in a folder of the user's own, under a name that ends
 * in place only when it is whole. Written by the agent thread with all signals
 * blocked: beyond a file size limit write() fails, and SIGXFSZ stays pending
 * there. Nothing is followed, replaced or removed that is not ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

#define DIGITS 20                /* of the time in a name */
#define NAME_SIZE 64             /* of a report's name */
#define MOST_ENTRIES 20000       /* of the folder that are looked at */
#define TEMPORARY ".tmp"         /* after a name that is not whole yet */
#define STALE (3600 * GFT_SECOND) /* such a file was left behind by a killed process */

static const char *reason(int number) {
  switch (number) {
    case ENOSPC: return "no space left on the device";
    case EDQUOT: return "the quota is used up";
    case EFBIG: return "the file size limit of the process";
    case EACCES: return "not permitted";
    case EPERM: return "not permitted";
    case EROFS: return "the file system is read-only";
    case ENOENT: return "no such folder";
    case ENOTDIR: return "a part of its path is no folder";
    case ELOOP: return "a part of its path is a link";
    case EMFILE: return "too many open files";
  }
  return "the system refused";
}

/* Whether a name is one of a report, or of one that is not whole; at: its time. */
static bool is_ours(const char *name, bool *whole, uint64_t *at) {
  const size_t prefix = strlen(GFT_REPORT_PREFIX);
  if (strncmp(name, GFT_REPORT_PREFIX, prefix) != 0) return false;
  const char *digit = name + prefix;
  for (int i = 0; i < DIGITS; i++) {
    if (digit[i] < '0' || digit[i] > '9') return false;
  }
  const char *tail = digit + DIGITS;
  if (*tail++ != '-' || *tail < '0' || *tail > '9') return false;
  while (*tail >= '0' && *tail <= '9') tail++;
  *whole = strcmp(tail, GFT_REPORT_SUFFIX) == 0;
  *at = gft_number(digit, UINT64_MAX);
  return *whole || strcmp(tail, GFT_REPORT_SUFFIX TEMPORARY) == 0;
}

/* Root makes nothing in another user's folders: with sudo, HOME may still be theirs. */
static bool may_make(int folder) {
  struct stat status;
  return geteuid() != 0 || (syscall(SYS_fstat, folder, &status) == 0 && status.st_uid == 0);
}

/* Opens the folder, name by name; -1 with errno. Missing names are made where
 * they are ours to make. */
static int open_folder(const struct gft_process *process) {
  char path[sizeof process->report_path];
  memcpy(path, process->report_path, sizeof path);
  char *part[4];
  for (int i = process->report_parts - 1; i >= 0; i--) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) return errno = ENOENT, -1;
    *slash = '\0';
    part[i] = slash + 1;
  }
  int folder = open(path[0] == '\0' ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; folder >= 0 && i < process->report_parts; i++) {
    int follow = i < process->report_parts - process->report_own ? 0 : O_NOFOLLOW;
    if (may_make(folder)) mkdirat(folder, part[i], 0700);
    int next = openat(folder, part[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
    int failed = errno;
    close(folder);
    errno = failed;
    folder = next;
  }
  return folder;
}

/* Owned by this user, and nobody else may write into it. */
static bool is_private(int folder) {
  struct stat status;
  return syscall(SYS_fstat, folder, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 022) == 0;
}

static bool write_all(int file, const void *data, size_t length) {
  const char *at = data;
  while (length > 0) {
    ssize_t written = write(file, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    length -= (size_t)written;
  }
  return true;
}

static int newest_first(const void *a, const void *b) { return strcmp(b, a); }

/* Removes all reports but the newest, and what was left half-written. */
static void rotate(int folder, uint64_t now) {
  static char names[4 * GFT_REPORTS_KEPT][NAME_SIZE]; /* more than that are removed in later turns */
  int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
  DIR *list = copy < 0 ? NULL : fdopendir(copy);
  if (list == NULL) {
    if (copy >= 0) close(copy);
    return;
  }
  struct dirent *entry;
  for (int seen = 0; seen < MOST_ENTRIES && (entry = readdir(list)) != NULL; seen++) {
    bool whole = false;
    uint64_t at = 0;
    size_t length = strlen(entry->d_name);
    if (length >= NAME_SIZE || !is_ours(entry->d_name, &whole, &at)) continue;
    if (!whole) {
      if (at < now && now - at > STALE) unlinkat(folder, entry->d_name, 0);
      continue;
    }
    if (count == (int)(sizeof names / sizeof *names)) {
      qsort(names, (size_t)count, NAME_SIZE, newest_first);
      while (count > GFT_REPORTS_KEPT) unlinkat(folder, names[--count], 0);
    }
    memcpy(names[count++], entry->d_name, length + 1);
  }
  closedir(list);
  qsort(names, (size_t)count, NAME_SIZE, newest_first);
  while (count > GFT_REPORTS_KEPT) unlinkat(folder, names[--count], 0);
}

/* Writes the file; 0 or an errno. */
static int write_file(int folder, const char *name, const struct gft_report_piece *piece, int pieces) {
  char temporary[NAME_SIZE + sizeof TEMPORARY];
  snprintf(temporary, sizeof temporary, "%s%s", name, TEMPORARY);
  int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  bool written = true;
  for (int i = 0; i < pieces && written; i++) written = write_all(file, piece[i].data, piece[i].length);
  int failed = written ? 0 : errno;
  if (close(file) != 0 && failed == 0) failed = errno; /* a quota may be told only now */
  if (failed == 0 && renameat(folder, temporary, folder, name) != 0) failed = errno;
  if (failed != 0) unlinkat(folder, temporary, 0);
  return failed;
}

bool gft_report_write(const struct gft_process *process, const struct gft_report_header *header,
                      const struct gft_report_piece *piece, int pieces, char *name, char *why, size_t size) {
  char own[NAME_SIZE];
  snprintf(own, sizeof own, GFT_REPORT_PREFIX "%020llu-%u" GFT_REPORT_SUFFIX,
           (unsigned long long)header->at_realtime_ns, header->pid);
  if (process->report_path[0] == '\0') {
    gft_text(why, size, "no folder: neither GPUFRAGTOP_REPORT_DIR nor XDG_STATE_HOME nor HOME names one");
    return false;
  }
  int folder = open_folder(process);
  int failed = folder < 0 ? errno : 0;
  if (folder >= 0 && !is_private(folder)) {
    gft_text(why, size, "the folder is not only this user's");
    close(folder);
    return false;
  }
  if (folder >= 0) {
    failed = write_file(folder, own, piece, pieces);
    rotate(folder, header->at_realtime_ns);
    close(folder);
  }
  if (failed == 0) {
    gft_text(name, size, own);
  } else {
    snprintf(why, size, "%s (error %d)", reason(failed), failed);
  }
  return failed == 0;
}
