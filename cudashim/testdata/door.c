/* A program that opens the shim's own door: door LIBRARY [COPY]. Without a
 * preload; COPY is the same library in another file. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int named(const char *path, const char *what) {
  char entry[300], name[64];
  DIR *dir = opendir(path);
  int count = 0;
  for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
    snprintf(entry, sizeof entry, what[0] == '/' ? "%s/%s" : "%s/%s/comm", path, d->d_name);
    ssize_t length = 0;
    if (what[0] == '/') {
      length = readlink(entry, name, sizeof name - 1);
    } else {
      FILE *file = fopen(entry, "r");
      if (file != NULL && fgets(name, sizeof name, file) != NULL) length = (ssize_t)strlen(name);
      if (file != NULL) fclose(file);
    }
    count += length > 0 && strncmp(name, what, strlen(what)) == 0;
  }
  if (dir != NULL) closedir(dir);
  return count;
}

static void see(const char *when) {
  printf("%s agents=%d pages=%d\n", when, named("/proc/self/task", "gpufragtop"), named("/proc/self/fd", "/memfd:gpufragtop:page"));
  fflush(stdout);
}

int main(int argc, char **argv) {
  int (*start)(void) = NULL;
  void *shim = dlopen(argv[1], RTLD_NOW);
  if (shim != NULL) *(void **)&start = dlsym(shim, "gpufragtop_start");
  if (start == NULL) return printf("%s\n", dlerror()), 1;
  see("loaded");
  printf("start %d\n", start());
  for (int i = 0; i < 500 && named("/proc/self/fd", "/memfd:gpufragtop:page") == 0; i++) usleep(10000);
  see("started");
  printf("again %d\n", start());
  dlclose(shim); /* the agent stays */
  usleep(50000);
  printf("closed %d\n", start());
  if (argc > 2) {
    shim = dlopen(argv[2], RTLD_NOW);
    *(void **)&start = dlsym(shim, "gpufragtop_start");
    printf("copy %d\n", start());
    usleep(100000);
    see("copy");
  }
  fflush(stdout);
  if (fork() == 0) {
    printf("child %d\n", start());
    fflush(stdout);
    _exit(0);
  }
  wait(NULL);
  see("end");
  char line[8]; /* stands still while it is watched */
  while (fgets(line, sizeof line, stdin) != NULL) {
  }
  return 0;
}
