// Package procs says who the processes on the GPUs are: user, command, where
// they live, and, for those that publish no page, what they compute with and
// which job they are of as far as that can be seen from outside.
//
// Each sample reads one small file per process, /proc/PID/stat. The rest is
// read once per process (PID and start time) and again at growing intervals,
// in goroutines of its own: /proc/PID/cmdline of a process stuck in the kernel
// may never come back. Everything read is bounded, cleaned of control
// characters, and kept only where its name is on a list; secrets in command
// lines are replaced.
package procs
