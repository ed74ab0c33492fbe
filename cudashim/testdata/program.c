/* The program under test: program MODE. Linked with the stand-in runtime when
 * LINKED is defined. Says what it sees on stdout. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../include/gpufragtop.h"

static int entries(const char *path) {
  DIR *dir = opendir(path);
  int count = 0;
  while (dir != NULL && readdir(dir) != NULL) count++;
  if (dir != NULL) closedir(dir);
  return count - 2;
}

static void see(const char *when) {
  printf("%s threads=%d files=%d\n", when, entries("/proc/self/task"), entries("/proc/self/fd") - 1);
  fflush(stdout);
}

/* Waits until the agent has made its two files. */
static void settle(void) {
  for (int i = 0; i < 5000 && entries("/proc/self/fd") - 1 < 5; i++) usleep(1000);
}

#ifdef LINKED
int cudaGetDeviceCount(int *count);
int cudaSetDevice(int device);
int cudaMalloc(void **address, size_t size);
int cudaStreamBeginCapture(void *stream, int mode);
int cudaStreamBeginCaptureToGraph(void *stream, void *graph, const void *dependencies, const void *edges, size_t count,
                                  int mode);
int cudaStreamEndCapture(void *stream, void **graph);
extern int standin_calls, standin_mode, standin_end_result, standin_refuse;
extern void *standin_pointer[4];
extern size_t standin_size;

static int calls(void) {
  int count = 0;
  void *address = NULL, *graph = NULL;
  errno = 0;
  int result = cudaGetDeviceCount(&count);
  printf("count %d %d errno %d\n", result, count, errno);
  errno = 0;
  result = cudaSetDevice(5);
  printf("set %d %d errno %d\n", result, standin_mode, errno);
  result = cudaMalloc(&address, 100);
  printf("malloc %d %p %zu\n", result, address, standin_size);
  result = cudaStreamBeginCapture((void *)1, 2);
  printf("begin %d %p %d\n", result, standin_pointer[0], standin_mode);
  result = cudaStreamEndCapture((void *)3, &graph);
  printf("end %d %p %p\n", result, standin_pointer[0], graph);
  result = cudaStreamBeginCaptureToGraph((void *)4, (void *)5, (void *)6, (void *)7, 8, 9);
  printf("graph %d %p %p %p %p %zu %d\n", result, standin_pointer[0], standin_pointer[1], standin_pointer[2],
         standin_pointer[3], standin_size, standin_mode);
  printf("calls %d\n", standin_calls);
  return 0;
}

static int quiet(void) {
  int count;
  see("start");
  cudaGetDeviceCount(&count);
  usleep(100000);
  see("failed");
  cudaGetDeviceCount(&count);
  settle();
  see("succeeded");
  return 0;
}

/* Prints the signals that the agent thread blocks. */
static int masked(void) {
  int count;
  cudaGetDeviceCount(&count);
  settle();
  DIR *tasks = opendir("/proc/self/task");
  for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
    char path[300], line[256], name[64] = "";
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
      if (sscanf(line, "Name: %63s", name) == 1) continue;
      if (strncmp(line, "SigBlk:", 7) == 0) printf("%s %s", name, line);
    }
    if (status != NULL) fclose(status);
  }
  return 0;
}

static int forks(void) {
  int count;
  cudaGetDeviceCount(&count);
  settle();
  pid_t child = fork();
  if (child == 0) {
    cudaGetDeviceCount(&count);
    usleep(100000);
    printf("child threads=%d\n", entries("/proc/self/task"));
    fflush(stdout);
    _exit(5);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("exit %d\n", WEXITSTATUS(status));
  return 0;
}

static int limited(void) {
  struct rlimit limit = {1 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
  int count;
  cudaGetDeviceCount(&count);
  usleep(200000);
  see("limited");
  return 0;
}

/* The program's own release function: counts its calls, and is what "own WHAT"
 * has made it. */
static int own_calls, own_inside, own_milliseconds;
static size_t own_bytes;
static int (*set_release)(gpufragtop_release_function, void *, const char *);

static size_t own(void *context) {
  own_inside = 1;
  own_calls++;
  usleep((useconds_t)own_milliseconds * 1000);
  if (context == &own_inside) own_bytes = (size_t)set_release(NULL, NULL, NULL); /* from within */
  own_inside = 0;
  return own_bytes;
}

static void own_command(const char *what) {
  int result = 0;
  *(void **)&set_release = dlsym(RTLD_DEFAULT, "gpufragtop_set_release");
  own_milliseconds = strcmp(what, "slow\n") == 0 ? 400 : 0;
  own_bytes = strcmp(what, "silent\n") == 0 ? GPUFRAGTOP_UNKNOWN : 4096;
  if (strcmp(what, "off\n") == 0) {
    result = set_release(NULL, NULL, NULL);
    printf("inside %d\n", own_inside);
  } else if (strcmp(what, "calls\n") == 0) {
    printf("calls %d\n", own_calls);
  } else if (strcmp(what, "nameless\n") == 0) {
    printf("%d %d\n", set_release(own, NULL, NULL), set_release(own, NULL, ""));
  } else if (strcmp(what, "forked\n") == 0) { /* whoever ran it is not in the child */
    pid_t child = fork();
    if (child == 0) _exit(set_release(NULL, NULL, NULL) == 0 ? 5 : 6);
    int status = 0;
    waitpid(child, &status, 0);
    printf("exit %d\n", WEXITSTATUS(status));
  } else {
    result = set_release(own, strcmp(what, "nested\n") == 0 ? &own_inside : NULL, "kv \x1b[31mcache");
  }
  if (result != 0) printf("failed %d\n", result);
}

/* Stands still until stdin ends; a line makes a capture begin or end, asks for
 * memory that there is not, or closes all files. */
static int waits(void) {
  int count;
  char line[64];
  void *graph;
  cudaGetDeviceCount(&count);
  settle();
  printf("ready\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(line, "begin\n") == 0) cudaStreamBeginCapture(NULL, 0);
    if (strcmp(line, "end\n") == 0) cudaStreamEndCapture(NULL, &graph);
    if (strcmp(line, "refuse\n") == 0) {
      void *address;
      standin_refuse = 1;
      errno = 0;
      int result = cudaMalloc(&address, 5ul << 30), left = errno;
      standin_refuse = 0;
      if (result != 2 || left != 77) return 1; /* as the runtime left them */
    }
    if (strcmp(line, "fail\n") == 0) standin_end_result = 1;
    if (strcmp(line, "invalid\n") == 0) standin_end_result = 901;
    if (strncmp(line, "own ", 4) == 0) own_command(line + 4);
    if (strcmp(line, "close\n") == 0) {
      for (int fd = 3; fd < 1024; fd++) close(fd);
    }
    printf("done\n");
    fflush(stdout);
  }
  return 7;
}
#endif

/* The runtime is only a dependency of a library in a scope of its own. */
static int local(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  int (*allocates)(void **) = NULL;
  if (library != NULL) *(void **)&allocates = dlsym(library, "library_allocates");
  if (allocates == NULL) return 1;
  void *address = NULL;
  int result = allocates(&address);
  printf("local %d %p\n", result, address);
  return 0;
}

/* No CUDA on the machine, and a program that looks. */
static int missing(void) {
  int (*malloc_)(void **, size_t) = NULL, (*count_)(int *) = NULL, (*init)(unsigned) = NULL, count = 9;
  void *address;
  *(void **)&malloc_ = dlsym(RTLD_DEFAULT, "cudaMalloc");
  *(void **)&count_ = dlsym(RTLD_DEFAULT, "cudaGetDeviceCount");
  *(void **)&init = dlsym(RTLD_DEFAULT, "cuInit");
  if (malloc_ == NULL) {
    printf("none\n");
    return 0;
  }
  printf("malloc %d count %d", malloc_(&address, 1), count_(&count));
  printf(" %d init %d\n", count, init(0));
  see("missing");
  return 0;
}

int main(int argc, char **argv) {
  for (int fd = 3; fd < 1024; fd++) close(fd); /* whatever the test runner left open */
  const char *mode = argc > 1 ? argv[1] : "";
  if (strcmp(mode, "local") == 0) return local(argv[2]);
  if (strcmp(mode, "missing") == 0) return missing();
#ifdef LINKED
  if (strcmp(mode, "calls") == 0) return calls();
  if (strcmp(mode, "quiet") == 0) return quiet();
  if (strcmp(mode, "masked") == 0) return masked();
  if (strcmp(mode, "forks") == 0) return forks();
  if (strcmp(mode, "limited") == 0) return limited();
  if (strcmp(mode, "waits") == 0) return waits();
#endif
  return 99;
}
