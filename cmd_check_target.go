package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/gate"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/probe/dump"
	"github.com/gpufragtop/gpufragtop/probe/tape"
)

// readMoments tells of the snapshots in a file, oldest first: one of a PyTorch
// snapshot, many of a recording.
func readMoments(path string, tell func(*fragcalc.Snapshot)) error {
	recording, err := tape.Open(path)
	if errors.Is(err, tape.ErrNotTape) {
		snapshot, err := dump.Read(path)
		if err == nil {
			tell(snapshot)
		}
		return err
	}
	if err != nil {
		return err
	}
	defer recording.Close()
	for i := range recording.Len() {
		tell(recording.Figures(context.Background(), i))
	}
	return nil
}

// readLimits reads a limit file; no name gives no limits.
func readLimits(path string) (gate.Limits, error) {
	if path == "" {
		return gate.Limits{}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return gate.Limits{}, err
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, gate.LargestFile+1))
	if err != nil {
		return gate.Limits{}, err
	}
	limits, err := gate.ParseLimits(source)
	if err != nil {
		return gate.Limits{}, fmt.Errorf("%s: %w", path, err)
	}
	return limits, nil
}

// checkFile checks what a file tells.
func (o checkOptions) checkFile(options gate.Options, path string, output checkReport) error {
	if o.duration != 0 || o.interval != 0 {
		return failf(exitUsage, "check: --duration and --interval go with a PID or --: a file has its own times")
	}
	g := gate.New(options)
	if err := readMoments(path, g.Add); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return failf(exitFailed, "check: there is no file %q (a command comes behind --)", path)
		}
		return failf(exitFailed, "check: %v", err)
	}
	return o.conclude(g.Report("the file tells of no process"), path, output, os.Stdout)
}

// conclude writes a report and returns its verdict.
func (o checkOptions) conclude(report gate.Report, target string, output checkReport, words io.Writer) error {
	report.Target, report.Price = target, o.price
	if err := output.write(report, words); err != nil {
		return err
	}
	return verdict(report)
}

// checkPID checks a running process, at one moment or for some time.
func (o checkOptions) checkPID(ctx context.Context, options gate.Options, pid int, output checkReport) error {
	if needed := gate.LeastTime(o.warmUp); options.Limits.Has(gate.MaxGrowth) && o.duration < needed && !o.allowUnknown {
		return failf(exitUsage, "check: --max-growth takes time: add --duration %v or more (the warm-up of %v is part of it)", needed, o.warmUp)
	}
	if !alive(pid) {
		return failf(exitFailed, "check: there is no process %d", pid)
	}
	sampler := probe.NewSampler(probe.Options{Version: versionText()})
	defer sampler.Close()
	g, nothing := gate.New(options), "the process uses no GPU that can be seen"
	look := func(s *fragcalc.Snapshot) {
		if reason, missing := nvmlFault(s); missing {
			nothing = "the process is not instrumented, and " + reason
		}
		g.Add(chosen(s, func(p *fragcalc.Process) bool { return p.PID == pid }))
	}
	if o.duration == 0 {
		look(sampled(ctx, sampler.SampleFresh))
	} else {
		ctx, cancel := context.WithTimeout(ctx, o.duration)
		defer cancel()
		every := cmp.Or(time.Duration(o.interval), checkInterval)
		probe.Follow(ctx, sampler, every, freshWhile, func(s *fragcalc.Snapshot) {
			look(s)
			if !alive(pid) {
				cancel()
			}
		})
	}
	return o.conclude(g.Report(nothing), "process "+strconv.Itoa(pid), output, os.Stdout)
}

// freshWhile is how long at first the newest figures are asked for.
const freshWhile = time.Minute

// alive tells whether there is a process.
func alive(pid int) bool {
	root := os.Getenv("HOST_PROC")
	if root == "" {
		root = "/proc"
	}
	_, err := os.Stat(filepath.Join(root, strconv.Itoa(pid)))
	return err == nil
}

// chosen is a snapshot with some of its processes.
func chosen(s *fragcalc.Snapshot, keep func(*fragcalc.Process) bool) *fragcalc.Snapshot {
	some := *s
	some.Processes = nil
	for i := range s.Processes {
		if keep(&s.Processes[i]) {
			some.Processes = append(some.Processes, s.Processes[i])
		}
	}
	return &some
}
