/* Stands in for a Python: takes pending calls, and makes them between two
 * rounds of a calculation that would come out wrong if one register, flag or
 * byte of the stack were lost on the way. Says "ready", and after each line of
 * stdin how many rounds went by and how many came out wrong.
 *
 * usage: python3 compute|syscall|locking|blocked|stubborn */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const unsigned long Py_Version = 0x030C01F0;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int (*volatile pending)(void *);
static volatile uint64_t rounds, wrong;
static volatile int stubborn;

int Py_AddPendingCall(int (*call)(void *), void *argument) {
  volatile unsigned char noise[512]; /* as a deep call would */
  memset((void *)noise, 0xee, sizeof noise);
  __asm__ volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0; vmovdqa %%ymm0, %%ymm7; vmovdqa %%ymm0, %%ymm15; std; cld; stc" ::: "xmm0", "xmm7", "xmm15", "cc");
  (void)argument;
  if (stubborn) return -1;
  pthread_mutex_lock(&lock);
  pending = call;
  pthread_mutex_unlock(&lock);
  return 0;
}

/* Nobody else holds the lock: a main thread that is stopped here must not be
 * made to wait for it. */
__attribute__((noinline)) static void make_pending_calls(void) {
  pthread_mutex_lock(&lock);
  int (*call)(void *) = pending;
  pending = NULL;
  pthread_mutex_unlock(&lock);
  if (call != NULL) call(NULL);
}

/* A leaf: its variables may lie below the stack pointer. */
__attribute__((noinline, target("avx2"))) static uint64_t calculate(uint64_t seed) {
  double a[8];
  uint64_t x = seed, y = seed ^ 0x9e3779b97f4a7c15u;
  for (int i = 0; i < 8; i++) a[i] = (double)(seed % 97) + i;
  for (int n = 0; n < 20000; n++) {
    for (int i = 0; i < 8; i++) a[i] = a[i] * 1.0000001 + (double)(n & 3);
    x = (x << 7 | x >> 57) + y;
    y = x > y ? y * 3 + 1 : y ^ x;
  }
  uint64_t sum = x ^ y;
  for (int i = 0; i < 8; i++) {
    uint64_t bits;
    memcpy(&bits, &a[i], sizeof bits);
    sum = sum * 31 + bits;
  }
  return sum;
}

static void *answer(void *unused) {
  char line[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("%llu %llu\n", (unsigned long long)rounds, (unsigned long long)wrong);
    fflush(stdout);
  }
  _exit(7);
  return unused;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "compute";
  stubborn = strcmp(mode, "stubborn") == 0;
  volatile uint64_t seed = 5; /* nobody may calculate once only */
  uint64_t want = calculate(seed);
  pthread_t thread;
  pthread_create(&thread, NULL, answer, NULL);
  printf("ready\n");
  fflush(stdout);
  if (strcmp(mode, "blocked") == 0) {
    for (;;) pause(); /* never comes back to Python */
  }
  for (;;) {
    if (strcmp(mode, "syscall") == 0) {
      struct timespec nap = {0, 2000000};
      if (nanosleep(&nap, NULL) != 0) wrong++; /* restarted by the kernel, never cut short */
    } else if (strcmp(mode, "locking") != 0 && calculate(seed) != want) {
      wrong++;
    }
    make_pending_calls();
    rounds++;
  }
}
