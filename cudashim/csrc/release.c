/* The release hook. Every check comes before the call, and each has an answer
 * of its own; what cannot be shown to be safe is refused. */
#include <string.h>

#include "agent.h"

#define WALK_READABLE (300 * GFT_MS)     /* the walk taken before the call */
#define LONGEST_DEADLINE (60 * GFT_SECOND) /* a request that would stand for longer is not believed */

/* One request, on its way. */
struct release {
  struct gft_agent *agent;
  const struct gft_request *request;
  struct gft_answer *answer;
  bool begun; /* the program's own function has run: it is too late to expire */
};

static void refuse(struct gft_answer *answer, enum gft_answer_status status, const char *text) {
  answer->status = status;
  gft_text(answer->text, sizeof answer->text, text);
}

static bool capture_counted(const struct release *release) {
  if (release->request->flags & GFT_COMMAND_FORCE) return false;
  struct gft_captures captures = gft_captures();
  return captures.begins != captures.ends;
}

static bool capture_possible(const struct release *release) {
  if (release->request->flags & GFT_COMMAND_FORCE) return false;
  return !gft_captures().counted || capture_counted(release);
}

static bool too_soon(const struct gft_agent *agent) {
  uint64_t last = agent->pages.header->last_release_ns;
  return last != 0 && gft_now() - last < agent->process->release_interval_ns;
}

/* What can be told without going into Python: a flood of requests costs no GIL. */
static bool allowed_outside(const struct release *release) {
  struct gft_answer *answer = release->answer;
  uint64_t now = gft_now();
  if (!gft_cmd_stands(release->agent->pages.cmd, release->request, now)) {
    refuse(answer, GFT_ANSWER_EXPIRED, "");
  } else if (release->request->deadline_ns - now > LONGEST_DEADLINE) {
    refuse(answer, GFT_ANSWER_EXPIRED, "its deadline is too far off");
  } else if (!release->agent->process->allow_release) {
    refuse(answer, GFT_ANSWER_OFF, "");
  } else if (capture_counted(release)) {
    refuse(answer, GFT_ANSWER_CAPTURE, "");
  } else if (too_soon(release->agent)) {
    refuse(answer, GFT_ANSWER_TOO_SOON, "");
  } else {
    return true;
  }
  return false;
}

/* What the framework has to say to it. */
static bool allowed_inside(const struct release *release, struct gft_stay *stay) {
  const struct gft_agent *agent = release->agent;
  struct gft_answer *answer = release->answer;
  char why[sizeof answer->text];
  if (agent->look.facts.framework[0] == '\0') {
    refuse(answer, GFT_ANSWER_NO_FRAMEWORK, agent->look.status == GFT_WALK_NOT_READY ? "the framework has not begun to use CUDA" : "");
  } else if (agent->contexts == 0 || agent->look.facts.devices == 0) {
    refuse(answer, GFT_ANSWER_NO_CONTEXT, "");
  } else if (capture_possible(release)) {
    refuse(answer, GFT_ANSWER_CAPTURE, gft_captures().counted ? "" : "captures cannot be counted in this process");
  } else if (!gft_torch_may_release(stay, why, sizeof why)) {
    refuse(answer, GFT_ANSWER_RANKS, why);
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

/* Tells the monitors that it begins, and looks whether it still should. */
static bool begin(struct release *release) {
  gft_set32(&release->agent->pages.header->release_underway, 1);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!release->begun && !gft_cmd_stands(release->agent->pages.cmd, release->request, gft_now())) {
    refuse(release->answer, GFT_ANSWER_EXPIRED, "");
    return false;
  }
  if (capture_counted(release)) {
    refuse(release->answer, GFT_ANSWER_CAPTURE, "");
    return false;
  }
  return true;
}

static void call_hook(struct release *release, struct gft_stay *stay) {
  struct gft_agent *agent = release->agent;
  struct gft_answer *answer = release->answer;
  uint64_t before[GFT_MAX_DEVICES], after[GFT_MAX_DEVICES];
  char error[256];
  if (!gft_torch_reserved(stay, agent->context, agent->contexts, before)) {
    refuse(answer, GFT_ANSWER_ERROR, "reserved bytes could not be read");
    return;
  }
  if (!begin(release)) return;
  uint64_t start = gft_now();
  gft_python_releasing(true);
  bool held = false, done = gft_torch_release(stay, agent->context[0].ordinal, &held, error, sizeof error);
  gft_python_releasing(false);
  uint64_t end = gft_now(), took = end - start;
  answer->took_ns += took;
  if (held) {
    answer->hold_ns = took;
  } else {
    stay->held_since += took;
  }
  gft_set64(&agent->pages.header->last_release_ns, end);
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

/* Asks the framework whether its cache may be released, and releases it if
 * call. Not allowed: the answer has a status. */
static bool by_framework(struct release *release, bool call) {
  struct gft_agent *agent = release->agent;
  struct gft_stay stay;
  if (!gft_round_enter(agent, &stay)) {
    refuse(release->answer, GFT_ANSWER_NO_FRAMEWORK, "");
    return false;
  }
  gft_round_look(agent, &stay);
  bool allowed = allowed_inside(release, &stay);
  if (allowed && call) {
    release->answer->walk_seq = walk_before(agent, &stay);
    agent->walk_not_before_ns = gft_now() + WALK_READABLE;
    call_hook(release, &stay);
    agent->walk_owed = release->answer->status == GFT_ANSWER_DONE;
    gft_round_look(agent, &stay);
  }
  gft_round_leave(agent, &stay);
  gft_round_publish(agent, &stay);
  return allowed;
}

/* The program's own function. Outside of Python, which it may go into: so the
 * interpreter's end waits for it. */
static bool by_program(struct release *release) {
  struct gft_answer *answer = release->answer;
  struct gft_own_answer own;
  if (!begin(release)) return false;
  if (!gft_python_keep()) {
    refuse(answer, GFT_ANSWER_ERROR, "the interpreter is ending");
    return false;
  }
  gft_python_releasing(true);
  release->begun = gft_own_call(&own);
  gft_python_releasing(false);
  gft_python_let_go();
  if (!release->begun) return true; /* taken back just now */
  memcpy(answer->own_name, own.name, sizeof answer->own_name);
  answer->own_bytes = own.bytes;
  answer->own_ns = own.took_ns > 0 ? own.took_ns : 1;
  answer->took_ns += answer->own_ns;
  gft_set64(&release->agent->pages.header->last_release_ns, gft_now());
  return true;
}

/* The program's own function first: what it gives to the framework's cache goes
 * back to the driver with it. Where no framework has anything to release, it is
 * called alone. */
static void both(struct release *release) {
  struct gft_answer *answer = release->answer;
  bool framework = by_framework(release, false);
  if (!framework && answer->status != GFT_ANSWER_NO_FRAMEWORK && answer->status != GFT_ANSWER_NO_CONTEXT) return;
  enum gft_answer_status without = answer->status;
  refuse(answer, GFT_ANSWER_NONE, "");
  if (!by_program(release)) return;
  if (framework) {
    by_framework(release, true);
  } else if (release->begun) {
    answer->status = GFT_ANSWER_DONE;
  } else {
    refuse(answer, without, "");
  }
}

static void try_release(struct release *release) {
  char name[GFT_OWN_NAME];
  if (!allowed_outside(release)) return;
  if (gft_own_name(name)) {
    both(release);
  } else {
    by_framework(release, true);
  }
}

/* A request is answered once, in whichever slot it turns up again. */
static bool is_known(struct gft_agent *agent, uint64_t id) {
  for (int i = 0; i < GFT_REQUESTS_KNOWN; i++) {
    if (agent->known[i] == id) return true;
  }
  agent->known[agent->known_next++ % GFT_REQUESTS_KNOWN] = id;
  return false;
}

static void answer_release(struct gft_agent *agent, const struct gft_request *request) {
  static struct gft_answer answer; /* 2 KiB; the agent thread only */
  memset(&answer, 0, sizeof answer);
  answer.request_id = request->id;
  struct release release = {.agent = agent, .request = request, .answer = &answer};
  if (is_known(agent, request->id)) {
    refuse(&answer, GFT_ANSWER_EXPIRED, "it has been answered before");
  } else {
    try_release(&release);
  }
  gft_audit(agent, request, &answer);
  gft_publish_answer(&agent->pages, request->slot, &answer);
  gft_set32(&agent->pages.header->release_underway, 0);
  agent->handled[request->slot] = request->id;
}

/* One request of each slot: no monitor keeps the others waiting. What comes in
 * meanwhile wakes the agent again. */
void gft_requests(struct gft_agent *agent) {
  struct gft_request request;
  for (int slot = 0; gft_cmd_request(agent->pages.cmd, slot, gft_now(), agent->handled, &request); slot = request.slot + 1) {
    if (request.command == GFT_COMMAND_RECORD) {
      gft_record(agent, &request);
    } else {
      answer_release(agent, &request);
    }
  }
}
