// Package gpus asks NVML about the GPUs of the node: what they are, how full
// they are and which processes use them.
//
// NVML is somebody else's code with a kernel driver behind it, so it is kept at
// arm's length:
//   - every entry point is looked up once before it may be called, because
//     calling a missing one ends the process (see capabilities.go);
//   - each device has one goroutine that makes all its calls, one at a time. A
//     call that hangs costs the figures of that device that were not read yet;
//     nobody waits for it twice and no second call follows it (see device.go);
//   - what fails is a figure that is unknown with the reason in plain words.
package gpus
