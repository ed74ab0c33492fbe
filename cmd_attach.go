package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/cudashim/attach"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe"
)

// firstFigures is how long attach waits for what the new agent tells.
const firstFigures = 3 * time.Second

type attachFlags struct {
	yes, copy bool
	wait      time.Duration
}

func attachCommand() *cobra.Command {
	var flags attachFlags
	cmd := &cobra.Command{
		Use:   "attach PID [--yes-pause]",
		Short: "see inside a Python process that was started without gpufragtop run",
		Long: `attach brings the shim into a running Python process (3.8 and newer). Python
3.14 loads it by itself, without being stopped. In older ones the main thread
is stopped for a moment, typically less than 10 ms, and asked to load it
between two of its instructions; no debugger is needed, and the process goes on
also when gpufragtop is killed meanwhile. That pause is asked about, or
consented to with --yes-pause. Exit code 1: refused; 4: not permitted; 2:
nobody there to ask and no --yes-pause.`,
		Example: "  gpufragtop attach 4711",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return failf(exitUsage, "attach: name one process: gpufragtop attach PID")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pid, err := strconv.Atoi(args[0])
			if err != nil || pid <= 0 {
				return failf(exitUsage, "attach: %q is not a process id", args[0])
			}
			if flags.wait <= 0 {
				return failf(exitUsage, "attach: --wait %v: give a time above 0, for example 30s", flags.wait)
			}
			return attachTo(cmd.Context(), pid, flags)
		},
	}
	cmd.Flags().BoolVar(&flags.yes, "yes-pause", false, "do not ask before the process is stopped for a moment")
	cmd.Flags().BoolVar(&flags.copy, "copy", false, "put the shim into the process's own /tmp where it does not see ours (containers, other users); removed again when it has been loaded")
	cmd.Flags().DurationVar(&flags.wait, "wait", 30*time.Second, "for the main thread to come back to Python")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func attachTo(ctx context.Context, pid int, flags attachFlags) error {
	if ctx == nil {
		ctx = context.Background()
	}
	plan, err := attach.Look(pid)
	if err != nil {
		return attachError(err)
	}
	if plan.Method == attach.Stop && !flags.yes {
		if !terminalIn() {
			return failf(exitUsage, "attach: %d has to be stopped for a moment, and nobody is there to ask: add --yes-pause", pid)
		}
		fmt.Fprintf(os.Stderr, "Attach to %d (%s, Python %s)? %s.\n", pid, plan.Name, plan.Python, plan.Pause())
		if plan.Why != "" {
			fmt.Fprintf(os.Stderr, "It would not be stopped, but %s.\n", plan.Why)
		}
		fmt.Fprint(os.Stderr, "Attach? [y/N] ")
		if !saidYes() {
			return failf(exitFailed, "attach: not confirmed, nothing done")
		}
	}
	outcome, err := plan.Run(ctx, attach.Options{Copy: flags.copy, Wait: flags.wait})
	if err != nil {
		return attachError(err)
	}
	sampler := probe.NewSampler(probe.Options{Version: versionText()})
	defer sampler.Close()
	fmt.Println(attachedWords(awaitFigures(ctx, sampler, pid), pid, outcome))
	return nil
}

// attachError gives an *attach.Error its exit code. An agent that is there
// already is no error.
func attachError(err error) error {
	var refused *attach.Error
	switch {
	case errors.As(err, &refused) && refused.Already:
		fmt.Println(refused)
		return nil
	case errors.As(err, &refused) && !refused.Permitted:
		return failf(exitNoPermission, "attach: %v", err)
	}
	return failf(exitFailed, "attach: %v", err)
}

// awaitFigures waits, for a bounded time, until the process tells its figures.
// One that uses no GPU has no rows, and nothing to tell.
func awaitFigures(ctx context.Context, node interface {
	SampleFresh(context.Context) *fragcalc.Snapshot
}, pid int) []fragcalc.Process {
	ctx, cancel := context.WithTimeout(ctx, firstFigures)
	defer cancel()
	for look := 0; ; look++ {
		rows := rowsOf(node.SampleFresh(ctx), pid)
		if len(rows) == 0 && look > 0 || len(rows) > 0 && rows[0].Instrumented && rows[0].Framework.Source == "page" {
			return rows
		}
		select {
		case <-ctx.Done():
			return rows
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// attachedWords says what is seen now, and what is not.
func attachedWords(rows []fragcalc.Process, pid int, outcome attach.Outcome) string {
	words := fmt.Sprintf("attached to %d", pid)
	if outcome.Stopped > 0 {
		words += fmt.Sprintf(", which stood still for %.1f ms", float64(outcome.Stopped.Microseconds())/1000)
	}
	switch {
	case len(rows) == 0 || rows[0].Instrumented && rows[0].Framework.Source != "page":
		return words + ": no PyTorch in it uses CUDA yet; its figures come when one does"
	case !rows[0].Instrumented:
		return words + ": its agent has started and has not told anything yet"
	}
	gpus := "1 GPU"
	if len(rows) != 1 {
		gpus = fmt.Sprintf("%d GPUs", len(rows))
	}
	words += ": " + strings.TrimSpace(rows[0].Framework.Name+" "+rows[0].Framework.Version) + ", " + gpus
	if !rows[0].Hook.Available && rows[0].Hook.Reason != "" {
		words += "; " + rows[0].Hook.Reason
	}
	return words
}

// attacher is what the screen needs of cudashim/attach.
type attacher struct{}

// PlanAttach implements tui.Attacher.
func (attacher) PlanAttach(target fragcalc.ProcessID) (fragcalc.AttachPlan, error) {
	plan, err := attach.Look(target.PID)
	if err != nil {
		return fragcalc.AttachPlan{}, err
	}
	if target.StartTicks != 0 && plan.Start != target.StartTicks {
		return fragcalc.AttachPlan{}, fmt.Errorf("pid %d belongs to another process now", target.PID)
	}
	return fragcalc.AttachPlan{
		Target: fragcalc.ProcessID{PID: plan.PID, StartTicks: plan.Start}, Name: plan.Name, Python: plan.Python,
		Pause: plan.Pause(), Stops: plan.Method == attach.Stop, Why: plan.Why,
	}, nil
}

// Attach implements tui.Attacher.
func (a attacher) Attach(ctx context.Context, agreed fragcalc.AttachPlan) (time.Duration, error) {
	plan, err := attach.Look(agreed.Target.PID)
	switch {
	case err != nil:
		return 0, err
	case plan.Start != agreed.Target.StartTicks:
		return 0, fmt.Errorf("pid %d belongs to another process now", agreed.Target.PID)
	case plan.Method == attach.Stop && !agreed.Stops:
		return 0, fmt.Errorf("%d would have to be stopped now, and that was not agreed to", agreed.Target.PID)
	}
	outcome, err := plan.Run(ctx, attach.Options{})
	return outcome.Stopped, err
}
