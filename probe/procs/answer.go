package procs

import (
	"context"
	"time"
)

// answer is something that another goroutine will know. The zero value stands
// for nothing asked.
type answer struct {
	asked time.Time
	done  chan struct{} // closed when it is known
}

func newAnswer() answer { return answer{time.Now(), make(chan struct{})} }

func (a answer) pending() bool {
	if a.done == nil {
		return false
	}
	select {
	case <-a.done:
		return false
	default:
		return true
	}
}

// wait returns when the answer is there, ctx ends or patience is over. It does
// not wait again for one that was asked for long ago.
func (a answer) wait(ctx context.Context) {
	if !a.pending() {
		return
	}
	timer := time.NewTimer(time.Until(a.asked.Add(patience)))
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// withGrace moves the end of ctx to where it leaves a moment at least, for
// samples in which others have used up the time.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(grace)
	if given, ok := ctx.Deadline(); !ok || given.After(end) {
		return ctx, func() {}
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}
