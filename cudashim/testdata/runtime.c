/* A tiny stand-in for libcudart: answers, counts nothing but its calls, and
 * remembers the last arguments. FAIL_FIRST=N makes the first N calls fail. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

int standin_calls;
void *standin_pointer[4];
size_t standin_size;
int standin_mode;
int standin_end_result;
int standin_refuse; /* cudaMalloc is out of memory */

static int answer(void) {
  const char *failing = getenv("FAIL_FIRST");
  standin_calls++;
  errno = 77; /* a caller sees what the function it called left */
  return failing != NULL && standin_calls <= atoi(failing) ? 35 : 0;
}

int cudaGetDeviceCount(int *count) {
  *count = 3;
  return answer();
}

int cudaSetDevice(int device) {
  standin_mode = device;
  return answer();
}

int cudaMalloc(void **address, size_t size) {
  standin_size = size;
  *address = (void *)0x1234000;
  int result = answer();
  return standin_refuse ? 2 : result;
}

int cudaStreamBeginCapture(void *stream, int mode) {
  standin_pointer[0] = stream;
  standin_mode = mode;
  return answer();
}

int cudaStreamBeginCaptureToGraph(void *stream, void *graph, const void *dependencies, const void *edges, size_t count,
                                  int mode) {
  standin_pointer[0] = stream;
  standin_pointer[1] = graph;
  standin_pointer[2] = (void *)dependencies;
  standin_pointer[3] = (void *)edges;
  standin_size = count;
  standin_mode = mode;
  return answer();
}

int cudaStreamEndCapture(void *stream, void **graph) {
  standin_pointer[0] = stream;
  *graph = (void *)0x99;
  answer();
  return standin_end_result;
}
