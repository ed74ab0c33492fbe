/* The layout of the file that tells of an out-of-memory error. It is made of
 * records of the page, and rules as to versions and times are the page's.
 *
 * The header, then parts in any order where the header says: a counters slot
 * with the one device, a walk slot of the moment of the error (length 0: there
 * is none, no_walk says why), and the stack as lines of text, innermost first. */
#ifndef GPUFRAGTOP_REPORT_H
#define GPUFRAGTOP_REPORT_H

#include "page.h"

#define GFT_REPORT_MAGIC 0x31524d4f4f544647ull /* "GFTOOMR1" */
#define GFT_REPORT_HEADER_SIZE 0x1000ull
#define GFT_REPORT_MAX_SIZE 0x1000000ull /* 16 MiB: a walk that does not fit is cut */
#define GFT_REPORT_MAX_STACK 0x4000ull
#define GFT_REPORT_PREFIX "oom-" /* then 20 digits of at_realtime_ns, "-", the pid, and the suffix */
#define GFT_REPORT_SUFFIX ".report"
#define GFT_REPORTS_KEPT 20 /* in a folder: older ones are removed */

#define GFT_REPORT_NO_UUID 1u      /* uuid is not known */
#define GFT_REPORT_OBSERVER 2u     /* told by PyTorch after its own retry; else by a refused call */
#define GFT_REPORT_STREAM 4u       /* stream is known */
#define GFT_REPORT_OTHER_THREAD 8u /* the stack is the main thread's: the one that allocated runs no Python */
struct gft_report_part {
  uint64_t offset, length;   /* of the file; offset is a multiple of 64 */
};
struct gft_report_header {
  uint64_t magic;            /* written last */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint64_t size;             /* of the file */
  uint32_t pid;              /* as in the page */
  uint32_t uid;
  uint64_t start_ticks;
  uint64_t pidns_inode;
  uint64_t at_realtime_ns;   /* of the error */
  uint64_t asked_bytes;      /* GFT_UNKNOWN where not told, as the next four */
  uint64_t device_free_bytes;
  uint64_t device_total_bytes;
  uint64_t allowed_bytes;    /* cap of the process's memory fraction; GFT_UNKNOWN = none known */
  uint64_t stream;           /* the current one of the thread that allocated */
  uint64_t more;             /* how many others the line in the page stands for */
  uint8_t uuid[16];
  int32_t ordinal;           /* of the device in the process; -1: not known */
  uint32_t flags;            /* GFT_REPORT_* */
  uint32_t no_walk;          /* enum gft_walk_status: why there is no walk; GFT_WALK_OK where there is one */
  uint32_t pad;
  struct gft_report_part counters, walk, stack;
  uint64_t reserved_words[16];
  char call[64];             /* the function that was refused; empty with GFT_REPORT_OBSERVER */
  char host[256];
  char command[512];         /* of the process, up to its first option */
  char source_hash[72];
};

GFT_ASSERT("report header fits", sizeof(struct gft_report_header) <= GFT_REPORT_HEADER_SIZE);

#endif
