/* What a program may ask of the gpufragtop shim.
 *
 * A door of its own: a server may offer it behind a flag, without any preload.
 *
 *   C       void *shim = dlopen("/usr/lib/libgpufragtop.so", RTLD_NOW);
 *           int (*start)(void) = NULL;
 *           if (shim != NULL) *(void **)&start = dlsym(shim, "gpufragtop_start");
 *   Python  ctypes.CDLL("/usr/lib/libgpufragtop.so").gpufragtop_start()
 *
 * In a program that was started by `gpufragtop run`, or attached to, the shim is
 * there already. Look its other functions up at run time:
 *
 *   C       int (*set)(gpufragtop_release_function, void *, const char *);
 *           *(void **)&set = dlsym(RTLD_DEFAULT, "gpufragtop_set_release");
 *   Python  set = getattr(ctypes.CDLL(None), "gpufragtop_set_release", None)
 */
#ifndef GPUFRAGTOP_H
#define GPUFRAGTOP_H

#include <stddef.h>

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

/* What a release function answers when it cannot tell how much it gave back. */
#define GPUFRAGTOP_UNKNOWN ((size_t)-1)

/* Gives GPU memory back that the program can do without, and tells how many
 * bytes. It is called on a thread of the shim, never twice at once, when
 * somebody who may do so asks for a release: before the framework's own cache is
 * emptied, or alone where there is no framework. Then the shim cannot always
 * count stream captures; the function must know by itself when it is no time
 * for it, and answer 0. No lock is held, Python's neither: a ctypes callback
 * takes that by itself. What it does is the program's own affair: a crash in it
 * is a crash of the program. */
typedef size_t (*gpufragtop_release_function)(void *context);

/* Registers the program's release function, in place of the one before; NULL
 * takes it back. Waits until a call of the one before has ended, so that
 * afterwards it, and its context, may go. From Python call it through
 * ctypes.CDLL, which gives up the interpreter's lock meanwhile, not PyDLL.
 *
 * name says to people what is given back ("kv cache"): at most 63 bytes of it
 * are kept. Answers 0, EINVAL for a function without a name, or EDEADLK when it
 * is called by the function that it would wait for; then nothing has changed. */
int gpufragtop_set_release(gpufragtop_release_function release, void *context, const char *name);

#ifdef __cplusplus
}
#endif

#endif
