package cgroup

import (
	"strconv"
	"strings"
)

// isID tells whether s is a container's id: 64 hex digits, lower case.
func isID(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isSLUID tells whether s names a job as Slurm does from 26.05 on: s and
// thirteen digits and capital letters.
func isSLUID(s string) bool {
	if len(s) != 14 || s[0] != 's' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 12
}

// podUID is a pod's uid with dashes; empty when s is none. Static pods
// have the hash of their manifest instead.
func podUID(s string) string {
	if len(s) == 32 && isHex(s) {
		return s
	}
	if len(s) != 36 {
		return ""
	}
	s = strings.ReplaceAll(s, "_", "-")
	parts := strings.Split(s, "-")
	if len(parts) != 5 {
		return ""
	}
	for i, length := range [...]int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || !isHex(parts[i]) {
			return ""
		}
	}
	return s
}

// unescape undoes systemd's escapes of bytes: \x2d is a dash.
func unescape(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], `\x`) && i+4 <= len(s) {
			if b, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				out.WriteByte(byte(b))
				i += 3
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
