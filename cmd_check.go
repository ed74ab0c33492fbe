package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc/gate"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
)

// checkOptions are the flags of gpufragtop check.
type checkOptions struct {
	limits       gate.Limits // of the flags
	limitsFile   string
	output       string
	report       string
	duration     time.Duration
	interval     delayValue // 0 = the target's own
	warmUp       time.Duration
	allowUnknown bool
	price        float64
}

// Defaults of the verb check.
const (
	checkWarmUp = 30 * time.Second
	// checkInterval is the time between samples of a process that is watched,
	// programInterval that of a program that check starts: it may be short.
	checkInterval   = time.Second
	programInterval = 500 * time.Millisecond
)

func checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check LIMITS… (FILE | PID | -- COMMAND [ARGUMENT…])",
		Short: "a gate for CI and cron: exit code 3 when a limit is crossed",
		Long: `check holds a snapshot file, a running process, or a program that it starts to
limits. Over time the worst moment counts; for growth the lasting slope of
reserved memory after the warm-up.

With -- the program runs instrumented for its whole life, its descendants with
it; signals are passed on to it, and its input and output are its own: what
check has to say goes to standard error or to the file of --report.

Exit codes: 0 within the limits; 3 a limit was crossed; 1 a limit could not be
measured (--allow-unknown lets that pass) or check failed; 2 usage. With -- the
program's own failure wins: its exit code, 128 + n for signal n, 127 command
not found, 126 not executable.`,
		Example: `  gpufragtop check --max-fragmentation 0.2 --max-slack 4GiB snapshot.pickle
  gpufragtop check --max-growth 50MiB/min --duration 5m 4711
  gpufragtop check --limits gate.toml --output junit --report gate.xml -- python train.py`,
		Args: func(cmd *cobra.Command, args []string) error { return checkArguments(args, cmd.ArgsLenAtDash()) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return check(cmd.Context(), o, args, cmd.ArgsLenAtDash() >= 0)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	for _, name := range gate.Names() {
		flags.Var(limitFlag{&o.limits, name}, name, gate.Help(name))
	}
	flags.StringVar(&o.limitsFile, "limits", "", "read limits from this TOML file; flags come before it")
	flags.StringVar(&o.output, "output", "text", "how to report: "+strings.Join(reportFormats, ", "))
	flags.StringVar(&o.report, "report", "", "write the report to this file, and a text to the terminal")
	flags.DurationVar(&o.duration, "duration", 0, "PID: watch it for this time (default: one sample)")
	flags.Var(&o.interval, "interval", "PID or --: time between samples (default: 1s for a PID, 500ms with --)")
	flags.DurationVar(&o.warmUp, "warm-up", checkWarmUp, "growth counts from this time on, after a process's first figures")
	flags.BoolVar(&o.allowUnknown, "allow-unknown", false, "a limit that could not be measured is no failure")
	flags.Float64Var(&o.price, "gpu-hour-price", price.None, "say what waste costs, at this price of an hour of a GPU")
	configFlag(cmd, &settings{})
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

// checkArguments wants one file or PID, or a command behind "--", which stands
// behind dash arguments; -1 = there is none.
func checkArguments(args []string, dash int) error {
	switch {
	case dash > 0:
		return failf(exitUsage, "check: %q stands before --: give a file, a PID, or -- and a command, one of them", args[0])
	case len(args) == 0 && dash < 0:
		return failf(exitUsage, "check: name what to check: a snapshot file, a PID, or -- and a command")
	case len(args) == 0:
		return failf(exitUsage, "check: name the program to start behind --: gpufragtop check … -- python train.py")
	case dash < 0 && len(args) > 1:
		return failf(exitUsage, "check: %q is too much: one file or PID; a command comes behind --", args[1])
	}
	return nil
}

// check is the verb. program tells that args are a command.
func check(ctx context.Context, o checkOptions, args []string, program bool) error {
	if ctx == nil {
		ctx = context.Background()
	}
	options, err := o.gate()
	if err != nil {
		return err
	}
	output, err := openReport(o.output, o.report)
	if err != nil {
		return err
	}
	defer output.close()
	pid, isPID := processID(args[0])
	switch {
	case program:
		err = o.checkProgram(ctx, options, args, output)
	case isPID:
		err = o.checkPID(ctx, options, pid, output)
	default:
		err = o.checkFile(options, args[0], output)
	}
	return err
}

// gate checks the flags and returns what the gate is to do.
func (o checkOptions) gate() (gate.Options, error) {
	options := gate.Options{WarmUp: o.warmUp, AllowUnknown: o.allowUnknown}
	var err error
	if options.Limits, err = readLimits(o.limitsFile); err != nil {
		return options, failf(exitUsage, "check: --limits: %v", err)
	}
	options.Limits = options.Limits.Under(o.limits)
	switch {
	case options.Limits.Count() == 0:
		return options, failf(exitUsage, "check: no limit is given: name one of --%s, or a file with --limits", strings.Join(gate.Names(), ", --"))
	case o.warmUp < 0 || o.duration < 0:
		return options, failf(exitUsage, "check: a time below 0")
	case o.price != price.None && !price.Valid(o.price):
		return options, failf(exitUsage, "check: --gpu-hour-price %v: give a price above 0", o.price)
	}
	return options, nil
}

// processID tells whether an argument is a PID: a file of that name is ./123.
func processID(text string) (int, bool) {
	pid, err := strconv.ParseInt(text, 10, 32)
	return int(pid), err == nil && pid > 0 && strings.Trim(text, "0123456789") == ""
}

// limitFlag is the flag of one limit.
type limitFlag struct {
	limits *gate.Limits
	name   string
}

func (f limitFlag) Set(text string) error {
	if err := f.limits.Set(f.name, text); err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}

func (f limitFlag) String() string {
	if f.limits == nil { // pflag asks a zero value
		return ""
	}
	return f.limits.Words(f.name)
}

func (f limitFlag) Type() string { return "LIMIT" }
