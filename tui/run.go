// Package tui shows snapshots of a node on a terminal and takes keys. It knows
// nothing of where snapshots come from.
package tui

import (
	"context"
	"fmt"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/table"
	"github.com/gpufragtop/gpufragtop/tui/terminal"
)

// Options are what the screen needs from the command line.
type Options struct {
	Source Source
	// Recording is shown in the place of Source, if there is one, from sample
	// Start on; Notice is what there is to say about it first.
	Recording Recording
	Start     int
	Notice    string
	Releaser  Releaser  // nil: nothing can be released
	Recorder  Recorder  // nil: no history can be recorded
	Signaller Signaller // nil: nothing can be signalled
	Doctor    Doctor    // nil: an empty node is not explained
	Reports   Reports   // nil: there are none
	Attacher  Attacher  // nil: nothing can be attached to
	Taper     Taper     // nil: what is seen cannot be recorded
	Keeper    Keeper    // nil: nothing is kept in files
	Copy      string    // one of CopyWays; empty is CopyBoth
	Theme     themes.Theme
	Themes    Themes        // nil: the theme cannot be changed
	Choices   Choices       // made on the screen before
	Settings  Settings      // nil: choices cannot be saved
	Interval  time.Duration // between the beginnings of two samples
	Readonly  bool
	ASCII     bool // also without it when the locale is not UTF-8
	NoColor   bool // also without it when the environment says so
	Version   string
	// GPUHourPrice is the price of an hour of a whole GPU, in any currency; costs
	// are shown where it is given.
	GPUHourPrice float64
	// ExpandableSaves computes, from a process's trace, what advice says that
	// expandable segments would save; see advice.Inputs. nil: nothing is computed.
	ExpandableSaves func(*fragcalc.Process) fragcalc.Bytes
	Filter          string   // in the language of fragcalc/query; empty shows all
	Sort            string   // a key of fragcalc/query; empty is stranded memory
	Input           *os.File // nil is standard input
	Output          *os.File // nil is standard output
	// Getenv reads the environment, for the terminal's abilities. nil is os.Getenv.
	Getenv func(string) string
}

// UsualSort is the order of processes when none is asked for.
const UsualSort = sortStranded

// Run shows the screen until the user quits, ctx ends or the terminal is gone;
// terminal.Run says how the terminal is left.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	model, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	defer model.endTape()
	return terminal.Run(ctx, model, o.Input, o.Output)
}

// newApp makes the model.
func newApp(ctx context.Context, o Options) (*app, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	look, err := draw.NewLook(o.Theme, o.NoColor, o.ASCII, o.Getenv)
	if err != nil {
		return nil, err
	}
	if o.Sort == "" {
		o.Sort = UsualSort
	}
	a := &app{
		ctx:     ctx,
		options: o,
		keys:    newKeyMap(look.Glyphs, !o.Readonly && o.Releaser != nil, !o.Readonly && o.Signaller != nil && o.Recording == nil),
		world: world{look: look, trends: newTrends(), window: history.DefaultWindow,
			counsel: &counsel{recent: newRecent(), saves: o.ExpandableSaves}, price: o.GPUHourPrice,
			tagged: map[fragcalc.ProcessID]bool{}},
		views:  newViews(),
		filter: newFilterPane(),
	}
	processes := a.views.node().list()
	processes.SortBy(table.SortOrder{Key: o.Sort})
	if err := processes.FilterBy(o.Filter); err != nil {
		return nil, fmt.Errorf("filter %q: %w", o.Filter, err)
	}
	a.status.log = &a.log
	if err := a.choose(o.Choices); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChoices, err)
	}
	a.world.attach = o.Attacher != nil && o.Recording == nil && !o.Readonly
	if !a.world.attach {
		a.keys.Attach.SetHelp("", "")
	}
	if o.Readonly && o.Recorder != nil { // a live node, whose processes are not asked
		a.keys.WhatIf.SetHelp("", "")
	}
	if o.Taper == nil || o.Recording != nil {
		a.keys.Tape.SetHelp("", "")
	}
	if o.Recording != nil {
		a.replay = newReplay(o.Recording, o.Start)
		a.status.warn(o.Notice)
	}
	return a, nil
}

// suspend hands the terminal back to the shell, where there is one.
func (a *app) suspend() tea.Cmd {
	if !terminal.CanSuspend() {
		a.status.warn("cannot suspend: no shell to come back to")
		return nil
	}
	return tea.Suspend
}
