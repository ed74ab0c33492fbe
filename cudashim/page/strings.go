package page

/*
#include "page.h"
*/
import "C"

import (
	"bytes"
	"strings"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// clean reads a NUL-terminated string of the page as one printable line.
func clean(field []C.char) string {
	raw := untilNUL(field)
	return text.Clean(raw, len(raw))
}

// cleanLines reads a NUL-terminated string of the page as printable lines.
func cleanLines(field []C.char) []string {
	var lines []string
	for line := range strings.SplitSeq(untilNUL(field), "\n") {
		if line = text.Clean(line, len(line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func untilNUL(field []C.char) string {
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(field))), len(field))
	if end := bytes.IndexByte(raw, 0); end >= 0 {
		raw = raw[:end]
	}
	return string(raw)
}

// putString writes s NUL-terminated, cut to what the field holds.
func putString(field []C.char, s string) {
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(field))), len(field))
	raw[copy(raw[:len(raw)-1], s)] = 0
}
