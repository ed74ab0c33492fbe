/* A library that is linked with the runtime, as a framework is; the program
 * loads it with RTLD_LOCAL. */
#include <stddef.h>

int cudaMalloc(void **address, size_t size);

int library_allocates(void **address) { return cudaMalloc(address, 4242); }
