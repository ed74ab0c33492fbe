/* Preloaded: the auxiliary vector says that the program has more rights than
 * its user. */
#include <sys/auxv.h>

unsigned long getauxval(unsigned long type) { return type == AT_SECURE; }
