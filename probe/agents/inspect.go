package agents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Shim is what a page says about the shim that writes it.
type Shim struct {
	ID         fragcalc.ProcessID
	SourceHash string // of its sources
	Layout     string // "1.1"; empty when Err is set
	Err        error  // the page was found and cannot be read
}

// Inspection is what one instrumented process says of itself.
type Inspection struct {
	Shim
	Process  Process
	Walks    page.WalkStatus
	Captures bool   // stream captures are counted
	Error    string // its last; empty if there was none
}

// Inspect asks the agent of a process how it is; it wakes it as a monitor does.
// Where there is none the status says why, and reason in words: not
// instrumented, not permitted, gone …
func (w *Watcher) Inspect(ctx context.Context, pid int) (inside Inspection, status fragcalc.ReleaseStatus, reason string) {
	id, _, err := w.opener.proc.identify(pid)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Inspection{}, fragcalc.ReleaseGone, "there is no such process"
	case err != nil:
		return Inspection{}, fragcalc.ReleaseFailed, err.Error()
	}
	a, why := w.reach(ctx, id, "answer")
	if a == nil {
		return Inspection{}, why.status, why.reason
	}
	asked := now()
	a.ask(asked)
	waitForWalks(ctx, w.opener.proc, []*agent{a}, asked)
	process, _, ok := a.sample(mostBlocks, 0)
	if !ok {
		return Inspection{}, fragcalc.ReleaseGone, "the process has ended"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.header
	return Inspection{Shim: shimOf(id, h), Process: process, Walks: h.WalkStatus,
		Captures: h.Capabilities.Has(page.CapCaptureCount), Error: h.LastError}, "", ""
}

func shimOf(id fragcalc.ProcessID, h page.Header) Shim {
	return Shim{ID: id, SourceHash: h.SourceHash, Layout: fmt.Sprintf("%d.%d", page.ABIMajor, h.ABIMinor)}
}

// Shims lists the instrumented processes that can be looked into, by PID. It
// only reads: nobody is woken. When ctx ends, the list may lack some.
func (w *Watcher) Shims(ctx context.Context) []Shim {
	pids, err := w.opener.proc.all()
	if err != nil {
		return nil
	}
	slices.Sort(pids)
	var shims []Shim
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		if shim, ok := w.shim(pid); ok {
			shims = append(shims, shim)
		}
	}
	return shims
}

func (w *Watcher) shim(pid int) (Shim, bool) {
	found, _, err := w.opener.proc.findLinks(pid, 0)
	if err != nil || len(found.pages) == 0 {
		return Shim{}, false
	}
	id, _, err := w.opener.proc.identify(pid)
	if err != nil {
		return Shim{}, false
	}
	a, err := w.opener.open(sighting{id, links{pages: found.pages}})
	if errors.Is(err, errForeign) || errors.Is(err, page.ErrNotReady) || errors.Is(err, errUnsealed) || errors.Is(err, errMoved) {
		return Shim{}, false
	}
	if err != nil {
		return Shim{ID: id, Err: err}, true
	}
	defer a.close()
	return shimOf(id, a.header), true
}

// OpensFiles tells whether the descriptors of a process may be looked at, among
// which its page would be.
func (w *Watcher) OpensFiles(pid int) bool {
	_, _, err := w.opener.proc.findLinks(pid, 0)
	return !errors.Is(err, fs.ErrPermission)
}

// HasAgent tells whether a thread of the shim runs in a process.
func (w *Watcher) HasAgent(pid int) bool { return w.opener.proc.hasAgent(pid) }
