package cudashim

import (
	"bytes"
	"strings"
)

// Marks in the library, and what follows each.
const (
	hashMark   = "gpufragtop-source-sha256:"
	hashLength = 64
	abiMark    = "gpufragtop-abi:"
)

// SourceHash is the sha256, in hex, of the sources that the embedded shim was
// built from; empty where no shim is embedded. A page says the same of the
// shim that wrote it.
func SourceHash() string { return marked(library, hashMark, hashLength) }

// marked is what follows a mark in a build of the shim, length bytes.
func marked(content []byte, mark string, length int) string {
	_, after, found := bytes.Cut(content, []byte(mark))
	if !found || len(after) < length {
		return ""
	}
	value := string(after[:length])
	if strings.Trim(value, "0123456789abcdef") != "" {
		return ""
	}
	return value
}

// abiOf is the layout version that a build of the shim writes, as "1.1".
func abiOf(content []byte) string {
	_, after, found := bytes.Cut(content, []byte(abiMark))
	value, _, ended := bytes.Cut(after[:min(len(after), 16)], []byte{0})
	version := strings.ReplaceAll(string(value), "u", "") // C's suffix of unsigned numbers
	if !found || !ended || version == "" || strings.Trim(version, "0123456789.") != "" {
		return ""
	}
	return version
}
