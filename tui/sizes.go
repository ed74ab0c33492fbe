package tui

import (
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// run is a number of bytes in one state.
type run struct {
	size  int64
	state paint.Role
}

// sizes are bytes by state, from paint.Used on.
type sizes [paint.StateCount]int64

func (s *sizes) add(r run)                 { s[r.state-paint.Used] += r.size }
func (s *sizes) of(state paint.Role) int64 { return s[state-paint.Used] }

func (s *sizes) total() int64 {
	var total int64
	for _, size := range s {
		total += size
	}
	return total
}
