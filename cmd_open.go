package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/probe"
)

// openInterval is how often the screen looks at a file again, which never
// changes.
const openInterval = time.Hour

func openCommand() *cobra.Command {
	s := settings{delay: delayValue(openInterval)}
	cmd := &cobra.Command{
		Use:   "open FILE",
		Short: "show a PyTorch memory snapshot, or an out-of-memory report, in the screens of a live process",
		Long: `open reads a report of an out-of-memory error (gpufragtop reports lists them), or what torch.cuda.memory._dump_snapshot wrote, or a pickled
memory_snapshot(), plain or compressed with gzip, xz or zstd, and shows it as a
live process is shown: one row for each device. The file may be anybody's: only
data is read, and nothing in it is imported or called. Exit code 1: it cannot be
read.`,
		Example: `  gpufragtop open snapshot.pickle
  gpufragtop open --json --detail segments snapshot.pickle.gz
  gpufragtop open oom-01764003600000000000-4711.report`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failf(exitUsage, "open: name one file: gpufragtop open FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.present(cmd.Context(), func() (source, error) {
				file, err := probe.OpenFile(probe.ReportPath(args[0]), probe.Options{Version: versionText()})
				if err != nil {
					return nil, failf(exitFailed, "open: %v", err)
				}
				return file, nil
			})
		},
	}
	s.lookFlags(cmd.Flags())
	configFlag(cmd, &s)
	return cmd
}
