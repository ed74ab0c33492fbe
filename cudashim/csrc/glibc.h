/* Pins every libc symbol that newer glibc releases moved or versioned anew to
 * its first version, so that the shim loads wherever glibc is 2.17 or newer
 * (a preload that needs a newer one is fatal to the program). */
#ifndef GPUFRAGTOP_GLIBC_H
#define GPUFRAGTOP_GLIBC_H

#if defined(__x86_64__)
#define GFT_FIRST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define GFT_FIRST_GLIBC "GLIBC_2.17"
#else
#error "no shim for this machine"
#endif

#ifndef GFT_NO_PINS /* sanitizers bring their own definitions */
#define GFT_PIN(name) __asm__(".symver " #name "," #name "@" GFT_FIRST_GLIBC)
GFT_PIN(dlsym);
GFT_PIN(dlopen);
GFT_PIN(dladdr);
GFT_PIN(pthread_create);
GFT_PIN(pthread_sigmask);
GFT_PIN(pthread_attr_setstacksize);
#endif

#endif
