/* Starts as many idle processes as its argument says, prints their pids, and
 * ends them when its standard input ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int wanted = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i < wanted; i++) {
    pid_t pid = fork();
    if (pid < 0) {
      perror("crowd: fork");
      return 1;
    }
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(0), close(1);
      for (;;) pause();
    }
    printf("%d\n", (int)pid);
  }
  fflush(stdout);
  close(1);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  return 0;
}
