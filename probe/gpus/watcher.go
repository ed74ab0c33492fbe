package gpus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// longest is how long a sample waits when its context sets no end.
	longest = 5 * time.Second
	// patience is how long a sample waits for a device that has answered
	// before. One that is already late is not waited for at all.
	patience = time.Second
	// restartEvery is how often NVML is tried again where it did not start.
	restartEvery = 10 * time.Second
)

// Options say where NVML is and which devices to look at.
type Options struct {
	Library string // path or name of the library; empty = libnvidia-ml.so.1
	Filter  Filter
}

// Watcher asks NVML about the node. Sample may be called by one goroutine at a
// time.
type Watcher struct {
	options  Options
	starting *starting
	devices  []*device
}

// starting is one attempt to start NVML.
type starting struct {
	began time.Time
	done  chan struct{} // closed when the fields below are set
	ended time.Time
	lib   *library
	count int
	err   error
}

// Node is what NVML tells of the node.
type Node struct {
	Driver, CUDA string  // versions, empty when unknown
	Up           bool    // NVML answers
	Trouble      Trouble // why it was not started; its words are in Faults
	Devices      []Device
	Ignored      []string // UUIDs of the devices that the filter leaves out
	Faults       []fragcalc.Fault
}

// Device is one GPU or MIG instance with its processes.
type Device struct {
	fragcalc.GPU
	Processes []Process
	// ProcessesReason says why the processes are unknown or incomplete; empty
	// when they are known.
	ProcessesReason string
}

// New returns a watcher. NVML is started by the first sample.
func New(o Options) *Watcher { return &Watcher{options: o} }

// Sample asks for everything that is due and returns what is known when all
// devices have answered, or when it is time. With fresh, everything is due.
func (w *Watcher) Sample(ctx context.Context, fresh bool) Node {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	lib, err := w.start(ctx)
	if err != nil {
		return Node{Trouble: troubleOf(err), Faults: []fragcalc.Fault{{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: err.Error()}}}
	}
	w.wait(ctx, fresh)
	return w.collect(lib)
}

// start returns NVML once it has started.
func (w *Watcher) start(ctx context.Context) (*library, error) {
	s := w.starting
	if s == nil || s.isDone() && s.err != nil && time.Since(s.ended) >= restartEvery {
		s = &starting{began: time.Now(), done: make(chan struct{})}
		w.starting = s
		go func() {
			defer close(s.done)
			if s.lib, s.err = open(w.options.Library); s.err == nil {
				s.count, s.err = s.lib.count()
			}
			s.ended = time.Now()
		}()
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("NVML is starting: %s", noAnswer(time.Since(s.began)))
	}
	if s.err != nil {
		return nil, s.err
	}
	for i := len(w.devices); i < s.count; i++ {
		w.devices = append(w.devices, newDevice(s.lib, i, w.options.Filter))
	}
	return s.lib, nil
}

// limit is how long a round may take until nobody waits for it any more. The
// first one may have to wake the device up.
func (d *device) limit() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known {
		return patience
	}
	return longest
}

func (s *starting) isDone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// wait starts a round on every device and waits for those that may still be in
// time.
func (w *Watcher) wait(ctx context.Context, fresh bool) {
	var waiting sync.WaitGroup
	for _, d := range w.devices {
		r := d.start(fresh)
		left := d.limit() - time.Since(r.began)
		if left <= 0 {
			continue
		}
		waiting.Go(func() {
			timer := time.NewTimer(left)
			defer timer.Stop()
			select {
			case <-r.done:
			case <-timer.C:
			case <-ctx.Done():
			}
		})
	}
	waiting.Wait()
}

// Close ends the goroutines that are idle. One that hangs in the driver is
// left behind, since nothing can end it.
func (w *Watcher) Close() {
	idle := w.starting != nil && w.starting.isDone() && w.starting.err == nil
	for _, d := range w.devices {
		d.mu.Lock()
		idle = idle && d.flying == nil
		d.mu.Unlock()
		close(d.rounds)
	}
	w.devices = nil
	if idle {
		_ = w.starting.lib.Shutdown() // nothing is left to tell it to
	}
}
