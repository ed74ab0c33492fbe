/* Reads the command page. Monitors write it at any moment, and a broken one may
 * write anything: every field is read once, atomically, and checked. */
#include "shim.h"

/* Leases reach at most 5 s ahead; one that claims more is not believed. */
#define LONGEST_LEASE (6 * GFT_SECOND)

static uint64_t get64(const uint64_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static uint32_t get32(const uint32_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

static bool live(const struct gft_cmd_slot *slot, uint64_t now) {
  uint64_t until = get64(&slot->lease_until_ns);
  return get64(&slot->owner) != 0 && until >= now && until - now <= LONGEST_LEASE;
}

struct gft_want gft_cmd_want(const struct gft_cmd_page *cmd, uint64_t now) {
  struct gft_want want = {0};
  for (int i = 0; i < GFT_CMD_SLOTS; i++) {
    const struct gft_cmd_slot *slot = &cmd->slot[i];
    if (!live(slot, now)) continue;
    uint32_t detail = get32(&slot->detail);
    if (detail == GFT_DETAIL_NONE) continue;
    want.watched = true;
    if (detail != GFT_DETAIL_WALK) continue;
    want.walks = true;
    uint64_t after = get64(&slot->walk_after_ns);
    if (after == 0 || after > now) continue;
    if (after > want.walk_after_ns) want.walk_after_ns = after;
    if (get32(&slot->force_walk) == 1) want.force_walk = true;
  }
  return want;
}

bool gft_cmd_request(const struct gft_cmd_page *cmd, int from, uint64_t now, const uint64_t handled[GFT_CMD_SLOTS],
                     struct gft_request *out) {
  for (int i = from; i < GFT_CMD_SLOTS; i++) {
    const struct gft_cmd_slot *slot = &cmd->slot[i];
    uint64_t id = get64(&slot->request_id);
    if (id == 0 || id == handled[i] || !live(slot, now)) continue;
    uint32_t command = get32(&slot->command);
    if (command != GFT_COMMAND_RELEASE && command != GFT_COMMAND_RECORD) continue;
    *out = (struct gft_request){
        .slot = i,
        .command = (enum gft_command)command,
        .id = id,
        .deadline_ns = get64(&slot->deadline_ns),
        .flags = get32(&slot->flags),
        .monitor_pid = get32(&slot->monitor_pid),
        .monitor_uid = get32(&slot->monitor_uid),
        .record_ns = get64(&slot->record_ns),
        .record_entries = get64(&slot->record_entries),
    };
    if (get64(&slot->request_id) == id) return true; /* else it changed while it was read: next time */
  }
  return false;
}

bool gft_cmd_stands(const struct gft_cmd_page *cmd, const struct gft_request *request, uint64_t now) {
  const struct gft_cmd_slot *slot = &cmd->slot[request->slot];
  return get64(&slot->request_id) == request->id && get64(&slot->deadline_ns) >= now && request->deadline_ns >= now;
}

bool gft_cmd_waits(const struct gft_cmd_page *cmd, const struct gft_request *request, uint64_t now) {
  const struct gft_cmd_slot *slot = &cmd->slot[request->slot];
  return get64(&slot->request_id) == request->id && live(slot, now);
}
