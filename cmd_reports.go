package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/tui"
)

func reportsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reports",
		Short: "list what programs left behind of their out-of-memory errors",
		Long: `reports lists the reports of this user, newest first: a program that was started
with gpufragtop run leaves one when an allocation is refused, also when it dies
of that. The newest 20 are kept. gpufragtop open FILE shows one.

They lie in $GPUFRAGTOP_REPORT_DIR, else in $XDG_STATE_HOME/gpufragtop/reports,
else in ~/.local/state/gpufragtop/reports.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return failf(exitUsage, "reports: takes no arguments: gpufragtop open FILE shows a report")
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			entries, folder, skipped, err := probe.ListReports()
			if err != nil {
				return failf(exitFailed, "reports: %v", orFolder(folder, err))
			}
			if asJSON {
				err = document.EncodeReports(os.Stdout, folder, entries, terminalOut())
			} else {
				err = tui.WriteReports(os.Stdout, folder, entries)
				tui.WriteSkippedReports(os.Stderr, entries, skipped)
			}
			if err != nil {
				return failf(exitFailed, "reports: %v", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

// orFolder names the folder that an error is about, where there is one.
func orFolder(folder string, err error) error {
	if folder == "" {
		return err
	}
	return plainly(err, folder)
}
