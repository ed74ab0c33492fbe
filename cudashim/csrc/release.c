/* The release hook. Every check comes before the call, and each has an answer
 * of its own; what cannot be shown to be safe is refused. */
#include <stdio.h>
#include <string.h>

#include "agent.h"

#define WALK_READABLE (300 * GFT_MS) /* the walk taken before the call */

static bool capture_underway(uint32_t flags) {
  if (flags & GFT_COMMAND_FORCE) return false;
  struct gft_captures captures = gft_captures();
  return !captures.counted || captures.begins != captures.ends;
}

static bool too_soon(const struct gft_agent *agent) {
  uint64_t last = agent->pages.header->last_release_ns;
  return last != 0 && gft_now() - last < agent->process->release_interval_ns;
}

static void refuse(struct gft_answer *answer, enum gft_answer_status status, const char *text) {
  answer->status = status;
  gft_text(answer->text, sizeof answer->text, text);
}

/* Everything that can be told before the call, in the order of the answers. */
static bool allowed(struct gft_agent *agent, struct gft_stay *stay, const struct gft_request *request,
                    struct gft_answer *answer) {
  char why[sizeof answer->text];
  if (agent->look.facts.framework[0] == '\0') {
    refuse(answer, GFT_ANSWER_NO_FRAMEWORK, agent->look.status == GFT_WALK_NOT_READY ? "the framework has not begun to use CUDA" : "");
  } else if (agent->contexts == 0 || agent->look.facts.devices == 0) {
    refuse(answer, GFT_ANSWER_NO_CONTEXT, "");
  } else if (capture_underway(request->flags)) {
    refuse(answer, GFT_ANSWER_CAPTURE, gft_captures().counted ? "" : "captures cannot be counted in this process");
  } else if (too_soon(agent)) {
    refuse(answer, GFT_ANSWER_TOO_SOON, "");
  } else if (!gft_torch_may_release(stay, why, sizeof why)) {
    refuse(answer, GFT_ANSWER_ERROR, why);
  } else {
    return true;
  }
  return false;
}

/* The walk that the estimate is computed from, unless it would cost more than
 * a walk may. */
static uint64_t walk_before(struct gft_agent *agent, struct gft_stay *stay) {
  struct gft_page_header *header = agent->pages.header;
  if (agent->look.status != GFT_WALK_OK || agent->look.traces) return 0;
  gft_round_publish(agent, stay);
  if (header->expected_hold_ns > header->max_hold_ns) return 0;
  return gft_round_walk(agent, stay) ? agent->pages.walk_seq : 0;
}

static void name_failure(struct gft_answer *answer, const char *error) {
  /* How PyTorch words that a capture or a MemPool is in use by some thread. */
  bool capture = strstr(error, "captures_underway") != NULL;
  refuse(answer, capture ? GFT_ANSWER_CAPTURE : GFT_ANSWER_ERROR,
         capture ? "a capture or a memory pool is in use" : error);
}

static void call_hook(struct gft_agent *agent, struct gft_stay *stay, const struct gft_request *request,
                      struct gft_answer *answer) {
  struct gft_page_header *header = agent->pages.header;
  uint64_t before[GFT_MAX_DEVICES], after[GFT_MAX_DEVICES];
  char error[256];
  if (!gft_torch_reserved(stay, agent->context, agent->contexts, before)) {
    refuse(answer, GFT_ANSWER_ERROR, "reserved bytes could not be read");
    return;
  }
  gft_set32(&header->release_underway, 1);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!gft_cmd_stands(agent->pages.cmd, request, gft_now())) {
    refuse(answer, GFT_ANSWER_EXPIRED, "");
    return;
  }
  if (capture_underway(request->flags)) {
    refuse(answer, GFT_ANSWER_CAPTURE, "");
    return;
  }
  uint64_t start = gft_now();
  gft_python_releasing(true);
  bool held = false, done = gft_torch_release(stay, agent->context[0].ordinal, &held, error, sizeof error);
  gft_python_releasing(false);
  uint64_t end = gft_now();
  answer->took_ns = end - start;
  if (held) {
    answer->hold_ns = answer->took_ns;
  } else {
    stay->held_since += answer->took_ns;
  }
  gft_set64(&header->last_release_ns, end);
  if (!done) {
    name_failure(answer, error);
    return;
  }
  answer->status = GFT_ANSWER_DONE;
  if (!gft_torch_reserved(stay, agent->context, agent->contexts, after)) return;
  for (int i = 0; i < agent->contexts; i++) {
    if (before[i] == GFT_UNKNOWN || after[i] == GFT_UNKNOWN) continue;
    struct gft_answer_device *device = &answer->device[answer->devices++];
    memcpy(device->uuid, agent->context[i].uuid, sizeof device->uuid);
    device->before_bytes = before[i];
    device->after_bytes = after[i];
  }
}

static void audit(struct gft_agent *agent, const struct gft_request *request, const struct gft_answer *answer) {
  static const char *const words[] = {
      [GFT_ANSWER_DONE] = "released",        [GFT_ANSWER_EXPIRED] = "expired",
      [GFT_ANSWER_CAPTURE] = "a capture is underway", [GFT_ANSWER_BUSY] = "another release was underway",
      [GFT_ANSWER_TOO_SOON] = "too soon after the last", [GFT_ANSWER_OFF] = "switched off",
      [GFT_ANSWER_NO_FRAMEWORK] = "no framework", [GFT_ANSWER_NO_CONTEXT] = "no context",
      [GFT_ANSWER_ERROR] = "failed",
  };
  char line[200];
  uint64_t back = 0;
  for (uint32_t i = 0; i < answer->devices; i++) {
    const struct gft_answer_device *device = &answer->device[i];
    if (device->before_bytes > device->after_bytes) back += device->before_bytes - device->after_bytes;
  }
  bool done = answer->status == GFT_ANSWER_DONE;
  int used = snprintf(line, sizeof line, "release asked for by pid %u of uid %u: %s", request->monitor_pid,
                      request->monitor_uid, words[answer->status]);
  if (done && used > 0 && (size_t)used < sizeof line) {
    snprintf(line + used, sizeof line - (size_t)used, " %llu bytes in %llu ms", (unsigned long long)back,
             (unsigned long long)(answer->took_ns / GFT_MS));
  } else if (answer->text[0] != '\0' && used > 0 && (size_t)used < sizeof line) {
    snprintf(line + used, sizeof line - (size_t)used, ": %s", answer->text);
  }
  enum gft_event_kind kind = done ? GFT_EVENT_RELEASE : answer->status == GFT_ANSWER_ERROR ? GFT_EVENT_ERROR : GFT_EVENT_REFUSED;
  gft_publish_event(&agent->pages, kind, line);
}

static void answer_with(struct gft_agent *agent, const struct gft_request *request, const struct gft_answer *answer) {
  audit(agent, request, answer);
  gft_publish_answer(&agent->pages, request->slot, answer);
  gft_set32(&agent->pages.header->release_underway, 0);
  agent->handled[request->slot] = request->id;
}

static void try_release(struct gft_agent *agent, const struct gft_request *request, struct gft_answer *answer) {
  struct gft_stay stay;
  if (!gft_cmd_stands(agent->pages.cmd, request, gft_now())) {
    refuse(answer, GFT_ANSWER_EXPIRED, "");
    return;
  }
  if (!agent->process->allow_release) {
    refuse(answer, GFT_ANSWER_OFF, "");
    return;
  }
  if (!gft_round_enter(agent, &stay)) {
    refuse(answer, GFT_ANSWER_NO_FRAMEWORK, "");
    return;
  }
  gft_round_look(agent, &stay);
  if (allowed(agent, &stay, request, answer)) {
    answer->walk_seq = walk_before(agent, &stay);
    agent->walk_not_before_ns = gft_now() + WALK_READABLE;
    call_hook(agent, &stay, request, answer);
    agent->walk_owed = answer->status == GFT_ANSWER_DONE;
    gft_round_look(agent, &stay);
  }
  gft_round_leave(agent, &stay);
  gft_round_publish(agent, &stay);
}

void gft_requests(struct gft_agent *agent) {
  struct gft_request request;
  bool busy = false; /* whatever came in while a release ran */
  while (gft_cmd_request(agent->pages.cmd, gft_now(), agent->handled, &request)) {
    if (request.command == GFT_COMMAND_RECORD) {
      gft_record(agent, &request);
      continue;
    }
    static struct gft_answer answer; /* 2 KiB; the agent thread only */
    memset(&answer, 0, sizeof answer);
    answer.request_id = request.id;
    if (busy) {
      refuse(&answer, GFT_ANSWER_BUSY, "");
    } else {
      try_release(agent, &request, &answer);
      busy = answer.took_ns > 0;
    }
    answer_with(agent, &request, &answer);
  }
}
