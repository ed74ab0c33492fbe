package main

import (
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/probe/dump"
	"github.com/gpufragtop/gpufragtop/tui"
)

// fitQuestion are the flags and arguments of gpufragtop fit.
type fitQuestion struct {
	size   int64
	target string // PID, FILE or nothing
	free   string
	stream string
	json   bool
	node   settings
}

func fitCommand() *cobra.Command {
	q := fitQuestion{node: settings{seed: 1, readonly: true}}
	cmd := &cobra.Command{
		Use:   "fit SIZE [PID|FILE]",
		Short: "would an allocation of that size succeed, and what stands in the way",
		Long: `fit answers for every instrumented PyTorch process and GPU of this node, for one
process, or for a PyTorch memory snapshot: on each stream, would one allocation
of SIZE come from the cache, from the device, after PyTorch's own release, or
not at all? Exit code 0: answered, also with no; 1: no such process, or it is
not instrumented.`,
		Example: `  gpufragtop fit 4GiB
  gpufragtop fit 512MiB 48121
  gpufragtop fit 4GiB snapshot.pickle --free 10GiB`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return failf(exitUsage, "fit: give a size, and at most one process or file: gpufragtop fit 4GiB [PID|FILE]")
			}
			size, err := units.Parse(args[0])
			switch {
			case err != nil:
				return failf(exitUsage, "fit: %v", err)
			case size == 0:
				return failf(exitUsage, "fit: %q is nothing: give a size above 0, such as 4GiB", args[0])
			}
			q.size = size
			if len(args) == 2 {
				q.target = args[1]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return q.answer(ctx)
		},
	}
	cmd.Flags().BoolVar(&q.json, "json", false, "print the answers as JSON")
	cmd.Flags().StringVar(&q.stream, "stream", "", "only this stream: its handle, 0 or 0x…")
	cmd.Flags().StringVar(&q.free, "free", "", "with FILE: what the device has left, e.g. 10GiB")
	cmd.Flags().BoolVar(&q.node.demo, "demo", false, "ask the embedded demo node: no GPU needed")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func (q fitQuestion) answer(ctx context.Context) error {
	stream, err := q.onStream()
	if err != nil {
		return err
	}
	snapshot, rows, err := q.rows(ctx)
	if err != nil {
		return err
	}
	var answers []fragcalc.FitAnswer
	for _, row := range rows {
		circumstances := snapshot.FitContext(row)
		answer := fragcalc.FitAnswer{Process: row}
		if stream == nil {
			answer.Verdicts = circumstances.WouldFitOnStreams(q.size)
		} else {
			answer.Verdicts = append(answer.Verdicts, circumstances.WouldFit(fragcalc.FitQuestion{Size: q.size, Stream: *stream}))
		}
		answers = append(answers, answer)
	}
	if q.json {
		err = document.EncodeFit(os.Stdout, snapshot, q.size, answers)
	} else {
		err = tui.WriteFit(os.Stdout, snapshot, q.size, answers)
	}
	if err != nil {
		return failf(exitFailed, "fit: %v", err)
	}
	return nil
}

// onStream is the stream that --stream names; nil = all.
func (q fitQuestion) onStream() (*uint64, error) {
	if q.stream == "" {
		return nil, nil
	}
	stream, err := strconv.ParseUint(q.stream, 0, 64)
	if err != nil {
		return nil, failf(exitUsage, "fit: --stream %q: give the handle of a stream, such as 0 or 0x55d0a8", q.stream)
	}
	return &stream, nil
}

// rows are the rows to ask about, of a file or of this node.
func (q fitQuestion) rows(ctx context.Context) (*fragcalc.Snapshot, []*fragcalc.Process, error) {
	isPID := q.target == "" || strings.Trim(q.target, "0123456789") == ""
	switch {
	case q.free != "" && isPID:
		return nil, nil, failf(exitUsage, "fit: --free goes with a FILE: what a live device has left is known")
	case !isPID:
		return q.fileRows()
	}
	node := q.node.open()
	defer node.Close()
	snapshot := sampled(ctx, node.SampleFresh)
	var rows []*fragcalc.Process
	for i := range snapshot.Processes {
		row := &snapshot.Processes[i]
		switch {
		case q.target != "" && strconv.Itoa(row.PID) != q.target:
		case row.Instrumented:
			rows = append(rows, row)
		case q.target != "":
			return nil, nil, failf(exitFailed, "fit: %s is not instrumented: start it with gpufragtop run -- CMD", q.target)
		}
	}
	if len(rows) > 0 {
		return snapshot, rows, nil
	}
	if q.target != "" {
		return nil, nil, failf(exitFailed, "fit: no GPU process %s here", q.target)
	}
	return nil, nil, failf(exitFailed, "fit: no instrumented process here: start one with gpufragtop run -- CMD")
}

// fileRows are the rows of a snapshot file.
func (q fitQuestion) fileRows() (*fragcalc.Snapshot, []*fragcalc.Process, error) {
	free := fragcalc.Unknown[int64]("a snapshot does not tell: say it with --free")
	if q.free != "" {
		bytes, err := units.Parse(q.free)
		if err != nil {
			return nil, nil, failf(exitUsage, "fit: --free: %v", err)
		}
		free = fragcalc.Of(bytes)
	}
	snapshot, err := dump.Read(q.target)
	if err != nil {
		return nil, nil, failf(exitFailed, "fit: %v", err)
	}
	var rows []*fragcalc.Process
	for i := range snapshot.Processes {
		row := &snapshot.Processes[i]
		row.Room.DeviceFree = free
		row.Fit(row.Pools, row.Settings, row.Room)
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, nil, failf(exitFailed, "fit: %s holds no memory of a GPU", q.target)
	}
	return snapshot, rows, nil
}
