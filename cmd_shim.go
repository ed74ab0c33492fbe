package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

func shimCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shim path|install|verify|build",
		Short: "the library inside instrumented programs: where, what, and of whose making",
		Long: `shim handles the library that run preloads. It is embedded in this program with
its sources: it can be laid where containers and other nodes find it, looked at,
and built from the sources by whoever takes no binaries.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return failf(exitUsage, "shim: say what to do: path, install DIR, verify or build")
			}
			return noVerb(cmd, args)
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(shimPathCommand(), shimInstallCommand(), shimVerifyCommand(), shimBuildCommand())
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func shimPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "unpack the shim into the cache and print its path",
		Args:  takes("shim path", 0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			path, err := cudashim.Unpack()
			if err != nil {
				return refusal("shim path", err)
			}
			fmt.Println(path)
			return nil
		},
	}
}

func shimInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "install DIR",
		Short: "lay the shim into a folder, for containers, services and other nodes",
		Long: `install writes libgpufragtop.so, and the header for programs that start it
themselves, into DIR. It refuses a folder in which others could replace them.`,
		Example: "  sudo gpufragtop shim install /opt/gpufragtop",
		Args:    takes("shim install", 1, 1, "one folder, such as /opt/gpufragtop"),
		RunE: func(_ *cobra.Command, args []string) error {
			done, err := cudashim.Install(args[0])
			if err != nil {
				return refusal("shim install", err)
			}
			printInstalled(done)
			return nil
		},
	}
}

func printInstalled(done cudashim.Installed) {
	fmt.Printf("# %s\n# %s\n", done.Library, done.Built)
	fmt.Printf("# %s, for programs that start it themselves\n", done.Header)
	fmt.Printf("export LD_PRELOAD=%s  # then start the program from the same shell\n", done.Library)
	doors := done.Built.Doors()
	if doors.Injection {
		fmt.Printf("# or: export CUDA_INJECTION64_PATH=%s  # the CUDA driver loads it; stream captures are not counted\n", done.Library)
	}
	if doors.Start {
		fmt.Printf("# or in Python: ctypes.CDLL(%q).gpufragtop_start()\n", done.Library)
	}
	fmt.Println("# of a release from outside want none: export GPUFRAGTOP_ALLOW_RELEASE=0")
}

func shimVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FILE]",
		Short: "say what is embedded, and compare copies with it",
		Long: `verify prints size, hash, sources, exports and needs of the embedded shim, checks
them against the embedded sources, and compares FILE with it byte for byte, or
else the copy in the cache and the one that GPUFRAGTOP_SHIM names. Exit code 1:
something differs, or could be changed by others.`,
		Args: takes("shim verify", 0, 1, "one file at most"),
		RunE: func(_ *cobra.Command, args []string) error {
			verdict, err := cudashim.Verify(strings.Join(args, ""))
			if err != nil {
				return refusal("shim verify", err)
			}
			printVerdict(verdict)
			if !verdict.Good() {
				return exitError{code: exitFailed} // the lines have said it
			}
			return nil
		},
	}
}

func printVerdict(v cudashim.Verdict) {
	b := v.Embedded
	sources := "of the embedded sources"
	if b.SourceHash != v.Sources {
		sources = "not of the embedded sources, which are " + v.Sources
	}
	fmt.Printf("embedded  %d bytes\nsha256    %s\nsources   %s, %s\nlayout    %s\nneeds     %s, glibc %s or newer\n",
		b.Size, b.SHA256, b.SourceHash, sources, b.ABI, strings.Join(b.Needed, " "), b.Glibc)
	for i, name := range b.Exports {
		label := ""
		if i == 0 {
			label = "exports"
		}
		fmt.Printf("%-9s %s\n", label, name)
	}
	for _, fault := range v.Faults {
		fmt.Println("WRONG     " + fault)
	}
	for _, c := range v.Copies {
		word, what := "same", ""
		if c.Fault != "" {
			word, what = "DIFFERS", ": "+c.Fault
		}
		fmt.Printf("%-9s %s%s\n", word, text.Clean(c.Path, 4096), text.Clean(what, 8192))
	}
}

func shimBuildCommand() *cobra.Command {
	output, cc := "libgpufragtop.so", ""
	cmd := &cobra.Command{
		Use:   "build [-o FILE] [--cc CC]",
		Short: "build the shim from the embedded sources with the local compiler",
		Example: `  gpufragtop shim build -o ~/libgpufragtop.so
  GPUFRAGTOP_SHIM=~/libgpufragtop.so gpufragtop run -- python train.py`,
		Args: takes("shim build", 0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			done, err := cudashim.Build(ctx, output, cc)
			if err != nil {
				return refusal("shim build", err)
			}
			printCompiled(done)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "where to put it")
	cmd.Flags().StringVar(&cc, "cc", "", "the compiler (default: $CC, else cc)")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func printCompiled(done cudashim.Compiled) {
	same := "other bytes than the embedded shim, from the same sources, with the same exports and needs"
	if done.Same {
		same = "the very bytes of the embedded shim"
	}
	fmt.Printf("built     %s\nby        %s\nshim      %s\ncompared  %s\n", done.Path, done.Compiler, done.Built, same)
	if done.Untrust != "" {
		fmt.Fprintln(os.Stderr, "gpufragtop: run will not take it from there: "+done.Untrust)
		return
	}
	fmt.Printf("run uses the embedded shim; to use this one:\n  %s=%s gpufragtop run -- COMMAND\n", cudashim.OwnVariable, done.Path)
}

// takes checks how many arguments a verb is given.
func takes(verb string, least, most int, words string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return failf(exitUsage, "%s takes %s", verb, words)
		}
		return nil
	}
}
