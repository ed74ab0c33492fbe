//go:build !(linux && amd64)

package cudashim

// No shim is built for this machine yet.
var library []byte
