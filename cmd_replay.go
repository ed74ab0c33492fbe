package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/probe/tape"
	"github.com/gpufragtop/gpufragtop/tui"
)

func replayCommand() *cobra.Command {
	s := settings{}
	var at string
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "show what record has recorded, on the same screen",
		Long: `replay plays a recording on the screen: Space plays and pauses, [ and ] go a
minute back and forward, comma and dot a sample, ( and ) change the speed.
--json and --once print the sample at a time, and without --at the last one.`,
		Example: `  gpufragtop replay train.tape
  gpufragtop replay --at 14:02:03 train.tape
  gpufragtop replay --json --at +90s train.tape
  gpufragtop replay --json --watch train.tape | jq '.processes[].stranded_bytes'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failf(exitUsage, "replay: name one recording: gpufragtop replay FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return s.replay(ctx, args[0], at)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&at, "at", "", "the time: 14:02:03, 2006-01-02T14:02:03, +90s from the beginning or -90s from the end")
	flags.BoolVar(&s.json, "json", false, "print the sample as a JSON document")
	flags.BoolVar(&s.watch, "watch", false, "with --json: all samples from --at on, or from the first, one a line")
	flags.IntVar(&s.count, "count", 0, "with --watch: leave after so many documents (0 = all)")
	flags.StringVar(&s.detail, "detail", "", `with --json: "segments" adds segments and blocks`)
	flags.BoolVarP(&s.once, "once", "1", false, "print the sample as text")
	flags.StringSliceVarP(&s.pids, "pid", "p", nil, "only these processes")
	flags.StringVarP(&s.user, "user", "u", "", "only this user's processes")
	flags.StringVar(&s.filter, "filter", "", "only processes that match, as without a verb")
	flags.StringVar(&s.sort, "sort", "", "sort by this column, as without a verb")
	flags.BoolVarP(&s.ascii, "ascii", "U", false, "draw with ASCII only")
	flags.BoolVarP(&s.noColor, "no-color", "C", false, "no colours (as NO_COLOR)")
	flags.StringVar(&s.theme, "theme", "", "colours, as without a verb")
	flags.StringVar(&s.copy, "copy", "", "where the key y copies to, as without a verb")
	configFlag(cmd, &s)
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func (s settings) replay(ctx context.Context, path, at string) error {
	if err := s.check(); err != nil {
		return err
	}
	filter, err := s.selection()
	if err != nil {
		return failf(exitUsage, "replay: %v", err)
	}
	if s.sort != "" && !query.HasKey(s.sort) {
		return failf(exitUsage, "--sort %q: no such column (gpufragtop --help lists all)", s.sort)
	}
	theme, err := s.loadTheme()
	if err != nil {
		return failf(exitUsage, "%v", err)
	}
	recording, err := tape.Open(path)
	if err != nil {
		return failf(exitFailed, "replay: %v", err)
	}
	defer recording.Close()
	screen := !s.json && !s.once && terminalOut()
	start := recording.Len() - 1
	if screen || s.watch {
		start = 0
	}
	if at != "" {
		moment, err := tape.ParseTime(at, recording.Time(0), recording.Time(recording.Len()-1))
		if err != nil {
			return failf(exitUsage, "replay: --at %v", err)
		}
		start = recording.Find(moment)
	}
	if screen {
		if os.Getenv("TERM") == "dumb" {
			return failf(exitUsage, "TERM=dumb cannot show the screen: use --once for text or --json")
		}
		expression, err := s.selectionText()
		if err != nil {
			return failf(exitUsage, "replay: %v", err)
		}
		err = tui.Run(ctx, tui.Options{
			Recording: recording, Start: start, Notice: recording.Note(),
			Choices: s.choices, Settings: s.config, Keeper: keeper{}, Copy: s.copy, Themes: themeLibrary(),
			Theme: theme, ASCII: s.ascii, NoColor: s.noColor, Version: versionText(),
			Filter: expression, Sort: s.sort,
		})
		if err != nil {
			return s.screenFailed("replay: ", err)
		}
		return nil
	}
	if note := recording.Note(); note != "" {
		fmt.Fprintf(os.Stderr, "gpufragtop: %s: %s\n", path, note)
	}
	return s.printRecorded(recording, start, filter)
}

// printRecorded prints a sample, or with --watch all from it on.
func (s settings) printRecorded(recording *tape.Reader, start int, filter query.Filter) error {
	options := document.Options{Detail: s.detail == "segments", Indent: !s.watch && terminalOut()}
	for i := start; i < recording.Len(); i++ {
		snapshot, err := recording.Read(i)
		if err != nil {
			return failf(exitFailed, "replay: %v", err)
		}
		options.Rows = snapshot.Processes
		snapshot = s.selected(snapshot, filter)
		if s.json {
			err = document.Encode(os.Stdout, snapshot, options)
		} else {
			err = tui.WriteOnce(os.Stdout, snapshot, tui.OnceOptions{ASCII: s.ascii, Rows: options.Rows})
		}
		if err != nil {
			return failf(exitFailed, "replay: %v", err)
		}
		if !s.watch || i-start+1 == s.count {
			break
		}
	}
	return nil
}
