package procs

import (
	"context"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func reader(t *testing.T, p proctest.Proc) *Reader {
	r := New(p.Root)
	t.Cleanup(r.Close)
	return r
}

func none(int) bool { return false }

// one samples one process.
func one(t *testing.T, r *Reader, pid int) Facts {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return *r.Sample(ctx, []int{pid}, none)[pid]
}
