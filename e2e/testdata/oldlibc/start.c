/* The start of a program that is to run on older C libraries than the one it is
 * linked with: glibc gave __libc_start_main a new version in 2.34. x86-64. */
#include <stdlib.h>

int main(int argc, char **argv);

__attribute__((used)) static void begin(long *stack) { exit(main((int)*stack, (char **)(stack + 1))); }

__asm__(".globl _start\n"
        "_start: xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call begin\n");
