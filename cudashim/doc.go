// Package cudashim carries the shim: the C library that instruments a CUDA
// process (csrc), its build for each machine (lib, embedded), its unpacking
// into the user's cache, and the preparation of a program that is to run with
// it preloaded.
package cudashim
