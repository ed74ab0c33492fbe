/* What a program may ask of the gpufragtop shim.
 *
 * A door of its own: a server may offer it behind a flag, without any preload.
 *
 *   C       void *shim = dlopen("/usr/lib/libgpufragtop.so", RTLD_NOW);
 *           int (*start)(void) = NULL;
 *           if (shim != NULL) *(void **)&start = dlsym(shim, "gpufragtop_start");
 *   Python  ctypes.CDLL("/usr/lib/libgpufragtop.so").gpufragtop_start()
 */
#ifndef GPUFRAGTOP_H
#define GPUFRAGTOP_H

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the agent, which a monitor then finds by the process: one thread, asleep
 * until somebody watches. CUDA and the framework may come later. Any thread may
 * call it, any number of times; a shim that was preloaded is asked instead.
 *
 * Answers 0 when an agent runs in this process, or
 *   EPERM      GPUFRAGTOP_DISABLE=1, or a program with other rights than its user's
 *   ECANCELED  never (again) in this process: a fork child of one with an agent, or
 *              an agent that could not go on
 *   EAGAIN     there was no memory for the thread
 *
 * Without a preload stream captures are not counted: monitors then release this
 * process's cache only by --force. Python 3.12 and newer warn of os.fork() once
 * there is a second thread, so a program that forks calls this after it. */
int gpufragtop_start(void);

#ifdef __cplusplus
}
#endif

#endif
