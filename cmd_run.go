package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/cudashim"
)

func runCommand() *cobra.Command {
	var options cudashim.RunOptions
	cmd := &cobra.Command{
		Use:   "run [--watch-only] [--inject] -- COMMAND [ARGUMENT…]",
		Short: "start a program so that gpufragtop can see inside it",
		Long: `run starts COMMAND with the shim preloaded (LD_PRELOAD) and becomes it: same
process, same output, same exit code. Nothing happens in the program until it
uses CUDA; nobody watching costs it nothing.`,
		Example: "  gpufragtop run -- python train.py",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return failf(exitUsage, "run: name the program to start: gpufragtop run -- python train.py")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return runProgram(args, options) },
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().BoolVar(&options.WatchOnly, "watch-only", false, "the program's cache cannot be released from outside")
	cmd.Flags().BoolVar(&options.Inject, "inject", false, "by the CUDA driver (CUDA_INJECTION64_PATH) instead of LD_PRELOAD: stream captures are not counted then")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

// runProgram replaces this process by the instrumented program.
func runProgram(argv []string, options cudashim.RunOptions) error {
	launch, err := cudashim.Prepare(argv, os.Environ(), options)
	if err != nil {
		return refusal("run", err)
	}
	if launch.Note != "" {
		fmt.Fprintln(os.Stderr, "gpufragtop: "+launch.Note)
	} else if isatty.IsTerminal(os.Stderr.Fd()) {
		fmt.Fprintf(os.Stderr, "gpufragtop: watch it with: gpufragtop -p %d\n", os.Getpid())
	}
	err = syscall.Exec(launch.Path, launch.Argv, launch.Env)
	return refusal("run", cudashim.StartError(launch.Path, err))
}

// refusal is the error, with its exit code, of a program that cannot be
// started.
func refusal(verb string, err error) error {
	var refused interface{ ExitCode() int }
	if errors.As(err, &refused) {
		return failf(refused.ExitCode(), "%s: %v", verb, err)
	}
	return failf(exitFailed, "%s: %v", verb, err)
}
