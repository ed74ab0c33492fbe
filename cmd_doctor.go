package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/doctor"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [PID]",
		Short: "say what stands in the way of seeing inside, and the way out",
		Long: `doctor looks at this node, or at one process of it, and says what is missing to
see inside: the driver, rights, containers, the shim and its age, the program
itself. It changes nothing. Exit code 0: nothing stands in the way; 1: a problem
does.`,
		Example: `  gpufragtop doctor
  gpufragtop doctor 48121`,
		Args: takes("doctor", 0, 1, "one process id at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			report, err := diagnose(ctx, cmd.Root(), args)
			if err != nil {
				return err
			}
			return printReport(report, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func diagnose(ctx context.Context, root *cobra.Command, args []string) (wayin.Report, error) {
	d := newDoctor(hasVerb(root, "attach"))
	if len(args) == 0 {
		return d.Diagnose(ctx), nil
	}
	pid, err := strconv.ParseInt(args[0], 10, 32)
	if err != nil || pid < 1 {
		return wayin.Report{}, failf(exitUsage, "doctor: %q is not a process id", args[0])
	}
	return d.Process(ctx, int(pid)), nil
}

// hasVerb tells whether the program has a verb.
func hasVerb(root *cobra.Command, name string) bool {
	return slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
}

// newDoctor is a doctor who knows the shim that this program carries.
func newDoctor(attach bool) *doctor.Doctor {
	return doctor.New(doctor.Options{Version: versionText(), Attach: attach, Shim: doctor.Shim{
		SourceHash: cudashim.SourceHash(),
		Layout:     cudashim.ABI(),
		Path:       cudashim.WouldUse,
		Faults:     shimFaults,
		Own:        ownBuild,
		Program:    cudashim.CheckProgram,
	}})
}

// shimFaults is what shim verify would complain of, but for a build of the
// user's own.
func shimFaults() []string {
	verdict, err := cudashim.Verify("")
	if err != nil {
		return []string{err.Error()}
	}
	return verdict.Wrong()
}

// ownBuild is a shim of the user's own from the embedded sources.
func ownBuild() (path, how string) {
	verdict, err := cudashim.Verify("")
	if err != nil {
		return "", ""
	}
	return verdict.OwnBuild()
}

func printReport(report wayin.Report, asJSON bool) error {
	if asJSON {
		if err := document.EncodeDoctor(os.Stdout, report, terminalOut()); err != nil {
			return failf(exitFailed, "doctor: %v", err)
		}
	} else {
		for _, line := range report.Lines() {
			fmt.Println(line)
		}
	}
	if report.Blocked() {
		return exitError{code: exitFailed} // the findings have said it
	}
	return nil
}
