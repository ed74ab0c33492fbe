package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/probe/dump"
)

// whatIfQuestion is what gpufragtop whatif is asked.
type whatIfQuestion struct {
	target string
	set    []string
	all    bool
	total  string
	device int
	json   bool
	record time.Duration // of a process
	events int
	yes    bool
}

func whatIfCommand() *cobra.Command {
	q := whatIfQuestion{}
	cmd := &cobra.Command{
		Use:   "whatif FILE|PID",
		Short: "replay a program's allocations under other allocator settings",
		Long: `whatif replays what a program asked of PyTorch's allocator, from the history in a
snapshot file or in a running instrumented process, under its own settings and
under others: what would have been reserved, stranded, retried, and whether it
would have run out of memory. With --total it answers for a device of that size.

A process that records no history is asked to, for the time of --for: whatif says
what that costs and asks first. Exit code 1: no history, or refused; 2: usage.`,
		Example: `  gpufragtop whatif snapshot.pickle --all
  gpufragtop whatif snapshot.pickle --set expandable_segments:True --total 24GiB
  gpufragtop whatif 4711 --set max_split_size_mb:128 --for 30s`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failf(exitUsage, "whatif: name one snapshot file or process: gpufragtop whatif FILE|PID")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			q.target = args[0]
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return q.answer(ctx)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&q.set, "set", nil, "settings to try, as in PYTORCH_CUDA_ALLOC_CONF; may be repeated")
	flags.BoolVar(&q.all, "all", false, "try the settings that are worth trying on any program")
	flags.StringVar(&q.total, "total", "", "memory of the device, e.g. 24GiB (a file: without bound; a process: its own)")
	flags.IntVar(&q.device, "device", -1, "which device of the file or process (default: the one with most events)")
	flags.BoolVar(&q.json, "json", false, "print the answers as JSON")
	flags.DurationVar(&q.record, "for", 10*time.Second, "with a PID: how long history is recorded")
	flags.IntVar(&q.events, "events", fragcalc.DefaultRecordedEvents, "with a PID: the newest so many events")
	flags.BoolVar(&q.yes, "yes", false, "with a PID: do not ask")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func (q whatIfQuestion) answer(ctx context.Context) error {
	for _, settings := range q.set {
		if _, err := whatif.ParseConfig(settings); err != nil {
			return failf(exitUsage, "whatif: --set: %v", err)
		}
	}
	total := int64(0)
	if q.total != "" {
		var err error
		if total, err = units.Parse(q.total); err != nil || total <= 0 {
			return failf(exitUsage, "whatif: --total %q: give a size above 0, such as 24GiB", q.total)
		}
	}
	rows, name, err := q.rows(ctx)
	if err != nil {
		return err
	}
	row, err := q.choose(rows)
	if err != nil {
		return err
	}
	if total == 0 {
		total = whatif.OwnTotal(row)
	}
	asked := q.set
	if q.all {
		asked = append(asked, whatif.Usual(row.Settings.Text)...)
	}
	comparison, err := whatif.Compare(row, asked, total)
	if err != nil {
		return failf(exitFailed, "whatif: %s: %v", name, err)
	}
	comparison.Name = name
	if q.json {
		err = comparison.Encode(os.Stdout, terminalOut())
	} else {
		err = comparison.WriteText(os.Stdout)
	}
	if err != nil {
		return failf(exitFailed, "whatif: %v", err)
	}
	return nil
}

// choose is the row that --device names, else the one with the longest trace.
func (q whatIfQuestion) choose(rows []fragcalc.Process) (*fragcalc.Process, error) {
	if q.device >= 0 {
		if q.device >= len(rows) {
			return nil, failf(exitUsage, "whatif: --device %d: there are %d, from 0 on", q.device, len(rows))
		}
		return &rows[q.device], nil
	}
	best := &rows[0]
	for i := range rows {
		if rows[i].Trace != nil && (best.Trace == nil || len(rows[i].Trace.Events) > len(best.Trace.Events)) {
			best = &rows[i]
		}
	}
	return best, nil
}

func (q whatIfQuestion) rows(ctx context.Context) ([]fragcalc.Process, string, error) {
	if strings.Trim(q.target, "0123456789") == "" {
		return q.processRows(ctx)
	}
	snapshot, err := dump.Read(q.target)
	if err != nil {
		return nil, "", failf(exitFailed, "whatif: %v", err)
	}
	if len(snapshot.Processes) == 0 {
		return nil, "", failf(exitFailed, "whatif: %s holds no memory of a GPU", text.Clean(q.target, 200))
	}
	return snapshot.Processes, text.Clean(filepath.Base(q.target), 200), nil
}

// processRows records the history of a process, after asking.
func (q whatIfQuestion) processRows(ctx context.Context) ([]fragcalc.Process, string, error) {
	pid, err := strconv.Atoi(q.target)
	if err != nil || pid <= 0 {
		return nil, "", failf(exitUsage, "whatif: %q is not a process id", q.target)
	}
	if !q.yes && !terminalIn() {
		return nil, "", failf(exitUsage, "whatif: nobody is there to confirm: add --yes")
	}
	sampler := probe.NewSampler(probe.Options{Version: versionText()})
	defer sampler.Close()
	rows := rowsOf(sampled(ctx, sampler.SampleFresh), pid)
	switch {
	case len(rows) == 0:
		return nil, "", failf(exitFailed, "whatif: no GPU process %d here", pid)
	case !rows[0].Instrumented:
		return nil, "", failf(exitFailed, "whatif: %d is not instrumented: start it with gpufragtop run -- CMD", pid)
	}
	request := fragcalc.RecordRequest{Target: rows[0].ProcessID, For: q.record, MaxEvents: q.events}
	if !q.yes && !agreed(&rows[0], request) {
		return nil, "", failf(exitFailed, "whatif: not confirmed, nothing done")
	}
	recorded, err := sampler.Record(ctx, request)
	if err != nil {
		return nil, "", failf(exitFailed, "whatif %d: %v", pid, err)
	}
	if len(recorded) == 0 {
		return nil, "", failf(exitFailed, "whatif %d: the process has no memory on a GPU", pid)
	}
	return recorded, fmt.Sprintf("%d %s", pid, recorded[0].Command), nil
}

// agreed asks on standard error, which is a terminal here.
func agreed(row *fragcalc.Process, request fragcalc.RecordRequest) bool {
	fmt.Fprintf(os.Stderr, "Record the allocations of %d (%s, %s)?\n%s.\nRecord? [y/N] ", row.PID, row.User, row.Command, request.Price())
	return saidYes()
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
