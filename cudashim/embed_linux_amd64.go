package cudashim

import _ "embed"

//go:embed lib/linux_amd64/libgpufragtop.so
var library []byte // read only
