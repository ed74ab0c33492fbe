/* The layout of the memfds that an instrumented process publishes: the page
 * (figures and block maps out), the command page (requests in) and, while one
 * is being delivered, a trace (the allocator's history out). report.h beside it
 * has the file that an out-of-memory error leaves, made of the same records.
 *
 * This header is the one definition of that layout. The shim is compiled with
 * it and the monitor decodes with it (through cgo, see page.go). Fixed-width
 * types only, explicit padding, append-only fields; a change that is not an
 * append raises GFT_ABI_MAJOR. Byte order is the machine's: both sides share
 * one kernel.
 *
 * Unknown figures are GFT_UNKNOWN, never 0. Times are nanoseconds of
 * CLOCK_MONOTONIC unless a name says otherwise.
 */
#ifndef GPUFRAGTOP_PAGE_H
#define GPUFRAGTOP_PAGE_H

#include <stdint.h>
#include <stddef.h>

#define GFT_ABI_MAJOR 1u
#define GFT_ABI_MINOR 2u /* 1: GFT_COMMAND_RECORD and the trace; 2: GFT_EVENT_OOM and the report, ranks, the program's own release function */
#define GFT_PAGE_MAGIC 0x3145474150544647ull /* "GFTPAGE1", little endian */
#define GFT_CMD_MAGIC 0x21444d4354464731ull  /* "1GFTCMD!" */
#define GFT_PAGE_NAME "gpufragtop:page"      /* memfd name; /proc shows /memfd:NAME (deleted) */
#define GFT_CMD_NAME "gpufragtop:cmd"
#define GFT_TRACE_MAGIC 0x4543415254544647ull /* "GFTTRACE" */
#define GFT_TRACE_NAME "gpufragtop:trace"

#define GFT_UNKNOWN UINT64_MAX

#define GFT_MAX_DEVICES 32
#define GFT_CMD_SLOTS 16
#define GFT_EVENT_SLOTS 64

/* Offsets in the page. Slots come in pairs A/B: the writer fills the idle one
 * and flips, so a writer killed in mid-write leaves the last good one. */
#define GFT_HEADER_SIZE 0x1000ull
#define GFT_ANSWERS_OFFSET 0x1000ull
#define GFT_ANSWER_STRIDE 0x800ull
#define GFT_EVENTS_OFFSET 0x9000ull
#define GFT_EVENT_STRIDE 0x100ull
#define GFT_COUNTERS_OFFSET 0x10000ull /* slot A, then B */
#define GFT_COUNTERS_STRIDE 0x10000ull
#define GFT_WALK_OFFSET 0x100000ull /* slot A, then B */
#define GFT_WALK_STRIDE 0x4000000ull /* 64 MiB */
#define GFT_PAGE_SIZE (GFT_WALK_OFFSET + 2 * GFT_WALK_STRIDE)
#define GFT_CMD_SIZE 0x1000ull

/* Offsets in a trace: its header, then a slot with the walk of the moment at
 * which the trace ends, then, where the header says, a slot with the events. */
#define GFT_TRACE_HEADER_SIZE 0x1000ull
#define GFT_TRACE_WALK_OFFSET 0x1000ull
#define GFT_TRACE_MAX_EVENTS 1000000ull /* of all devices together */
#define GFT_TRACE_MAX_ASKED (1ull << 56) /* of GFT_TRACE_OOM: what was asked for may be anything, and is cut to this */

/* Capability bits of gft_page_header.capabilities. */
#define GFT_CAP_PYTHON (1ull << 0)        /* a supported CPython lives in the process */
#define GFT_CAP_FRAMEWORK (1ull << 1)     /* the agent talks to a framework (see gft_facts.framework) */
#define GFT_CAP_RELEASE (1ull << 2)       /* release requests are accepted */
#define GFT_CAP_CAPTURE_COUNT (1ull << 3) /* stream captures are counted by interposed calls */
#define GFT_CAP_RECORD (1ull << 4)        /* record requests are accepted */
#define GFT_CAP_LATE (1ull << 8)          /* loaded into the running program: its calls do not come through the hooks */

/* Bits of gft_page_header.ranks_flags. */
#define GFT_RANKS_INITIALIZED 1u /* torch.distributed is: rank and world_size are its */
#define GFT_RANKS_NCCL 2u        /* its backend for GPUs: kernels of one rank wait for those of the others */
#define GFT_RANKS_GIL 4u         /* a release would hold the GIL while it waits for the GPU: refused with several ranks */

#define GFT_OWN_NAME 64

/* Why there is, or is not, a newer walk (gft_page_header.walk_status). */
enum gft_walk_status {
  GFT_WALK_NONE = 0,         /* nobody asked for one yet */
  GFT_WALK_OK = 1,
  GFT_WALK_HISTORY_ON = 2,   /* the program records history: a walk would copy its traces */
  GFT_WALK_OVER_BUDGET = 3,  /* expected hold above GPUFRAGTOP_MAX_HOLD_MS */
  GFT_WALK_NO_FRAMEWORK = 4, /* no framework the agent can ask */
  GFT_WALK_NOT_READY = 5,    /* framework present, CUDA not initialised in it yet */
  GFT_WALK_UNSUPPORTED = 6,  /* e.g. backend:cudaMallocAsync has no snapshot */
  GFT_WALK_ERROR = 7,        /* see last_error */
  GFT_WALK_CUT = 8,          /* the walk did not fit into a slot; counts say how much is there */
  GFT_WALK_GIL_BUSY = 9      /* waiting for the GIL */
};

struct gft_page_header {
  uint64_t magic;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint64_t page_size;
  uint32_t pid;            /* in the process's own PID namespace */
  uint32_t uid;
  uint64_t start_ticks;    /* field 22 of /proc/self/stat */
  uint64_t pidns_inode;    /* of /proc/self/ns/pid */
  uint64_t page_inode;     /* of this memfd and of the command page */
  uint64_t cmd_inode;
  uint64_t capabilities;   /* GFT_CAP_* (atomic) */
  uint64_t heartbeat_ns;   /* last time the agent woke (atomic) */
  uint64_t counters_seq;   /* of the newest counters slot; slot index = seq & 1; 0 = none (atomic) */
  uint64_t walk_seq;       /* likewise for walk slots (atomic) */
  uint32_t walk_status;    /* enum gft_walk_status (atomic) */
  uint32_t release_underway; /* 1 while the hook runs (atomic) */
  uint64_t last_release_ns;  /* end of the last release, 0 = none yet */
  uint64_t release_interval_ns; /* a release sooner than this after the last one is refused */
  uint64_t capture_begins; /* stream captures begun and ended so far (atomic) */
  uint64_t capture_ends;
  uint64_t expected_hold_ns; /* of the next walk, GFT_UNKNOWN when not known */
  uint64_t max_hold_ns;      /* GPUFRAGTOP_MAX_HOLD_MS */
  /* What watching cost this process so far. */
  uint64_t hold_total_ns;  /* time the agent held the GIL */
  uint64_t hold_worst_ns;  /* the longest single hold */
  uint64_t watched_ns;     /* time during which somebody watched */
  uint64_t walks;
  uint64_t event_next;     /* events written so far; the newest is (event_next - 1) % GFT_EVENT_SLOTS */
  char source_hash[72];    /* sha256 (hex) of the shim's sources, NUL-terminated */
  char last_error[256];    /* NUL-terminated; empty = none */
  uint64_t recording_until_ns; /* a record request is being dealt with, history is off again by then; 0 = none (atomic) */
  uint32_t ranks_flags;    /* GFT_RANKS_*, of the last look (atomic, as the next two) */
  uint32_t rank;
  uint32_t world_size;     /* 0 = not known */
  uint32_t ranks_pad;
  char release_name[GFT_OWN_NAME]; /* of the release function that the program has registered; empty = none */
};

/* Every slot starts with this. checksum covers the length bytes after it. */
struct gft_slot_header {
  uint64_t seq;       /* the flip that published it; never 0 once written */
  uint64_t length;    /* bytes of payload after this header */
  uint64_t checksum;  /* gft_checksum(payload, length) */
  uint64_t taken_ns;
  uint64_t hold_ns;   /* how long the GIL was held for it, in all */
  uint64_t reserved[3];
};

/* Counters slot: gft_slot_header, gft_facts, gft_device[facts.devices]. */
struct gft_facts {
  uint32_t devices;          /* how many gft_device follow; at most GFT_MAX_DEVICES */
  uint32_t history_on;       /* 1 when the framework records allocation history */
  uint64_t large_segment_bytes; /* large_segment_size of the allocator, page of expandable large segments */
  char framework[32];        /* "pytorch", …; empty = none */
  char framework_version[64];
  char backend[32];          /* "native", "cudaMallocAsync"; empty = unknown */
  char settings[512];        /* allocator settings as the framework has them, e.g. PYTORCH_CUDA_ALLOC_CONF */
  char job[1024];            /* KEY=VALUE lines of the allow-listed rank, job and pod variables */
};

#define GFT_DEVICE_CONTEXT 1u /* the process has a context on this device */
#define GFT_DEVICE_NO_UUID 2u /* uuid could not be read */

/* One device of the process. All sizes in bytes; GFT_UNKNOWN where not told. */
struct gft_device {
  uint8_t uuid[16];          /* of the GPU or MIG instance, as the driver gives it */
  int32_t ordinal;           /* in this process; for messages only, never identity */
  uint32_t flags;            /* GFT_DEVICE_* */
  uint64_t reserved_bytes;
  uint64_t reserved_peak_bytes;
  uint64_t allocated_bytes;
  uint64_t allocated_peak_bytes;
  uint64_t active_bytes;
  uint64_t active_peak_bytes;
  uint64_t requested_bytes;
  uint64_t inactive_split_bytes;
  uint64_t segments;
  uint64_t active_blocks;
  uint64_t inactive_split_blocks;
  uint64_t alloc_retries;
  uint64_t ooms;
  uint64_t device_allocs;
  uint64_t device_frees;
  uint64_t allowed_bytes;    /* cap of the process's memory fraction; GFT_UNKNOWN = no cap known */
  uint64_t reserved_words[4];
};

/* Walk slot: gft_slot_header, gft_walk, gft_device[devices], gft_segment[segments],
 * gft_block[blocks]; blocks of segment i follow those of segment i - 1. The
 * devices' counters are read in the same hold as the walk. */
#define GFT_WALK_FLAG_CUT 1u
struct gft_walk {
  uint32_t devices;
  uint32_t flags;
  uint64_t segments;         /* records that follow */
  uint64_t blocks;
  uint64_t segments_total;   /* what there was; more than segments when cut */
  uint64_t blocks_total;
  uint64_t reserved_words[3];
};

#define GFT_SEGMENT_SMALL 1u
#define GFT_SEGMENT_EXPANDABLE 2u
struct gft_segment {
  uint64_t address;
  uint64_t size;
  uint64_t stream;           /* stream handle; 0 = the default stream */
  uint64_t pool[2];          /* private pool id; 0,0 = the default pools */
  uint32_t device;           /* index into the walk's gft_device records */
  uint32_t flags;
  uint64_t blocks;           /* how many of the block records are its own */
};

enum gft_block_state { GFT_BLOCK_FREE = 0, GFT_BLOCK_USED = 1, GFT_BLOCK_PENDING = 2 };
struct gft_block {
  uint64_t address;
  uint64_t size;
  uint64_t requested;        /* of used and pending blocks; 0 otherwise */
  uint32_t state;
  uint32_t stack;            /* 0 = none recorded */
};

enum gft_answer_status {
  GFT_ANSWER_NONE = 0,
  GFT_ANSWER_DONE = 1,
  GFT_ANSWER_EXPIRED = 2,      /* the deadline passed before the agent could act */
  GFT_ANSWER_CAPTURE = 3,      /* a stream capture is underway */
  GFT_ANSWER_BUSY = 4,         /* another release was underway */
  GFT_ANSWER_TOO_SOON = 5,
  GFT_ANSWER_OFF = 6,          /* the hook is switched off in this process */
  GFT_ANSWER_NO_FRAMEWORK = 7, /* nothing to release with */
  GFT_ANSWER_NO_CONTEXT = 8,   /* no device with a context of this process */
  GFT_ANSWER_ERROR = 9,        /* see text */
  GFT_ANSWER_UNSUPPORTED = 10, /* the framework cannot do it: see text */
  GFT_ANSWER_LOST = 11,        /* the program switched its history itself meanwhile, and nothing is left */
  GFT_ANSWER_RANKS = 12        /* one of several ranks, and the framework would hold the GIL: see text */
};

struct gft_answer_device {
  uint8_t uuid[16];
  uint64_t before_bytes;     /* reserved just before and just after the call */
  uint64_t after_bytes;
};

/* The answer to the command slot of the same index. Valid when request_id ==
 * request_id_end == the id asked for: it is written between the two. */
struct gft_answer {
  uint64_t request_id;
  uint32_t status;           /* enum gft_answer_status */
  uint32_t devices;
  uint64_t took_ns;          /* wall time of the call */
  uint64_t hold_ns;          /* of which with the GIL held */
  uint64_t walk_seq;         /* walk taken just before the call: the estimate is computed from it; 0 = none */
  char text[128];
  struct gft_answer_device device[GFT_MAX_DEVICES];
  uint64_t request_id_end;   /* written last, also after what follows */
  uint64_t own_ns;           /* of took_ns, in the program's own release function; 0 = it was not called */
  uint64_t own_bytes;        /* that it says it gave back; GFT_UNKNOWN where it does not say */
  char own_name[GFT_OWN_NAME];
};

enum gft_event_kind {
  GFT_EVENT_NONE = 0,
  GFT_EVENT_RELEASE = 1,
  GFT_EVENT_REFUSED = 2,
  GFT_EVENT_ERROR = 3,
  GFT_EVENT_RECORD = 4,
  GFT_EVENT_OOM = 5 /* an allocation was refused; text is the name of its report, or says why there is none */
};
struct gft_event {
  uint64_t number;           /* event_next at the time, plus one; last written (release) */
  uint64_t at_realtime_ns;   /* CLOCK_REALTIME */
  uint32_t kind;
  uint32_t more;             /* of GFT_EVENT_OOM: how many others this line stands for, besides its own */
  char text[200];
  uint64_t asked_bytes;      /* of GFT_EVENT_OOM: what was refused, and what the device had; GFT_UNKNOWN where not told */
  uint64_t device_free_bytes;
  uint8_t uuid[16];          /* of the device; zeros where not known */
};

/* ---- trace ---- */

#define GFT_TRACE_OWN_RING 1u /* the program records history itself: its ring was read, and left as it was */
struct gft_trace_header {
  uint64_t magic;            /* written last */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint64_t size;             /* of the memfd */
  uint32_t pid;              /* as in the page */
  uint32_t flags;            /* GFT_TRACE_* */
  uint64_t start_ticks;
  uint64_t request_id;       /* whose trace it is */
  uint64_t events_offset;    /* of the slot with the events; a multiple of 64 */
  uint64_t recorded_ns;      /* how long history was on for it; 0 with GFT_TRACE_OWN_RING */
};

/* Events slot: gft_slot_header, gft_trace, gft_trace_device[devices],
 * gft_trace_event[events]: those of a device follow those of the one before,
 * oldest first. */
struct gft_trace {
  uint32_t devices;          /* those of the walk, in its order */
  uint32_t pad;
  uint64_t events;
  uint64_t reserved_words[6];
};

struct gft_trace_device {
  uint64_t events;           /* how many of the records are its own */
  uint64_t events_total;     /* what the ring had; where it is more, older ones were left out */
  uint64_t reserved_word;
};

enum gft_trace_kind { /* with PyTorch's names */
  GFT_TRACE_OTHER = 0,
  GFT_TRACE_ALLOC = 1,
  GFT_TRACE_FREE_REQUESTED = 2,
  GFT_TRACE_FREE_COMPLETED = 3,
  GFT_TRACE_SEGMENT_ALLOC = 4,
  GFT_TRACE_SEGMENT_FREE = 5,
  GFT_TRACE_SEGMENT_MAP = 6,
  GFT_TRACE_SEGMENT_UNMAP = 7,
  GFT_TRACE_OOM = 8
};

/* The layout of fragcalc.TraceEvent, which explains the fields. */
struct gft_trace_event {
  uint8_t kind;              /* enum gft_trace_kind */
  uint8_t pooled;            /* 1: pool is known */
  uint16_t pad;
  uint32_t stack;            /* 0 = none recorded */
  uint64_t address;
  uint64_t size;
  uint64_t stream;
  uint64_t device_free;      /* of GFT_TRACE_OOM; 0 otherwise */
  uint64_t micros;           /* since 1970; 0 = not recorded */
  uint64_t pool[2];
};

/* ---- command page ---- */

enum gft_detail { GFT_DETAIL_NONE = 0, GFT_DETAIL_COUNTERS = 1, GFT_DETAIL_WALK = 2 };
enum gft_command {
  GFT_COMMAND_NONE = 0,
  GFT_COMMAND_RELEASE = 1,
  GFT_COMMAND_RECORD = 2 /* history for record_ns, then its trace; withdrawn: off at once, and no trace is kept */
};
#define GFT_COMMAND_FORCE 1u /* release although a capture cannot be excluded */

/* One monitor's slot. Claimed by compare-and-swap of owner from 0, or from an
 * owner whose lease has run out. The agent never writes it. */
struct gft_cmd_slot {
  uint64_t owner;            /* (pid << 32) ^ low bits of its start time, never 0 (atomic) */
  uint64_t lease_until_ns;   /* renewed by the monitor, at most 5 s ahead (atomic) */
  uint32_t detail;           /* enum gft_detail wanted (atomic) */
  uint32_t command;          /* enum gft_command */
  uint64_t walk_after_ns;    /* a person wants a walk not older than this; 0 = as the budget allows (atomic) */
  uint64_t deadline_ns;      /* of the command: not begun after it */
  uint32_t flags;            /* GFT_COMMAND_* */
  uint32_t monitor_pid;      /* for the audit line; as the monitor sees itself */
  uint32_t monitor_uid;
  uint32_t force_walk;       /* 1: walk_after_ns may exceed the hold budget (a person consented) */
  uint64_t request_id;       /* written last (release); a new id is a new request; 0 = none (atomic) */
  uint64_t record_ns;        /* GFT_COMMAND_RECORD: how long */
  uint64_t record_entries;   /* and the longest trace that is wanted of each device */
  uint64_t reserved_words[6];
};

struct gft_cmd_page {
  uint64_t magic;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t wake;             /* futex word, shared: monitors add 1 and wake it (atomic) */
  uint32_t pad0;
  uint64_t reserved_words[13];
  struct gft_cmd_slot slot[GFT_CMD_SLOTS]; /* at offset 128 */
};

/* gft_checksum is four lanes of multiply-xor over little-endian words: quick
 * (about a memcpy) and enough to see a torn or damaged slot. It is no defence
 * against a hostile writer; the bounds checks of the reader are. */
static inline uint64_t gft_checksum(const void *data, uint64_t length) {
  const uint64_t prime = 0x9e3779b97f4a7c15ull;
  uint64_t a = 1, b = 2, c = 3, d = 4; /* not an array: compilers would keep it in memory */
  const unsigned char *at = (const unsigned char *)data;
  uint64_t left = length;
  while (left >= 32) {
    uint64_t word[4];
    __builtin_memcpy(word, at, 32);
    a = (a ^ word[0]) * prime;
    b = (b ^ word[1]) * prime;
    c = (c ^ word[2]) * prime;
    d = (d ^ word[3]) * prime;
    at += 32;
    left -= 32;
  }
  const uint64_t lane[4] = {a, b, c, d};
  uint64_t sum = length * prime;
  for (int i = 0; i < 4; i++) sum = (sum ^ (lane[i] ^ (lane[i] >> 29))) * prime;
  while (left > 0) {
    sum = (sum ^ *at++) * prime;
    left--;
  }
  return sum ^ (sum >> 32);
}

#define GFT_ASSERT(name, condition) _Static_assert(condition, name)
GFT_ASSERT("header fits", sizeof(struct gft_page_header) <= GFT_HEADER_SIZE);
GFT_ASSERT("slot header is 64 bytes", sizeof(struct gft_slot_header) == 64);
GFT_ASSERT("device is 184 bytes", sizeof(struct gft_device) == 184);
GFT_ASSERT("walk is 64 bytes", sizeof(struct gft_walk) == 64);
GFT_ASSERT("segment is 56 bytes", sizeof(struct gft_segment) == 56);
GFT_ASSERT("block is 32 bytes", sizeof(struct gft_block) == 32);
GFT_ASSERT("answer fits its stride", sizeof(struct gft_answer) <= GFT_ANSWER_STRIDE);
GFT_ASSERT("answers end before events", GFT_ANSWERS_OFFSET + GFT_CMD_SLOTS * GFT_ANSWER_STRIDE <= GFT_EVENTS_OFFSET);
GFT_ASSERT("event fits its stride", sizeof(struct gft_event) <= GFT_EVENT_STRIDE);
GFT_ASSERT("events end before counters", GFT_EVENTS_OFFSET + GFT_EVENT_SLOTS * GFT_EVENT_STRIDE <= GFT_COUNTERS_OFFSET);
GFT_ASSERT("counters fit a slot", sizeof(struct gft_slot_header) + sizeof(struct gft_facts) +
                                      GFT_MAX_DEVICES * sizeof(struct gft_device) <= GFT_COUNTERS_STRIDE);
GFT_ASSERT("counters end before walks", GFT_COUNTERS_OFFSET + 2 * GFT_COUNTERS_STRIDE <= GFT_WALK_OFFSET);
GFT_ASSERT("trace header fits", sizeof(struct gft_trace_header) <= GFT_TRACE_HEADER_SIZE);
GFT_ASSERT("trace is 64 bytes", sizeof(struct gft_trace) == 64);
GFT_ASSERT("trace device is 24 bytes", sizeof(struct gft_trace_device) == 24);
GFT_ASSERT("trace event is 64 bytes", sizeof(struct gft_trace_event) == 64);
GFT_ASSERT("command slot is 128 bytes", sizeof(struct gft_cmd_slot) == 128);
GFT_ASSERT("command slots start at 128", offsetof(struct gft_cmd_page, slot) == 128);
GFT_ASSERT("command page fits", sizeof(struct gft_cmd_page) <= GFT_CMD_SIZE);

#endif
