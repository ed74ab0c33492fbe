/* Wakes the agent from the program's threads. The word that it sleeps in is in
 * the command page, which it may make anew: it takes the word back first, and
 * waits for whoever is using it. */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

static _Atomic(uint32_t *) word;
static _Atomic int users;

void gft_wake(void) {
  atomic_fetch_add(&users, 1);
  uint32_t *at = atomic_load(&word);
  if (at != NULL) {
    __atomic_fetch_add(at, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, at, FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  atomic_fetch_sub(&users, 1);
}

void gft_wake_by(uint32_t *at) {
  if (atomic_exchange(&word, at) == at) return;
  while (atomic_load(&users) > 0) gft_nap(GFT_MS / 10);
}
