package cudashim

import _ "embed"

// Header is what a C program includes to ask the shim itself: the file
// gpufragtop.h, laid beside the library where that is installed. Read only.
//
//go:embed include/gpufragtop.h
var Header []byte

// Library is the embedded shim; empty where none is built for this machine.
// Read only.
func Library() []byte { return library }
