// Package dump reads snapshots that PyTorch writes: those of
// torch.cuda.memory._dump_snapshot, its C++ counterpart, and a pickled
// memory_snapshot(), a bare list of segments; plain or compressed with gzip, xz
// or zstd. Every version of the format since 1.13 is read: what a version does
// not tell is computed where it follows from the rest, and unknown otherwise.
//
// A file becomes a fragcalc.Snapshot with one row of Processes for each device
// that has segments or a trace. A file is a stranger's: everything in it is
// checked, and what contradicts itself is refused in one line.
//
//	Read → unpack → probe/pickle, which hands each dict to reader.Reduce
//	     → blocks, segments, events, stacks (records) → snapshot
package dump
