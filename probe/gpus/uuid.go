package gpus

import (
	"encoding/hex"
	"strings"
)

// ParseUUID returns the 16 bytes of a UUID as NVML writes it: "GPU-" or "MIG-"
// and 32 hex digits with dashes. Older drivers name MIG instances otherwise;
// those names carry no UUID of their own.
func ParseUUID(name string) (uuid [16]byte, ok bool) {
	digits, found := strings.CutPrefix(name, "GPU-")
	if !found {
		if digits, found = strings.CutPrefix(name, "MIG-"); !found {
			return uuid, false
		}
	}
	digits = strings.ReplaceAll(digits, "-", "")
	if len(digits) != 2*len(uuid) {
		return uuid, false
	}
	_, err := hex.Decode(uuid[:], []byte(digits))
	return uuid, err == nil
}

// FormatUUID writes the UUID of a GPU as NVML does.
func FormatUUID(uuid [16]byte) string {
	d := hex.EncodeToString(uuid[:])
	return "GPU-" + strings.Join([]string{d[:8], d[8:12], d[12:16], d[16:20], d[20:]}, "-")
}
