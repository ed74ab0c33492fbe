package cudashim

import "bytes"

// hashMark precedes the hash of the sources in the library.
const hashMark = "gpufragtop-source-sha256:"

// SourceHash is the sha256, in hex, of the sources that the embedded shim was
// built from; empty where no shim is embedded. A page says the same of the
// shim that wrote it.
func SourceHash() string {
	const length = 64
	_, after, found := bytes.Cut(library, []byte(hashMark))
	if !found || len(after) < length {
		return ""
	}
	return string(after[:length])
}
