package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/probe/tape"
)

// recording is what record was asked for.
type recording struct {
	settings // what to look at
	output   string
	span     time.Duration // 0 = until it is stopped
	maxText  string
	maxSize  int64
	force    bool
	run      cudashim.RunOptions
}

func recordCommand() *cobra.Command {
	r := recording{settings: settings{delay: delayValue(time.Second)}}
	cmd := &cobra.Command{
		Use:   "record -o FILE [--for 1h] [-- COMMAND [ARGUMENT…]]",
		Short: "record the node into a file, for replay",
		Long: `record writes a sample of the node into FILE at every delay, until Ctrl-C, until
--for has passed or until FILE has its size. With COMMAND it starts that program
as run does, records for as long as it lives, and passes its exit code on. A
recorder that is killed loses no more than the sample that it was writing.`,
		Example: `  gpufragtop record -o night.tape --for 8h -d 5
  gpufragtop record -o train.tape -- python train.py
  gpufragtop replay train.tape`,
		Args: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); len(args) > 0 && dash != 0 {
				return failf(exitUsage, "record: %q: name the program behind --: gpufragtop record -o FILE -- python train.py", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.check(); err != nil {
				return err
			}
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return r.record(ctx, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&r.output, "output", "o", "", "the file to write")
	flags.DurationVar(&r.span, "for", 0, "stop after this time, e.g. 90s, 1h30m")
	flags.StringVar(&r.maxText, "max-size", "256MiB", "bound of the file: block maps may take half of it, then the recording ends")
	flags.BoolVar(&r.force, "force", false, "overwrite FILE")
	flags.BoolVar(&r.run.WatchOnly, "watch-only", false, "COMMAND's cache cannot be released from outside")
	flags.VarP(&r.delay, "delay", "d", "time between samples: seconds (0.5) or with a unit (500ms)")
	flags.StringSliceVarP(&r.devices, "id", "i", nil, "only these GPUs: index, UUID or its beginning, PCI bus id, MIG-…")
	flags.StringSliceVarP(&r.pids, "pid", "p", nil, "only these processes")
	flags.StringVarP(&r.user, "user", "u", "", "only this user's processes")
	flags.StringVar(&r.filter, "filter", "", "only processes that match, as without a verb")
	flags.BoolVar(&r.demo, "demo", false, "record the embedded demo node")
	flags.Int64Var(&r.seed, "seed", 1, "with --demo: which demo")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func (r *recording) check() error {
	if r.output == "" {
		return failf(exitUsage, "record: name the file to write: gpufragtop record -o run.tape")
	}
	if r.span < 0 {
		return failf(exitUsage, "record: --for %v: give a time above 0", r.span)
	}
	var err error
	if r.maxSize, err = units.Parse(r.maxText); err != nil {
		return failf(exitUsage, "record: --max-size: %v", err)
	}
	if r.maxSize < tape.LeastSize {
		return failf(exitUsage, "record: --max-size %s: give at least %s", r.maxText, units.Bytes(tape.LeastSize))
	}
	return nil
}

// record records until something ends it.
func (r *recording) record(ctx context.Context, argv []string) error {
	filter, err := r.selection()
	if err != nil {
		return failf(exitUsage, "record: %v", err)
	}
	node := r.open()
	defer node.Close()
	first := node.SampleFresh
	var launch cudashim.Launch
	if len(argv) > 0 {
		if launch, err = cudashim.Prepare(argv, os.Environ(), r.run); err != nil {
			return refusal("record", err)
		}
	} else {
		snapshot := sampled(ctx, node.SampleFresh)
		if err := nothingToWatch(snapshot); err != nil {
			return err
		}
		first = func(context.Context) *fragcalc.Snapshot { return snapshot }
	}
	file, err := tape.Create(r.output, tape.Options{Version: versionText(), Interval: time.Duration(r.delay), MaxSize: r.maxSize, Force: r.force})
	if err != nil {
		return failf(exitFailed, "record: %v", err)
	}
	ctx, stop := r.until(ctx, len(argv) > 0)
	defer stop()
	var program *cudashim.Child
	if len(argv) > 0 {
		if program, err = cudashim.Start(launch); err != nil {
			_ = file.Close("the program did not start") // that it did not is the error to tell
			return refusal("record", err)
		}
		var ended context.CancelFunc
		ctx, ended = context.WithCancel(ctx)
		go func() { <-program.Done(); ended() }()
	}
	why, failure := r.samples(ctx, node, first, file, filter)
	failure = errors.Join(failure, file.Close(why))
	full := errors.Is(failure, tape.ErrFull)
	if program != nil && failure != nil {
		fmt.Fprintf(os.Stderr, "gpufragtop: record: %s: %v; the program goes on\n", r.output, failure)
	} else if full {
		fmt.Fprintf(os.Stderr, "gpufragtop: record: %s: %v\n", r.output, failure)
	}
	if full {
		failure = nil
	}
	r.summary(file)
	if program != nil {
		if code := program.ExitCode(); code != 0 {
			return exitError{code: code}
		}
	}
	if failure != nil && program != nil {
		return exitError{code: exitFailed} // said above
	}
	if failure != nil {
		return failf(exitFailed, "record: %s: %v", r.output, failure)
	}
	return nil
}

// until is a context that ends when the recording shall: after its time, and
// at a signal. With a program signals go to that, and its end ends both.
func (r *recording) until(ctx context.Context, program bool) (context.Context, context.CancelFunc) {
	cancel := func() {}
	if r.span > 0 {
		ctx, cancel = context.WithTimeout(ctx, r.span)
	}
	if program {
		return ctx, cancel
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	return ctx, func() { stop(); cancel() }
}

// samples records one sample after the other. It says why it ended.
func (r *recording) samples(ctx context.Context, node source, take func(context.Context) *fragcalc.Snapshot, file *tape.Writer, filter query.Filter) (string, error) {
	next := time.Now()
	for {
		snapshot := sampled(ctx, take)
		take = node.Sample
		if ctx.Err() != nil && file.Samples() > 0 {
			return "stopped", nil // the sample has been cut short
		}
		if err := file.Add(r.selected(snapshot, filter)); errors.Is(err, tape.ErrFull) {
			return "size", fmt.Errorf("%w, %s", err, units.Bytes(r.maxSize))
		} else if err != nil {
			return "failed", err
		}
		next = next.Add(time.Duration(r.delay))
		if late := time.Since(next); late > 0 {
			next = next.Add(late)
		}
		select {
		case <-ctx.Done():
			return "stopped", nil
		case <-time.After(time.Until(next)):
		}
	}
}

// summary says on standard error what has been recorded.
func (r *recording) summary(file *tape.Writer) {
	words := fmt.Sprintf("gpufragtop: %d samples, %s in %s", file.Samples(), units.Bytes(file.Size()), r.output)
	if file.Thinned() {
		words += ", the later ones without blocks (--max-size " + r.maxText + ")"
	}
	fmt.Fprintln(os.Stderr, words)
}
