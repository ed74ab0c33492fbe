package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/cudashim/recipe"
)

func recipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recipe NAME",
		Short: "lines to paste for docker, kubernetes, slurm, jupyter, torchrun, vllm, ray, systemd",
		Long: `recipe prints lines that are ready to paste, with the reason for each: how a
program is started so that gpufragtop can see inside it, where something else
starts it.`,
		Example: "  gpufragtop recipe kubernetes > pod.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return failf(exitUsage, "recipe: name one of %s", strings.Join(verbNames(cmd), ", "))
			}
			return noVerb(cmd, args)
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	for _, r := range recipe.All {
		cmd.AddCommand(oneRecipe(r))
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func oneRecipe(r recipe.Recipe) *cobra.Command {
	options := r.Defaults()
	cmd := &cobra.Command{
		Use:   r.Name,
		Short: r.Short,
		Args:  takes("recipe "+r.Name, 0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if built, err := cudashim.Embedded(); err == nil {
				doors := built.Doors()
				options.Injection, options.Start = doors.Injection, doors.Start
			}
			if version != "" { // a release has a tag to install
				options.Version = version
			}
			text, err := r.Text(options)
			if err != nil {
				return failf(exitUsage, "recipe %s: %v", r.Name, err)
			}
			if _, err := os.Stdout.WriteString(text); err != nil {
				return failf(exitFailed, "recipe %s: %v", r.Name, err)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&options.WatchOnly, "watch-only", options.WatchOnly, "nothing can be released from outside")
	if r.Image != "" {
		flags.StringVar(&options.Image, "image", options.Image, "the image to use")
	}
	if r.Dir != "" {
		flags.StringVar(&options.Dir, "dir", options.Dir, "where the shim lies")
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}
