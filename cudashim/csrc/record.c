/* The history of a running program, for a monitor that asks. Where the program
 * records history itself, its ring is read and left as it is. Else the agent
 * switches it on for a time, and off again at the end of that time, when
 * whoever asked gives up or dies, and at the interpreter's end: the lease is
 * the agent's own. A program that touches the switch meanwhile has taken it
 * over, and keeps it. */
#include <stdio.h>
#include <string.h>

#include "agent.h"

#define LONGEST (600 * GFT_SECOND)
#define LOOK_AGAIN (1 * GFT_SECOND)  /* whether whoever asked still lives */
#define DELIVERY (30 * GFT_SECOND)   /* how long a trace is kept for it */
#define TRIES 5                      /* to switch history off */

static void refuse(struct gft_answer *answer, enum gft_answer_status status, const char *text) {
  answer->status = status;
  gft_text(answer->text, sizeof answer->text, text);
}

static void audit(struct gft_agent *agent, const struct gft_request *request, const char *what, enum gft_event_kind kind) {
  char line[200];
  snprintf(line, sizeof line, "history asked for by pid %u of uid %u: %s", request->monitor_pid, request->monitor_uid, what);
  gft_publish_event(&agent->pages, kind, line);
}

static void answer_with(struct gft_agent *agent, const struct gft_request *request, struct gft_answer *answer) {
  static const char *const words[] = {
      [GFT_ANSWER_EXPIRED] = "expired",           [GFT_ANSWER_BUSY] = "another recording is underway",
      [GFT_ANSWER_OFF] = "switched off",          [GFT_ANSWER_NO_FRAMEWORK] = "no framework",
      [GFT_ANSWER_NO_CONTEXT] = "no context",     [GFT_ANSWER_ERROR] = "failed",
      [GFT_ANSWER_UNSUPPORTED] = "not supported", [GFT_ANSWER_LOST] = "the program switched its history off",
  };
  if (answer->status != GFT_ANSWER_DONE) {
    char what[160];
    snprintf(what, sizeof what, "%s%s%s", words[answer->status], answer->text[0] == '\0' ? "" : ": ", answer->text);
    audit(agent, request, what, answer->status == GFT_ANSWER_ERROR ? GFT_EVENT_ERROR : GFT_EVENT_REFUSED);
  }
  answer->request_id = request->id;
  gft_publish_answer(&agent->pages, request->slot, answer);
}

/* Takes the trace and the walk of one moment into a trace file. */
static void deliver(struct gft_agent *agent, struct gft_stay *stay, bool own_ring, struct gft_answer *answer) {
  struct gft_recording *recording = &agent->recording;
  uint64_t now = gft_now(), events = 0, recorded = own_ring ? 0 : now - recording->began_ns;
  PyObject *both = gft_torch_trace(stay, agent->context, agent->contexts, &agent->look);
  char why[sizeof answer->text];
  /* Off before the long part: nothing more is wanted. */
  if (recording->on && gft_torch_record_end(stay, why, sizeof why)) recording->on = false;
  if (both == NULL) {
    refuse(answer, GFT_ANSWER_ERROR, agent->look.error);
    return;
  }
  if (!gft_trace_convert(stay, &agent->look, both, recording->entries, &recording->file, &events, why,
                         sizeof why)) {
    refuse(answer, GFT_ANSWER_ERROR, why);
    return;
  }
  gft_trace_publish(&recording->file, agent->pages.header, recording->request.id, own_ring ? GFT_TRACE_OWN_RING : 0, recorded);
  recording->file_until_ns = gft_now() + DELIVERY;
  answer->status = GFT_ANSWER_DONE;
  answer->took_ns = recorded;
  char what[100];
  snprintf(what, sizeof what, own_ring ? "%llu events of the program's own" : "%llu events in %llu ms",
           (unsigned long long)events, (unsigned long long)(recorded / GFT_MS));
  audit(agent, &recording->request, what, GFT_EVENT_RECORD);
}

/* Everything that can be told before history is touched. */
static bool allowed(const struct gft_agent *agent, struct gft_answer *answer) {
  const struct gft_look *look = &agent->look;
  if (look->facts.framework[0] == '\0') {
    refuse(answer, GFT_ANSWER_NO_FRAMEWORK, look->status == GFT_WALK_NOT_READY ? "the framework has not begun to use CUDA" : look->error);
  } else if (agent->contexts == 0 || look->facts.devices == 0) {
    refuse(answer, GFT_ANSWER_NO_CONTEXT, "");
  } else if (look->status != GFT_WALK_OK) {
    refuse(answer, GFT_ANSWER_UNSUPPORTED, "the allocator in use has no history");
  } else {
    return true;
  }
  return false;
}

static uint64_t within(uint64_t value, uint64_t least, uint64_t most) {
  return value < least ? least : value > most ? most : value;
}

/* At the interpreter's end, on its thread. */
static void end_of_python(struct gft_stay *stay) {
  char why[64];
  gft_torch_record_end(stay, why, sizeof why);
}

/* Whether the request is dealt with: refused, or its trace is there. */
static bool begin(struct gft_agent *agent, struct gft_stay *stay, struct gft_answer *answer) {
  struct gft_recording *recording = &agent->recording;
  char why[sizeof answer->text] = "";
  if (!allowed(agent, answer)) return true;
  if (!gft_cmd_stands(agent->pages.cmd, &recording->request, gft_now())) {
    refuse(answer, GFT_ANSWER_EXPIRED, "");
    return true;
  }
  gft_python_at_end(end_of_python);
  if (!gft_python_end_first(stay)) { /* what the program does at its end is none of our history's */
    refuse(answer, GFT_ANSWER_ERROR, "Python's end cannot be waited for");
    return true;
  }
  recording->began_ns = gft_now();
  recording->until_ns = recording->began_ns + within(recording->request.record_ns, 0, LONGEST);
  gft_set64(&agent->pages.header->recording_until_ns, recording->until_ns);
  switch (gft_torch_record(stay, recording->entries, why, sizeof why)) {
    case GFT_HISTORY_STARTED:
      recording->on = true;
      return false;
    case GFT_HISTORY_THEIRS:
      deliver(agent, stay, true, answer);
      return true;
    default:
      refuse(answer, GFT_ANSWER_UNSUPPORTED, why);
      return true;
  }
}

void gft_record(struct gft_agent *agent, const struct gft_request *request) {
  static struct gft_answer answer; /* 2 KiB; the agent thread only */
  struct gft_recording *recording = &agent->recording;
  struct gft_stay stay;
  memset(&answer, 0, sizeof answer);
  agent->handled[request->slot] = request->id;
  if (!agent->process->allow_release) {
    refuse(&answer, GFT_ANSWER_OFF, "");
  } else if (recording->on || recording->file.at != NULL) {
    refuse(&answer, GFT_ANSWER_BUSY, "");
  } else if (!gft_cmd_stands(agent->pages.cmd, request, gft_now())) {
    refuse(&answer, GFT_ANSWER_EXPIRED, "");
  } else if (!gft_round_enter(agent, &stay)) {
    refuse(&answer, GFT_ANSWER_NO_FRAMEWORK, "");
  } else {
    *recording = (struct gft_recording){.request = *request, .file = {.fd = -1}};
    recording->entries = within(request->record_entries, 1, GFT_TRACE_MAX_EVENTS);
    gft_round_look(agent, &stay);
    bool done = begin(agent, &stay, &answer);
    gft_round_leave(agent, &stay);
    gft_round_publish(agent, &stay);
    if (!done) return;
    answer.hold_ns = stay.hold_ns;
  }
  answer_with(agent, request, &answer);
  if (!recording->on) gft_set64(&agent->pages.header->recording_until_ns, 0);
}

/* The end of a recording; wanted: with its trace. */
static void end(struct gft_agent *agent, bool wanted) {
  static struct gft_answer answer;
  struct gft_recording *recording = &agent->recording;
  struct gft_stay stay;
  char why[sizeof answer.text] = "";
  memset(&answer, 0, sizeof answer);
  if (!gft_round_enter(agent, &stay)) { /* the interpreter ends, and with it the history */
    recording->on = false;
    gft_set64(&agent->pages.header->recording_until_ns, 0);
    return;
  }
  enum gft_history whose = gft_torch_recorded(&stay, why, sizeof why);
  if (whose == GFT_HISTORY_THEIRS || whose == GFT_HISTORY_OFF) recording->on = false;
  if (!wanted) {
    if (recording->on && gft_torch_record_end(&stay, why, sizeof why)) recording->on = false;
  } else if (whose == GFT_HISTORY_OFF) {
    refuse(&answer, GFT_ANSWER_LOST, "");
  } else if (whose == GFT_HISTORY_FAILED) {
    refuse(&answer, GFT_ANSWER_ERROR, why);
  } else {
    gft_round_look(agent, &stay);
    if (agent->look.status == GFT_WALK_OK) {
      deliver(agent, &stay, whose == GFT_HISTORY_THEIRS, &answer);
    } else {
      refuse(&answer, GFT_ANSWER_ERROR, agent->look.error);
    }
  }
  gft_round_leave(agent, &stay);
  gft_round_publish(agent, &stay);
  answer.hold_ns = stay.hold_ns;
  if (wanted) {
    answer_with(agent, &recording->request, &answer);
  } else if (!recording->answered || recording->on) {
    audit(agent, &recording->request, recording->on ? "history could not be switched off" : "ended early, nobody waits for it",
          recording->on ? GFT_EVENT_ERROR : GFT_EVENT_REFUSED);
  }
  recording->answered = true;
  if (recording->on && ++recording->failures >= TRIES) recording->on = false;
  if (recording->on) recording->until_ns = gft_now() + LOOK_AGAIN; /* and once more */
  gft_set64(&agent->pages.header->recording_until_ns, recording->on ? recording->until_ns : 0);
}

void gft_record_round(struct gft_agent *agent) {
  struct gft_recording *recording = &agent->recording;
  uint64_t now = gft_now();
  if (!recording->on && recording->file.at == NULL) return;
  bool waits = gft_cmd_waits(agent->pages.cmd, &recording->request, now);
  if (recording->on && (!waits || now >= recording->until_ns)) end(agent, waits && !recording->answered);
  if (recording->file.at != NULL && (!waits || gft_now() >= recording->file_until_ns)) gft_trace_close(&recording->file);
}

uint64_t gft_record_due(const struct gft_agent *agent) {
  const struct gft_recording *recording = &agent->recording;
  if (!recording->on && recording->file.at == NULL) return UINT64_MAX;
  uint64_t now = gft_now(), left = LOOK_AGAIN;
  if (recording->on && recording->until_ns < now + left) left = recording->until_ns > now ? recording->until_ns - now : 1;
  return left;
}
