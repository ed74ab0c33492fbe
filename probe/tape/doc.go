// Package tape writes and reads recordings: the past of a node as a file.
//
// A recording is a sequence of lines of JSON, each compressed by itself (a
// frame of zstd), so that a recorder that is killed loses at most the line
// that it was writing:
//
//	{"schema":"gpufragtop-tape/1","version":…,"started_at":…,"interval_seconds":1}
//	{"schema":"gpufragtop-tape/1","map":0,"pools":[[{"address":"0x…","expandable":false,"blocks":[state,size,requested,…]},…],…]}
//	{"schema":"gpufragtop/1",…,"tape":{"own_faults":1,"rows":[{"map":0,…},…]}}
//	{"schema":"gpufragtop-tape/1","end":"stopped"}
//
// A sample is the document of --json with one key more, so `zstdcat FILE | jq`
// works. Segments and blocks are in lines of their own, written before the
// first sample that shows them and only where they have changed; rows name
// theirs by number, counted from 0. Maps may take half of the allowed size;
// from then on they hold segments without blocks.
// When a line no longer fits the allowed size the recording ends. Stacks and
// traces are not recorded.
//
// In front of each frame lies a small one that zstd's tools skip, which says
// when the line was written and how long it is. So a recording is opened by
// hopping from line to line, and only lines that are shown are unpacked.
package tape

// Schema is the value of the key schema of lines that are no samples.
const Schema = "gpufragtop-tape/1"

// mostLine bounds a line, in bytes before compression.
const mostLine = 64 << 20
