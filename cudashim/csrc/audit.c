/* Who asked for a release, and what became of it, in the page's log. */
#include <stdarg.h>
#include <stdio.h>

#include "agent.h"

/* So many refusals have a line of their own in so much time. The others are
 * counted in the next line. */
#define REFUSALS 8u
#define WINDOW (10 * GFT_SECOND)

struct line {
  char text[200];
  size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...) {
  size_t room = sizeof line->text - line->used;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line->text + line->used, room, format, arguments);
  va_end(arguments);
  if (length > 0) line->used += (size_t)length < room ? (size_t)length : room - 1;
}

static bool told(struct gft_audit *audit, uint64_t now) {
  if (now - audit->since_ns > WINDOW || audit->since_ns == 0) {
    audit->since_ns = now;
    audit->lines = 0;
  }
  if (audit->lines < REFUSALS) {
    audit->lines++;
    return true;
  }
  audit->untold++;
  return false;
}

static uint64_t bytes_back(const struct gft_answer *answer) {
  uint64_t back = 0;
  for (uint32_t i = 0; i < answer->devices; i++) {
    const struct gft_answer_device *device = &answer->device[i];
    if (device->before_bytes > device->after_bytes) back += device->before_bytes - device->after_bytes;
  }
  return back;
}

void gft_audit(struct gft_agent *agent, const struct gft_request *request, const struct gft_answer *answer) {
  static const char *const words[] = {
      [GFT_ANSWER_DONE] = "released",        [GFT_ANSWER_EXPIRED] = "expired",
      [GFT_ANSWER_CAPTURE] = "a capture is underway", [GFT_ANSWER_BUSY] = "another release was underway",
      [GFT_ANSWER_TOO_SOON] = "too soon after the last", [GFT_ANSWER_OFF] = "switched off",
      [GFT_ANSWER_NO_FRAMEWORK] = "no framework", [GFT_ANSWER_NO_CONTEXT] = "no context",
      [GFT_ANSWER_ERROR] = "failed",         [GFT_ANSWER_RANKS] = "one of several ranks",
  };
  struct line line = {.used = 0};
  bool done = answer->status == GFT_ANSWER_DONE, own = answer->own_name[0] != '\0';
  if (!done && !own && !told(&agent->audit, gft_now())) return;
  const char *word = answer->status < sizeof words / sizeof *words ? words[answer->status] : NULL;
  add(&line, "release asked for by pid %u of uid %u: %s", request->monitor_pid, request->monitor_uid,
      word == NULL ? "refused" : word);
  if (done) {
    add(&line, " %llu bytes in %llu ms", (unsigned long long)bytes_back(answer), (unsigned long long)(answer->took_ns / GFT_MS));
  } else if (answer->text[0] != '\0') {
    add(&line, ": %s", answer->text);
  }
  if (own && answer->own_bytes == GFT_UNKNOWN) add(&line, "; %s does not say how much", answer->own_name);
  if (own && answer->own_bytes != GFT_UNKNOWN) add(&line, "; %s says %llu bytes", answer->own_name, (unsigned long long)answer->own_bytes);
  if (agent->audit.untold > 0) add(&line, " (%u more were refused before)", agent->audit.untold);
  agent->audit.untold = 0;
  enum gft_event_kind kind = done ? GFT_EVENT_RELEASE : answer->status == GFT_ANSWER_ERROR ? GFT_EVENT_ERROR : GFT_EVENT_REFUSED;
  gft_publish_event(&agent->pages, kind, line.text);
}
