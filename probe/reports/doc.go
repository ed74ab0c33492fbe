// Package reports finds and reads the files that processes leave of their
// out-of-memory errors (written by the shim's agent, laid out in
// cudashim/page). A folder's files may have been put there by anybody who can
// write to it: only whole regular files of the reader's own are opened, none is
// followed, and everything in them is checked.
package reports
