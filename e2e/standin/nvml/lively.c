#include "standin.h"

#include <time.h>

unsigned standin_swing(unsigned figure, unsigned most) {
  if (!standin_machine()->lively) return 0;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint32_t mixed = (uint32_t)now.tv_sec * 2654435761u ^ (figure + 1) * 2246822519u;
  mixed ^= mixed >> 15;
  mixed *= 2246822519u;
  return (mixed ^ mixed >> 13) % most;
}
