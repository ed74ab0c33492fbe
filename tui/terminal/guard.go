package terminal

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// lastRespite is how long the program may take to end by itself.
const lastRespite = 2 * time.Second

// guard ends the program on signals, and sees to it that the terminal is put
// back and the process ends even when the program cannot.
type guard struct {
	abandon func() // puts the terminal back without waiting for anything
	signals chan os.Signal
	leaving sync.Once
	done    chan struct{} // closed when the program has ended
}

func newGuard(abandon func()) *guard {
	return &guard{abandon: abandon, signals: make(chan os.Signal, 4), done: make(chan struct{})}
}

// watch handles signals until release; quit asks the program to end.
func (g *guard) watch(quit func()) {
	signal.Notify(g.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		asked := false
		for {
			select {
			case <-g.done:
				return
			case s := <-g.signals:
				code := exitCode(s)
				if asked {
					g.force(code)
				}
				asked = true
				g.leave(code)
				go quit() // may block for as long as the program is stuck
			}
		}
	}()
}

// leave starts the last respite: a process that is still there at its end is
// ended by force.
func (g *guard) leave(code int) {
	g.leaving.Do(func() {
		go func() {
			select {
			case <-g.done:
			case <-time.After(lastRespite):
				g.force(code)
			}
		}()
	})
}

// release ends the watch, after the program has ended.
func (g *guard) release() {
	signal.Stop(g.signals)
	close(g.done)
}

// force puts the terminal back as well as it goes, and ends the process.
func (g *guard) force(code int) {
	g.abandon()
	os.Exit(code)
}

// exitCode is the shell's code for a process that a signal ended.
func exitCode(s os.Signal) int {
	const killed = 128
	if number, ok := s.(syscall.Signal); ok {
		return killed + int(number)
	}
	return 1
}
