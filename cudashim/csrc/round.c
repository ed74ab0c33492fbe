/* One round: counters, and a walk when it is due and not too dear. */
#include <string.h>

#include "agent.h"

#define PACE 500          /* a walk costs at most 1/500 of the time by itself … */
#define PACE_ASKED_FOR 20 /* … and 1/20 when a person asks */
#define FIXED_NS 300000.0 /* of a walk that has next to no blocks */
#define ENOUGH_BLOCKS 256 /* to measure the time per block by */

/* Free blocks are not counted by PyTorch where segments are expandable; the
 * same guess is used when the time per block is measured. */
static double blocks_guess(const struct gft_look *look) {
  uint64_t blocks = 0;
  for (uint32_t i = 0; i < look->facts.devices; i++) {
    const struct gft_device *device = &look->device[i];
    const uint64_t counts[] = {device->active_blocks, device->inactive_split_blocks, device->segments};
    for (size_t k = 0; k < 3; k++) blocks += counts[k] == GFT_UNKNOWN ? 0 : counts[k];
  }
  return (double)blocks;
}

static uint64_t expected_hold(const struct gft_agent *agent) {
  return (uint64_t)(FIXED_NS + blocks_guess(&agent->look) * agent->ns_per_block);
}

/* One slow walk (a busy machine, a stopped process) must not end walks for
 * ever: refused, the measure moves back to the first guess. */
static void forget(struct gft_agent *agent) { agent->ns_per_block += (1200.0 - agent->ns_per_block) / 100; }

static void measure(struct gft_agent *agent, uint64_t hold_ns) {
  double blocks = blocks_guess(&agent->look);
  if (blocks < ENOUGH_BLOCKS) return;
  double each = ((double)hold_ns - FIXED_NS) / blocks;
  agent->ns_per_block = (agent->ns_per_block + (each > 100 ? each : 100)) / 2;
}

bool gft_round_enter(struct gft_agent *agent, struct gft_stay *stay) {
  struct gft_page_header *header = agent->pages.header;
  uint32_t before = header->walk_status;
  agent->contexts = gft_contexts(agent->context); /* before the GIL: the driver may take its time */
  gft_set32(&header->walk_status, GFT_WALK_GIL_BUSY);
  bool entered = gft_python_enter(stay);
  gft_set32(&header->walk_status, before);
  return entered;
}

void gft_round_leave(struct gft_agent *agent, struct gft_stay *stay) {
  struct gft_page_header *header = agent->pages.header;
  gft_python_leave(stay);
  header->hold_total_ns += stay->hold_ns;
  if (stay->worst_ns > header->hold_worst_ns) header->hold_worst_ns = stay->worst_ns;
}

static void set_capabilities(struct gft_agent *agent, bool python) {
  uint64_t bits = python ? GFT_CAP_PYTHON : 0;
  if (gft_captures().counted) bits |= GFT_CAP_CAPTURE_COUNT;
  if (!gft_in_front()) bits |= GFT_CAP_LATE;
  bool framework = agent->look.facts.framework[0] != '\0', own = gft_own_name(agent->pages.header->release_name);
  if (framework) bits |= GFT_CAP_FRAMEWORK;
  if (agent->process->allow_release) bits |= (framework || own ? GFT_CAP_RELEASE : 0) | (framework ? GFT_CAP_RECORD : 0);
  gft_set64(&agent->pages.header->capabilities, bits);
}

void gft_round_look(struct gft_agent *agent, struct gft_stay *stay) {
  gft_look_at(stay, agent->process, agent->context, agent->contexts, &agent->look);
  agent->counters_ns = agent->look.taken_ns;
  if (agent->look.status == GFT_WALK_ERROR) gft_publish_error(&agent->pages, agent->look.error);
}

static void publish_ranks(struct gft_page_header *header, const struct gft_look *look) {
  gft_set32(&header->rank, look->rank);
  gft_set32(&header->world_size, look->world_size);
  gft_set32(&header->ranks_flags, look->ranks_flags);
}

void gft_round_publish(struct gft_agent *agent, struct gft_stay *stay) {
  bool known = agent->look.status == GFT_WALK_OK && !agent->look.traces;
  gft_set64(&agent->pages.header->expected_hold_ns, known ? expected_hold(agent) : GFT_UNKNOWN);
  set_capabilities(agent, stay != NULL);
  publish_ranks(agent->pages.header, &agent->look);
  gft_publish_counters(&agent->pages, &agent->look.facts, agent->look.device, agent->look.taken_ns,
                       stay == NULL ? 0 : stay->hold_ns);
}

static bool in_page(void *pages, struct gft_walk_slot *out, size_t payload) { return gft_walk_map(pages, out, payload); }

bool gft_round_walk(struct gft_agent *agent, struct gft_stay *stay) {
  struct gft_page_header *header = agent->pages.header;
  struct gft_look *look = &agent->look;
  struct gft_walk_slot slot = {0};
  bool cut = false, converted = false;
  uint64_t start = gft_now(), held_before = stay->hold_ns;
  PyObject *segments = gft_torch_segments(stay, look);
  uint64_t taken = look->taken_ns;
  if (segments != NULL) {
    converted = gft_walk_convert(stay, in_page, &agent->pages, GFT_WALK_ROOM, look, segments, &slot, &cut, look->error, sizeof look->error);
  }
  /* What ended in this stay, and what goes on: the hold that began with the walk or after a yield. */
  uint64_t now = gft_now(), since = stay->held_since > start ? stay->held_since : start;
  uint64_t hold = stay->hold_ns - held_before + (now - since);
  agent->walk_ns = taken;
  agent->walk_hold_ns = hold;
  measure(agent, hold);
  if (!converted) {
    gft_walk_unmap(&slot);
    gft_publish_error(&agent->pages, look->error);
    gft_set32(&header->walk_status, GFT_WALK_ERROR);
    return false;
  }
  gft_walk_publish(&agent->pages, &slot, taken, hold);
  gft_set32(&header->walk_status, cut ? GFT_WALK_CUT : GFT_WALK_OK);
  agent->walk_kept = true;
  agent->walk_owed = false;
  return true;
}

uint64_t gft_round_walk_due(const struct gft_agent *agent, const struct gft_want *want) {
  if (!want->walks) return UINT64_MAX;
  bool asked = want->walk_after_ns > agent->walk_ns || agent->walk_owed;
  uint64_t pause = agent->walk_hold_ns * (asked ? PACE_ASKED_FOR : PACE);
  if (!asked && pause < agent->process->tick_ns) pause = agent->process->tick_ns;
  uint64_t due = agent->walk_ns + pause;
  return due > agent->walk_not_before_ns ? due : agent->walk_not_before_ns;
}

/* Whether the walk that is due is taken; else the reason is published. */
static bool affordable(struct gft_agent *agent, const struct gft_want *want) {
  bool forced = want->force_walk && want->walk_after_ns > agent->walk_ns;
  enum gft_walk_status refused = agent->look.status;
  if (refused == GFT_WALK_OK && forced) return true;
  if (refused == GFT_WALK_OK && agent->look.traces) {
    refused = GFT_WALK_HISTORY_ON;
  } else if (refused == GFT_WALK_OK && expected_hold(agent) > agent->process->max_hold_ns) {
    refused = GFT_WALK_OVER_BUDGET;
    forget(agent);
  }
  if (refused == GFT_WALK_OK) return true;
  gft_set32(&agent->pages.header->walk_status, refused);
  return false;
}

void gft_round(struct gft_agent *agent, const struct gft_want *want) {
  uint64_t now = gft_now();
  bool walk = gft_round_walk_due(agent, want) <= now;
  bool asked = walk && want->walk_after_ns > agent->walk_ns;
  if (!asked && now < agent->counters_ns + agent->process->tick_ns) {
    /* A walk that came due between two counters is still paced by its hold. */
    if (!walk || agent->look.status != GFT_WALK_OK) return;
  }
  struct gft_stay stay;
  if (!gft_round_enter(agent, &stay)) {
    memset(&agent->look, 0, sizeof agent->look);
    agent->look.taken_ns = agent->counters_ns = now;
    memcpy(agent->look.facts.job, agent->process->job, sizeof agent->look.facts.job);
    gft_set32(&agent->pages.header->walk_status, GFT_WALK_NO_FRAMEWORK);
    gft_round_publish(agent, NULL);
    return;
  }
  gft_round_look(agent, &stay);
  if (walk && affordable(agent, want)) {
    gft_round_walk(agent, &stay);
  } else if (!walk && agent->look.status != GFT_WALK_OK) {
    gft_set32(&agent->pages.header->walk_status, agent->look.status);
  }
  gft_round_leave(agent, &stay);
  gft_round_publish(agent, &stay);
}
