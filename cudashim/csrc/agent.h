/* The agent's state, shared by its rounds and its releases. One thread. */
#ifndef GPUFRAGTOP_AGENT_H
#define GPUFRAGTOP_AGENT_H

#include "torch.h"

/* A recording of the history, from its request to the end of its delivery. */
struct gft_recording {
  bool on;                       /* history was switched on by us */
  struct gft_request request;    /* whose it is */
  uint64_t began_ns, until_ns;
  uint64_t entries;
  bool answered;                 /* and still on: it could not be switched off */
  unsigned failures;             /* to do so */
  struct gft_trace_file file;    /* while it is being delivered */
  uint64_t file_until_ns;
};

/* The audit lines of refusals: a flood of requests must not wash the others out. */
struct gft_audit {
  uint64_t since_ns;
  unsigned lines, untold; /* since then */
};

#define GFT_REQUESTS_KNOWN 64

struct gft_agent {
  const struct gft_process *process;
  struct gft_pages pages;
  struct gft_look look; /* of the last round */
  struct gft_context context[GFT_MAX_DEVICES];
  int contexts;
  uint64_t handled[GFT_CMD_SLOTS]; /* the last request answered, per slot */
  uint64_t known[GFT_REQUESTS_KNOWN]; /* the last requests answered, of all slots */
  unsigned known_next;
  struct gft_audit audit;
  uint64_t counters_ns;            /* when counters were last taken, 0 = never */
  uint64_t walk_ns, walk_hold_ns;  /* when the last walk was taken and what it held */
  uint64_t walk_not_before_ns;     /* the walk before a release stays readable */
  bool walk_owed;                  /* one after a release */
  bool walk_kept;                  /* a walk slot has memory */
  double ns_per_block;
  uint64_t looked_ns;              /* when somebody was last seen watching */
  struct gft_recording recording;
  uint64_t observe_ns, observe_pause_ns; /* when PyTorch is asked next to tell its out-of-memory errors; 0 = never */
};

/* round.c: figures, as the monitors want them. */
void gft_round(struct gft_agent *agent, const struct gft_want *want);
/* Takes the counters, within a stay. */
void gft_round_look(struct gft_agent *agent, struct gft_stay *stay);
/* Takes and publishes a walk, within a stay whose look is fresh. */
bool gft_round_walk(struct gft_agent *agent, struct gft_stay *stay);
void gft_round_publish(struct gft_agent *agent, struct gft_stay *stay);
/* When the next walk may be taken. */
uint64_t gft_round_walk_due(const struct gft_agent *agent, const struct gft_want *want);
/* Enters Python, telling the monitors that the GIL is waited for. */
bool gft_round_enter(struct gft_agent *agent, struct gft_stay *stay);
void gft_round_leave(struct gft_agent *agent, struct gft_stay *stay);

/* release.c: answers all requests that are pending. */
void gft_requests(struct gft_agent *agent);

/* oomround.c: tells of out-of-memory errors. */
void gft_oom_start(struct gft_agent *agent);
void gft_oom_round(struct gft_agent *agent);
/* How long the agent may sleep. */
uint64_t gft_oom_sleep(const struct gft_agent *agent);

/* audit.c: one line in the page's log for each request that was answered. */
void gft_audit(struct gft_agent *agent, const struct gft_request *request, const struct gft_answer *answer);

/* record.c: begins to record history, or says why not. */
void gft_record(struct gft_agent *agent, const struct gft_request *request);
/* Ends what is over: a recording, a delivery. */
void gft_record_round(struct gft_agent *agent);
/* How long the agent may sleep. */
uint64_t gft_record_due(const struct gft_agent *agent);

#endif
