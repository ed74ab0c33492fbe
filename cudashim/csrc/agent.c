/* The agent thread: asleep in the command page's futex until somebody watches. */
#include <linux/futex.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define IDLE_SLEEP (30 * GFT_SECOND) /* nobody watches: only look whether the page can still be found */
#define FIRST_NS_PER_BLOCK 1200.0    /* until it is measured */

static void sleep_in(uint32_t *word, uint32_t seen, uint64_t ns) {
  struct timespec time = {.tv_sec = (time_t)(ns / GFT_SECOND), .tv_nsec = (long)(ns % GFT_SECOND)};
  syscall(SYS_futex, word, FUTEX_WAIT, seen, &time, NULL, 0); /* shared: monitors wake it */
}

/* How long to sleep after a round: to the next counters, or to the next walk
 * if that is sooner. */
static uint64_t until_next(const struct gft_agent *agent, const struct gft_want *want) {
  if (!want->watched) return IDLE_SLEEP;
  uint64_t now = gft_now(), due = agent->counters_ns + agent->process->tick_ns;
  uint64_t walk = gft_round_walk_due(agent, want);
  if (walk > now && walk < due) due = walk; /* a walk that is due and was refused waits for the next tick */
  return due > now ? due - now : 0;
}

static void count_watching(struct gft_agent *agent, const struct gft_want *want, uint64_t now) {
  if (agent->looked_ns != 0) agent->pages.header->watched_ns += now - agent->looked_ns;
  agent->looked_ns = want->watched ? now : 0;
}

static void nobody_watches(struct gft_agent *agent) {
  if (!agent->walk_kept) return;
  gft_walk_punch(&agent->pages);
  gft_set32(&agent->pages.header->walk_status, GFT_WALK_NONE);
  agent->walk_kept = false;
}

static uint64_t wake(struct gft_agent *agent) {
  struct gft_page_header *header = agent->pages.header;
  uint64_t now = gft_now();
  gft_set64(&header->heartbeat_ns, now);
  struct gft_captures captures = gft_captures();
  gft_set64(&header->capture_ends, captures.ends);
  gft_set64(&header->capture_begins, captures.begins);
  gft_oom_round(agent); /* first: the program may be dying */
  gft_requests(agent);
  gft_record_round(agent);
  struct gft_want want = gft_cmd_want(agent->pages.cmd, gft_now());
  count_watching(agent, &want, gft_now());
  if (want.watched) {
    gft_round(agent, &want);
  } else {
    nobody_watches(agent);
  }
  const uint64_t due[] = {until_next(agent, &want), gft_record_due(agent), gft_oom_sleep(agent)};
  uint64_t sleep = due[0];
  for (size_t i = 1; i < sizeof due / sizeof *due; i++) sleep = due[i] < sleep ? due[i] : sleep;
  return sleep;
}

static void run(struct gft_agent *agent) {
  gft_oom_start(agent);
  for (;;) {
    if (!gft_pages_found(&agent->pages)) {
      gft_wake_by(NULL); /* its word is about to go */
      if (gft_pages_reopen(&agent->pages)) agent->walk_kept = false; /* else on in the old ones, and again the next time */
    }
    uint32_t *word = &agent->pages.cmd->wake;
    gft_wake_by(word);
    uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE); /* before looking: a wake-up meanwhile is not lost */
    uint64_t ns = wake(agent);
    if (ns > 0) sleep_in(word, seen, ns);
  }
}

void *gft_agent(void *process) {
  static struct gft_agent agent; /* too big for a stack that Python also needs */
  prctl(PR_SET_NAME, "gpufragtop");
  agent.process = process;
  agent.ns_per_block = FIRST_NS_PER_BLOCK;
  if (gft_pages_open(&agent.pages, agent.process)) run(&agent);
  atomic_store(&gft_state, GFT_STATE_DEAD);
  return NULL;
}
