package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/probe"
)

// releaseDeadline bounds the whole of gpufragtop release.
const releaseDeadline = 15 * time.Second

func releaseCommand() *cobra.Command {
	var yes, asJSON, force bool
	cmd := &cobra.Command{
		Use:   "release PID",
		Short: "hand the cached memory of an instrumented process back to the driver",
		Long: `release asks the process to empty its allocator's cache, as the key r does. It
costs the process a device synchronisation and slower next allocations; it
helps other processes and libraries on the GPU. Exit code 1: refused; 4: not
permitted; 2: nobody there to confirm and no --yes.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failf(exitUsage, "release: name one process: gpufragtop release PID")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pid, err := strconv.Atoi(args[0])
			if err != nil || pid <= 0 {
				return failf(exitUsage, "release: %q is not a process id", args[0])
			}
			if !yes && !terminalIn() {
				return failf(exitUsage, "release: nobody is there to confirm: add --yes")
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), releaseDeadline)
			defer cancel()
			return release(ctx, pid, yes, asJSON, force)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the outcome as JSON")
	cmd.Flags().BoolVar(&force, "force", false, "although a stream capture cannot be excluded")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func release(ctx context.Context, pid int, yes, asJSON, force bool) error {
	sampler := probe.NewSampler(probe.Options{Version: versionText()})
	defer sampler.Close()
	rows := rowsOf(sampler.SampleFresh(ctx), pid)
	target := fragcalc.ProcessID{PID: pid}
	if len(rows) > 0 {
		target = rows[0].ProcessID
	}
	if len(rows) > 0 && rows[0].Hook.Available && !yes && !confirmed(rows) {
		return failf(exitFailed, "release: not confirmed, nothing done")
	}
	outcome := sampler.Release(ctx, fragcalc.ReleaseRequest{Target: target, Force: force})
	if asJSON {
		if err := document.EncodeRelease(os.Stdout, outcome); err != nil {
			return failf(exitFailed, "release: %v", err)
		}
	} else if outcome.Status == fragcalc.ReleaseDone {
		printOutcome(outcome)
	}
	switch outcome.Status {
	case fragcalc.ReleaseDone:
		return nil
	case fragcalc.ReleaseNotPermitted:
		return failf(exitNoPermission, "release %d: %s", pid, outcome.Reason)
	default:
		return failf(exitFailed, "release %d: %s", pid, outcome.Reason)
	}
}

func rowsOf(snapshot *fragcalc.Snapshot, pid int) []fragcalc.Process {
	var rows []fragcalc.Process
	for _, process := range snapshot.Processes {
		if process.PID == pid {
			rows = append(rows, process)
		}
	}
	return rows
}

// confirmed asks on standard error, which is a terminal here.
func confirmed(rows []fragcalc.Process) bool {
	first := rows[0]
	fmt.Fprintf(os.Stderr, "Release the cache of %d (%s, %s)?\n", first.PID, first.User, first.Command)
	for _, row := range rows {
		predicted := "an unknown amount: " + row.ReleaseEstimate.Reason()
		if bytes, ok := row.ReleaseEstimate.Get(); ok {
			predicted = units.Bytes(bytes)
		}
		fmt.Fprintf(os.Stderr, "  %s: predicted back: %s\n", row.GPUUUID, predicted)
	}
	fmt.Fprint(os.Stderr, "It costs a device synchronisation and slower next allocations; it helps others on the GPU,\n"+
		"not this process's own out-of-memory: PyTorch flushes its cache before it gives up.\nRelease? [y/N] ")
	return saidYes()
}

// saidYes reads the answer to a question; anything but y and yes is no.
func saidYes() bool {
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	answer = strings.TrimSpace(answer)
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

func printOutcome(outcome fragcalc.ReleaseOutcome) {
	for _, gpu := range outcome.GPUs {
		before, knownBefore := gpu.Before.Get()
		after, knownAfter := gpu.After.Get()
		back := "an unknown amount"
		if knownBefore && knownAfter {
			back = units.Bytes(before - after)
		}
		predicted := "unknown"
		if estimate, ok := gpu.Estimate.Get(); ok {
			predicted = units.Bytes(estimate)
		}
		fmt.Printf("%s: released %s in %d ms (predicted %s)\n", gpu.GPUUUID, back, outcome.Took.Milliseconds(), predicted)
	}
	if outcome.Reason != "" {
		fmt.Println(outcome.Reason)
	}
}
