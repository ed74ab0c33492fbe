package procs

import (
	"context"
	"os/user"
	"strconv"
	"sync"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// users turns user numbers into names. The system may have to ask a directory
// server that does not answer, so one goroutine asks, and whoever cannot wait
// takes the number.
type users struct {
	lookup func(uid string) (string, error)

	mu    sync.Mutex
	names map[int]*userName
	queue chan *userName
}

type userName struct {
	answer
	uid  int
	name string // set when answered
}

func newUsers() *users {
	u := &users{lookup: systemUser, names: map[int]*userName{}, queue: make(chan *userName, 1024)}
	go func() {
		for n := range u.queue {
			n.name = strconv.Itoa(n.uid)
			if name, err := u.lookup(n.name); err == nil && name != "" {
				n.name = name
			}
			close(n.done)
		}
	}()
	return u
}

func systemUser(uid string) (string, error) {
	found, err := user.LookupId(uid)
	if err != nil {
		return "", err
	}
	return text.Clean(found.Username, 64), nil
}

// name returns the user's name, or the number where there is none yet.
func (u *users) name(ctx context.Context, uid int) string {
	u.mu.Lock()
	n := u.names[uid]
	if n == nil {
		n = &userName{answer: newAnswer(), uid: uid}
		select {
		case u.queue <- n:
			u.names[uid] = n
		default: // the one that asks is stuck, and a thousand wait
			u.mu.Unlock()
			return strconv.Itoa(uid)
		}
	}
	u.mu.Unlock()
	if n.wait(ctx); n.pending() {
		return strconv.Itoa(uid)
	}
	return n.name
}

func (u *users) close() { close(u.queue) }
