package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/tui"
)

// releaseQuestion are the flags and arguments of gpufragtop release.
type releaseQuestion struct {
	releaseTargets
	yes, json, force, noWait bool
}

func releaseCommand() *cobra.Command {
	var q releaseQuestion
	cmd := &cobra.Command{
		Use:   "release PID…",
		Short: "hand the cached memory of instrumented processes back to the driver",
		Long: `release asks processes to empty their allocator's cache, as the key r does. It
costs each a device synchronisation and slower next allocations; it helps other
processes and libraries on the GPU. The ranks of one job are asked at the same
time, everything else one after the other; if one of them is known to refuse,
none is asked, unless --force is given. Then it waits ten seconds and says how
often the allocators had to retry. Exit code 1: one or more were not released;
4: not permitted; 2: nobody there to confirm and no --yes.`,
		Example: `  gpufragtop release 48121
  gpufragtop release --gpu 0 --yes
  gpufragtop release --ranks 48121`,
		Args: func(_ *cobra.Command, args []string) error {
			return q.parse(args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return q.release(cmd.Context()) },
	}
	cmd.Flags().StringSliceVar(&q.gpus, "gpu", nil, "all instrumented processes of this GPU: index or UUID")
	cmd.Flags().IntVar(&q.ranks, "ranks", 0, "all ranks of the job that this process belongs to")
	cmd.Flags().StringVar(&q.job, "job", "", "all ranks of this job")
	cmd.Flags().BoolVar(&q.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&q.json, "json", false, "print the outcome as JSON")
	cmd.Flags().BoolVar(&q.force, "force", false, "although a stream capture cannot be excluded, or one of the ranks refuses")
	cmd.Flags().BoolVar(&q.noWait, "no-wait", false, "do not wait for the retries of the next ten seconds")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func (q releaseQuestion) release(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	sampler := probe.NewSampler(probe.Options{Version: versionText()})
	defer sampler.Close()
	snapshot := sampler.SampleFresh(ctx)
	choice, err := q.choose(snapshot)
	if err != nil {
		return err
	}
	if !q.yes && !terminalIn() {
		return failf(exitUsage, "release: nobody is there to confirm: add --yes")
	}
	for _, left := range choice.Left {
		fmt.Fprintln(os.Stderr, "gpufragtop: release: "+left)
	}
	var refusals []fragcalc.ReleaseOutcome
	if !q.yes || len(q.groups) > 0 {
		refusals = sampler.Refusals(ctx, choice.Targets, q.force)
	}
	if err := q.obstacle(refusals); err != nil && !q.force {
		return err
	}
	asked := q.yes || len(refusals) < len(choice.Targets)
	if !q.yes && asked {
		tui.WriteReleaseQuestion(os.Stderr, snapshot, choice.Targets, refusals)
		if !saidYes() {
			return failf(exitFailed, "release: not confirmed, nothing done")
		}
	}
	several := len(choice.Targets)+len(choice.Absent) > 1
	var plan fragcalc.ReleasePlan
	if asked { // else all are known to refuse, and nobody has confirmed anything
		plan = fanout.Plan(snapshot, choice.Targets)
		plan.Force = q.force
	}
	waiting := tui.NewWaiting(os.Stderr, plan)
	defer waiting.Stop()
	each := func(o fragcalc.ReleaseOutcome) {
		waiting.Answered()
		if !q.json && (several || o.Status == fragcalc.ReleaseDone) {
			tui.WriteReleased(os.Stdout, snapshot, o, several)
		}
	}
	report := sampler.Release(ctx, plan, each)
	if !asked {
		for _, o := range refusals {
			each(o)
		}
		report.Outcomes = refusals
	}
	waiting.Stop()
	report.Outcomes = append(report.Outcomes, choice.Absent...)
	if several && !q.json {
		tui.WriteReleaseTotal(os.Stdout, snapshot, report)
	}
	if err := q.follow(ctx, sampler, report, several); err != nil {
		return failf(exitFailed, "release: %v", err)
	}
	return exitOf(report)
}

// follow says how often the allocators have retried since, when that is known;
// whoever ends the program earlier still gets the outcomes.
func (q releaseQuestion) follow(ctx context.Context, sampler *probe.Sampler, report fragcalc.ReleaseReport, several bool) error {
	why := ""
	switch {
	case q.noWait:
		why = "not waited for (--no-wait)"
	case report.Done() > 0:
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		select {
		case <-ctx.Done():
			why = "the wait was interrupted"
		case <-time.After(fragcalc.RetriesWatched):
		}
	}
	for _, o := range report.Outcomes {
		retries := fragcalc.Unknown[int64](why)
		switch {
		case o.Status != fragcalc.ReleaseDone:
			retries = fragcalc.Unknown[int64]("nothing was released")
		case why == "":
			retries = sampler.Retries(ctx, o)
		}
		switch {
		case q.json:
			if err := document.EncodeRelease(os.Stdout, o, retries); err != nil {
				return err
			}
		case !q.noWait && o.Status == fragcalc.ReleaseDone:
			tui.WriteRetries(os.Stdout, o, retries)
		}
	}
	if several && q.json {
		return document.EncodeReleaseTotal(os.Stdout, report)
	}
	return nil
}

// exitOf is the error that goes with a report.
func exitOf(report fragcalc.ReleaseReport) error {
	denied := 0
	for _, o := range report.Outcomes {
		if o.Status == fragcalc.ReleaseNotPermitted {
			denied++
		}
	}
	first := report.Outcomes[0]
	switch n := len(report.Outcomes); {
	case report.Done() == n:
		return nil
	case n == 1 && denied == 1:
		return failf(exitNoPermission, "release %d: %s", first.Target.PID, first.Reason)
	case n == 1:
		return failf(exitFailed, "release %d: %s", first.Target.PID, first.Reason)
	case denied == n:
		return failf(exitNoPermission, "release: none of %d processes permits it: %s", n, first.Reason)
	default:
		return failf(exitFailed, "release: %d of %d processes were not released", n-report.Done(), n)
	}
}

// saidYes reads the answer to a question; anything but y and yes is no.
func saidYes() bool {
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	answer = strings.TrimSpace(answer)
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}
