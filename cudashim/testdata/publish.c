/* Publishes counters and walks as fast as it can, until it is killed. The
 * figures and every block of one publication carry its number. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../csrc/shim.h"

#define BLOCK 4096 /* bytes; what is requested of each is the number, which stays below */

int main(void) {
  static struct gft_pages pages;
  static struct gft_process process;
  if (!gft_pages_open(&pages, &process)) return 1;
  struct gft_device device = {.flags = GFT_DEVICE_CONTEXT};
  for (uint64_t seq = 1;; seq++) {
    uint64_t mark = seq % BLOCK, blocks = 1 + seq * 7919 % 3000;
    struct gft_facts facts = {.devices = 1};
    device.reserved_bytes = device.active_peak_bytes = device.alloc_retries = mark;
    gft_publish_counters(&pages, &facts, &device, seq, 0);
    struct gft_walk walk = {.devices = 1, .segments = 1, .blocks = blocks, .segments_total = 1, .blocks_total = blocks};
    struct gft_segment segment = {.address = BLOCK, .size = blocks * BLOCK, .blocks = blocks};
    struct gft_walk_slot slot;
    if (!gft_walk_map(&pages, &slot, sizeof walk + sizeof device + sizeof segment + blocks * sizeof(struct gft_block))) return 2;
    unsigned char *at = slot.slot + sizeof(struct gft_slot_header);
    memcpy(at, &walk, sizeof walk);
    memcpy(at += sizeof walk, &device, sizeof device);
    memcpy(at += sizeof device, &segment, sizeof segment);
    struct gft_block *block = (struct gft_block *)(void *)(at + sizeof segment);
    for (uint64_t i = 0; i < blocks; i++) {
      block[i] = (struct gft_block){.address = BLOCK + i * BLOCK, .size = BLOCK, .requested = mark, .state = GFT_BLOCK_USED};
    }
    gft_walk_publish(&pages, &slot, seq, 0);
    if (seq % 50 == 0) gft_publish_event(&pages, GFT_EVENT_RELEASE, "published");
    if (seq == 3 && write(1, "x", 1) != 1) return 3;
  }
}
