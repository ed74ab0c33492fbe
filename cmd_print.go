package main

import (
	"context"
	"os"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/tui"
)

// sampleDeadline bounds one sample of --json and --once.
const sampleDeadline = 10 * time.Second

// printJSON prints one document, or one a line for as long as it is watched.
func (s settings) printJSON(ctx context.Context, node source, filter query.Filter) error {
	options := document.Options{ExpandableSaves: whatif.ExpandableSaves, Detail: s.detail == "segments", Indent: !s.watch && terminalOut(), GPUHourPrice: s.price}
	next := time.Now()
	for printed := 1; ; printed++ {
		take := node.SampleFresh
		if printed > 1 {
			take = node.Sample
		}
		snapshot := sampled(ctx, take)
		options.Rows = snapshot.Processes
		if err := document.Encode(os.Stdout, s.selected(snapshot, filter), options); err != nil {
			return failf(exitFailed, "--json: %v", err)
		}
		if !s.watch || printed == s.count {
			return noNVML(snapshot)
		}
		next = next.Add(time.Duration(s.delay))
		if late := time.Since(next); late > 0 {
			next = next.Add(late)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(next)):
		}
	}
}

// printOnce prints the node as text.
func (s settings) printOnce(ctx context.Context, node source, filter query.Filter) error {
	snapshot := sampled(ctx, node.SampleFresh)
	err := tui.WriteOnce(os.Stdout, s.selected(snapshot, filter), tui.OnceOptions{ExpandableSaves: whatif.ExpandableSaves, ASCII: s.ascii, GPUHourPrice: s.price, Rows: snapshot.Processes})
	if err != nil {
		return failf(exitFailed, "--once: %v", err)
	}
	return noNVML(snapshot)
}

func sampled(ctx context.Context, take func(context.Context) *fragcalc.Snapshot) *fragcalc.Snapshot {
	ctx, cancel := context.WithTimeout(ctx, sampleDeadline)
	defer cancel()
	return take(ctx)
}

// noNVML is the exit code of a node whose NVML told nothing: what the pages
// tell has been printed, with the fault.
func noNVML(snapshot *fragcalc.Snapshot) error {
	if reason, missing := nvmlFault(snapshot); missing {
		return failf(exitNoPermission, "%s", reason)
	}
	return nil
}

// selected is the snapshot with the asked processes in the asked order.
func (s settings) selected(snapshot *fragcalc.Snapshot, filter query.Filter) *fragcalc.Snapshot {
	chosen := *snapshot
	chosen.Processes = nil
	for _, process := range snapshot.Processes {
		if filter.Match(process, snapshot) {
			chosen.Processes = append(chosen.Processes, process)
		}
	}
	if s.sort != "" {
		query.Sort(chosen.Processes, s.sort, false, snapshot)
	}
	return &chosen
}
