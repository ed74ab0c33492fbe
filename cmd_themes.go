package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/probe/rootfile"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui"
)

// themeLibrary knows the user's themes and those that come with the program.
func themeLibrary() themes.Library {
	folder := configFolder()
	if folder == "" {
		return themes.Library{}
	}
	return themes.Library{Folder: filepath.Join(folder, "themes"), Open: rootfile.Open}
}

func themesCommand() *cobra.Command {
	var ascii bool
	cmd := &cobra.Command{
		Use:   "themes [NAME …]",
		Short: "list the themes, each with a sample of its colours",
		Long: `themes lists what --theme takes. On a terminal with colours each theme shows a
sample: a GPU, a memory map, every state, every kind of word. Themes of your own
are TOML files, themes/NAME.toml in the folder of the settings file; one with
the name of a theme that comes with the program takes its place. With
inherits = "nord" on the first line a theme gives only what it changes.`,
		Example: `  gpufragtop themes
  gpufragtop themes nord solarized-light`,
		ValidArgsFunction: themeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return listThemes(cmd.Context(), args, ascii)
		},
	}
	cmd.Flags().BoolVarP(&ascii, "ascii", "U", false, "draw with ASCII only")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

// listThemes shows the named themes, or all. A file of the user's that is
// broken is named on standard error, after the others.
func listThemes(ctx context.Context, names []string, ascii bool) error {
	library := themeLibrary()
	if len(names) == 0 {
		names = library.Names()
	}
	var broken error
	var good []themes.Theme
	for _, name := range names {
		theme, err := library.Load(name)
		if err == nil {
			good = append(good, theme)
			continue
		}
		if broken != nil {
			fmt.Fprintln(os.Stderr, "gpufragtop: themes: "+broken.Error())
		}
		broken = err
	}
	show := printTheme
	if terminalOut() && tui.ShowsColours(os.Getenv) {
		show = themeSampler(ctx, ascii)
	}
	for _, theme := range good {
		if err := show(library, theme); err != nil {
			return failf(exitFailed, "themes: %v", err)
		}
	}
	if broken != nil {
		return failf(exitFailed, "themes: %v", broken)
	}
	return nil
}

// printTheme prints a theme on one line.
func printTheme(library themes.Library, theme themes.Theme) error {
	from := ""
	if file := library.Path(theme.Name); file != "" {
		from = fmt.Sprintf(" (%q)", file)
	}
	_, err := fmt.Printf("%-18s %s%s\n", theme.Name, theme.Description, from)
	return err
}

// themeSampler draws a sample of each theme, as wide as the terminal, from one
// moment of the demo node. It says of the user's own themes what is hard to read.
func themeSampler(ctx context.Context, ascii bool) func(themes.Library, themes.Theme) error {
	const roomy, usual = 100, 80
	width, _, err := term.GetSize(os.Stdout.Fd())
	if err != nil || width <= 0 {
		width = usual
	}
	node := probe.NewDemo(1, probe.Options{Version: versionText()})
	defer node.Close()
	if ctx == nil {
		ctx = context.Background()
	}
	moment := node.Sample(ctx)
	options := tui.PreviewOptions{Width: min(width, roomy), ASCII: ascii, Getenv: os.Getenv}
	return func(library themes.Library, theme themes.Theme) error {
		if err := tui.WritePreview(os.Stdout, moment, theme, options); err != nil {
			return err
		}
		file := library.Path(theme.Name)
		if file == "" {
			return nil
		}
		fmt.Printf(" from %q\n", file)
		for _, faint := range theme.Faint() {
			fmt.Println(" ! " + faint)
		}
		return nil
	}
}

// themeNames completes the name of a theme in a shell.
func themeNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return themeLibrary().Names(), cobra.ShellCompDirectiveNoFileComp
}

// completeThemes completes --theme wherever a command has it.
func completeThemes(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Flags().Lookup("theme") == nil {
			continue
		}
		if err := cmd.RegisterFlagCompletionFunc("theme", themeNames); err != nil {
			panic(err) // the flag is there, and has no other completion
		}
	}
}
