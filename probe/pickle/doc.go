// Package pickle reads Python pickles that hold data only: dicts, lists,
// tuples, strings, numbers, truth values and None, of protocols 0 to 5. It is
// safe on files of strangers: an opcode that would import, call or build
// anything is refused with its name and place, lengths are checked against the
// bytes that are there, and memory and depth are bounded.
//
// It is made for files with millions of dicts of a few kinds. Nothing is kept
// as a tree of objects: values are numbers of eight bytes, containers are
// ranges of one table, and a Reducer turns each dict into a record of its own
// at the moment that it is put into a list.
package pickle
