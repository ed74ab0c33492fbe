/* The shim's own sources, linked into a program that lets many threads call its
 * hooks, fork, spawn and load and unload libraries, with a stand-in Python that
 * the agent walks, while monitors of this process and others ask for all there
 * is; then Python ends. Run under sanitizers; exits 0 when all is well.
 * usage: hammer LIBRARY, on the stand-in CUDA libraries. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../csrc/pyapi.h"
#include "monitor.h"
#include "python.h"

enum { THREADS = 16, ROUNDS = 150, MONITORS = 3, RELAXED = 2 };

int cuInit(unsigned flags);
int cudaGetDeviceCount(int *count);
int cudaSetDevice(int device);
int cudaMalloc(void **address, size_t size);
int cudaFree(void *address);
int cudaStreamCreate(void **stream);
int cudaStreamDestroy(void *stream);
int cudaStreamBeginCapture(void *stream, int mode);
int cudaStreamEndCapture(void *stream, void **graph);
int cudaGraphDestroy(void *graph);

static const char *program, *library;
extern void *streams[THREADS];
void *streams[THREADS]; /* the stand-in keeps what was destroyed */

static void allocate(void) {
  void *address = NULL;
  int count = 0;
  CHECK(cuInit(0) == 0);
  CHECK(cudaGetDeviceCount(&count) == 0 && count >= 1);
  CHECK(cudaSetDevice(0) == 0);
  CHECK(cudaMalloc(&address, 4096) == 0 && address != NULL && cudaFree(address) == 0);
}

static void capture(void *stream) {
  void *graph = NULL;
  CHECK(cudaStreamBeginCapture(stream, RELAXED) == 0);
  CHECK(cudaStreamBeginCapture(stream, RELAXED) != 0); /* one that fails counts for nothing */
  CHECK(cudaStreamEndCapture(stream, &graph) == 0 && graph != NULL);
  cudaGraphDestroy(graph);
}

/* A fork child of a process with an agent: everything passes through, nobody publishes. */
static int in_child(void) {
  int count;
  void *address;
  cudaGetDeviceCount(&count);
  cudaMalloc(&address, 1);
  return atomic_load(&gft_state) == GFT_STATE_DEAD ? 7 : 8;
}

static void children(bool spawn) {
  int status = 0;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    if (spawn) execl(program, program, "child", (char *)NULL);
    _exit(spawn ? 127 : in_child());
  }
  CHECK(waitpid(child, &status, 0) == child);
  if (WEXITSTATUS(status) != 7) fprintf(stderr, "a child ended with status %x\n", (unsigned)status);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void load_and_unload(void) {
  int (*allocates)(void **) = NULL;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), *address = NULL;
  CHECK(handle != NULL);
  *(void **)&allocates = dlsym(handle, "library_allocates");
  CHECK(allocates(&address) == 0 && cudaFree(address) == 0);
  CHECK(dlclose(handle) == 0);
}

static void *worker(void *number) {
  long which = (long)(intptr_t)number;
  void *stream = NULL;
  allocate();
  CHECK(cudaStreamCreate(&stream) == 0);
  streams[which] = stream;
  for (int round = 0; round < ROUNDS; round++) {
    allocate();
    capture(stream);
    if (which == 0 && round % 10 == 0) children(round % 20 == 0);
    if (which == 1 && round % 5 == 0) load_and_unload();
    if (which == 2) {
      int state = PyGILState_Ensure(); /* the program's own Python */
      Py_DecRef(python_string("work"));
      PyGILState_Release(state);
    }
    usleep(500);
  }
  CHECK(cudaStreamDestroy(stream) == 0);
  return NULL;
}

/* The fewest objects that are alive at a moment: while the agent is away. */
static long objects_at_rest(void) {
  long least = -1;
  for (int i = 0; i < 200; i++) {
    int state = PyGILState_Ensure();
    long now = python_objects();
    PyGILState_Release(state);
    if (least < 0 || now < least) least = now;
    usleep(1000);
  }
  return least;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "child") == 0) {
    allocate();
    return 7;
  }
  CHECK(argc == 2);
  setenv("GPUFRAGTOP_RELEASE_INTERVAL_MS", "0", 1);
  program = "/proc/self/exe";
  library = argv[1];
  python_begin();
  CHECK(gft_python_api() != NULL); /* the stand-in has all that is asked for */
  pthread_t thread[THREADS], monitor[MONITORS];
  for (long i = 0; i < THREADS; i++) CHECK(pthread_create(&thread[i], NULL, worker, (void *)(intptr_t)i) == 0);
  for (long i = 0; i < MONITORS; i++) CHECK(pthread_create(&monitor[i], NULL, monitor_main, (void *)(intptr_t)i) == 0);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
  struct gft_captures captures = gft_captures();
  CHECK(captures.counted && captures.begins == captures.ends && captures.begins >= THREADS * ROUNDS);

  monitor_wait(20);
  monitor_wait_answers();
  long objects = objects_at_rest();
  monitor_wait(monitor_walks() + 50);
  long later = objects_at_rest();
  if (later != objects) fprintf(stderr, "%ld objects, and after 50 walks %ld\n", objects, later);
  CHECK(later == objects);

  python_end();
  usleep(300000); /* the monitors still ask */
  monitor_stop();
  for (int i = 0; i < MONITORS; i++) pthread_join(monitor[i], NULL);
  printf("%u walks, %u releases, %u traces\n", monitor_walks(), monitor_answers(GFT_COMMAND_RELEASE), monitor_answers(GFT_COMMAND_RECORD));
  return 0;
}
