package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/gate"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// checkProgram starts a program and checks it and its descendants for its
// whole life.
func (o checkOptions) checkProgram(ctx context.Context, options gate.Options, argv []string, output checkReport) error {
	if o.duration != 0 {
		return failf(exitUsage, "check: --duration goes with a PID: a program behind -- is checked for its whole life")
	}
	every := cmp.Or(time.Duration(o.interval), programInterval)
	child, err := startProgram(argv, every)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-child.Done()
		cancel()
	}()
	options.FromStart = true
	g, tree := gate.New(options), procs.NewTree("/proc", child.PID())
	sampler := probe.NewSampler(probe.Options{Version: versionText(), ProcRoot: "/proc"}) // our child's PIDs are those of our own /proc
	probe.Follow(ctx, sampler, every, freshWhile, func(s *fragcalc.Snapshot) {
		g.Add(chosen(s, func(p *fragcalc.Process) bool { return tree.Has(p.ProcessID) }))
	})
	sampler.Close()
	code := child.ExitCode()
	report := g.Report("the program ended before any figures of it were seen")
	report.Exit = fragcalc.Of(code)
	err = o.conclude(report, strings.Join(argv, " "), output, os.Stderr)
	if code != exitOK {
		return failf(code, "check: %s: %s", text.Clean(argv[0], 200), ended(code))
	}
	return err
}

// startProgram starts an instrumented child whose agents are as quick as it is
// sampled, unless the environment says otherwise.
func startProgram(argv []string, every time.Duration) (*cudashim.Child, error) {
	const tick = "GPUFRAGTOP_TICK_MS"
	launch, err := cudashim.Prepare(argv, os.Environ(), cudashim.RunOptions{})
	if err == nil {
		if _, set := os.LookupEnv(tick); !set {
			launch.Env = append(launch.Env, fmt.Sprintf("%s=%d", tick, min(every, time.Second).Milliseconds()))
		}
		var child *cudashim.Child
		if child, err = cudashim.Start(launch); err == nil {
			return child, nil
		}
	}
	return nil, refusal("check", err)
}

// ended says how a program failed.
func ended(code int) string {
	if code > 128 {
		return fmt.Sprintf("ended by signal %d (exit code %d)", code-128, code)
	}
	return fmt.Sprintf("exit code %d", code)
}
