/* Monitors as threads of the watched process. They write the command page at
 * the very address at which the agent reads it, so that a thread sanitizer sees
 * both, and read the page as monitors do: copies, header, slot, header again. */
#ifndef HAMMER_MONITOR_H
#define HAMMER_MONITOR_H

void *monitor_main(void *slot);
void monitor_stop(void);
void monitor_wait(unsigned walks); /* until so many whole walks were read */
void monitor_wait_answers(void);       /* until a release and a recording were done */
unsigned monitor_walks(void);
unsigned monitor_answers(int command); /* of status done */

#endif
