package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gpufragtop/gpufragtop/fragcalc/price"
	"github.com/gpufragtop/gpufragtop/tui"
)

// settings are the flags of the monitor itself.
type settings struct {
	delay    delayValue
	devices  []string
	pids     []string
	user     string
	once     bool
	json     bool
	watch    bool
	count    int
	detail   string
	filter   string
	sort     string
	readonly bool
	ascii    bool
	noColor  bool
	theme    string
	copy     string
	demo     bool
	seed     int64
	price    float64

	config  *viewFile   // the settings file
	choices tui.Choices // that it holds
}

func rootCommand() *cobra.Command {
	s := settings{delay: delayValue(time.Second)}
	root := &cobra.Command{
		Use:   "gpufragtop",
		Short: "top for GPU memory fragmentation",
		Long: `gpufragtop shows, for each GPU process, what its caching allocator reserves,
uses and strands, and the largest free block, and releases the cache of an
instrumented process on a key. Start programs with "gpufragtop run -- CMD" to
see inside them; without a GPU, "gpufragtop --demo" shows the tool.`,
		Example: `  gpufragtop                         watch this node
  gpufragtop run -- python train.py  start a program that can be seen inside
  gpufragtop --json                  print one document and leave`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noVerb,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return monitor(cmd.Context(), s)
		},
	}
	root.SetVersionTemplate("gpufragtop {{.Version}}\n")
	root.SetFlagErrorFunc(suggestFlag)
	flags := root.Flags()
	flags.VarP(&s.delay, "delay", "d", "time between samples: seconds (0.5) or with a unit (500ms)")
	flags.StringSliceVarP(&s.devices, "id", "i", nil, "only these GPUs: index, UUID or its beginning, PCI bus id, MIG-…")
	flags.StringSliceVarP(&s.pids, "pid", "p", nil, "only these processes")
	flags.StringVarP(&s.user, "user", "u", "", "only this user's processes")
	flags.BoolVar(&s.watch, "watch", false, "with --json: one document a line, for ever")
	flags.IntVar(&s.count, "count", 0, "with --watch: leave after so many documents (0 = never)")
	flags.BoolVar(&s.readonly, "readonly", false, "never ask a process for anything but figures")
	flags.BoolVar(&s.demo, "demo", false, "show an embedded demo node: no GPU needed")
	flags.Int64Var(&s.seed, "seed", 1, "with --demo: which demo")
	s.lookFlags(flags)
	configFlag(root, &s)
	root.AddCommand(checkCommand(), openCommand(), explainCommand(), fitCommand(), whatIfCommand(), recordCommand(), replayCommand(), runCommand(), attachCommand(), releaseCommand())
	root.AddCommand(themesCommand(), reportsCommand(), shimCommand(), doctorCommand(), recipeCommand())
	completeThemes(root)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// lookFlags are the flags of everything that shows a snapshot.
func (s *settings) lookFlags(flags *pflag.FlagSet) {
	flags.BoolVarP(&s.once, "once", "1", false, "print everything once as text and leave")
	flags.BoolVar(&s.json, "json", false, "print everything once as JSON and leave")
	flags.StringVar(&s.detail, "detail", "", `with --json: "segments" adds segments and blocks`)
	flags.StringVar(&s.filter, "filter", "", `only processes that match, e.g. "frag>0.3 & user==alice" or a text`)
	flags.StringVar(&s.sort, "sort", "", "sort by this column: "+strings.Join(sortKeys(), ", "))
	flags.BoolVarP(&s.ascii, "ascii", "U", false, "draw with ASCII only")
	flags.BoolVarP(&s.noColor, "no-color", "C", false, "no colours (as NO_COLOR)")
	flags.StringVar(&s.theme, "theme", "", "colours: one of gpufragtop themes")
	flags.StringVar(&s.copy, "copy", "", "where the key y copies to: "+strings.Join(tui.CopyWays(), ", ")+" (default "+tui.CopyBoth+")")
	flags.Float64Var(&s.price, "gpu-hour-price", 0, "price of a GPU for an hour: show what stranded memory and slack cost")
}

// check finds contradictions that the parser cannot see.
func (s settings) check() error {
	switch {
	case s.price != 0 && !price.Valid(s.price):
		return failf(exitUsage, "--gpu-hour-price %v: give a price above 0, for example 2.50", s.price)
	case s.watch && !s.json:
		return failf(exitUsage, "--watch goes with --json: without it the screen is live already")
	case s.count != 0 && !s.watch:
		return failf(exitUsage, "--count goes with --json --watch")
	case s.count < 0:
		return failf(exitUsage, "--count %d: give a number above 0", s.count)
	case s.detail != "" && !s.json:
		return failf(exitUsage, "--detail goes with --json")
	case s.detail != "" && s.detail != "segments":
		return failf(exitUsage, `--detail %q: the one detail there is is "segments"`, s.detail)
	case s.json && s.once:
		return failf(exitUsage, "--json and --once exclude each other: choose one")
	}
	return s.checkCopy()
}

// noVerb refuses words that are no verb, naming the verb perhaps meant.
func noVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	kind, list := "verb", cmd.CommandPath()+" --help lists all"
	if cmd.HasParent() {
		kind, list = "name", "there are "+strings.Join(verbNames(cmd), ", ")
	}
	path := ""
	if cmd.HasParent() {
		path = strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ") + ": "
	}
	if near := nearest(args[0], verbNames(cmd)); near != "" {
		return failf(exitUsage, "%sunknown %s %q: did you mean %q? (%s)", path, kind, args[0], near, list)
	}
	return failf(exitUsage, "%sunknown %s %q (%s)", path, kind, args[0], list)
}

// verbNames are the verbs of a command that a user is told of.
func verbNames(cmd *cobra.Command) []string {
	var names []string
	for _, verb := range cmd.Commands() {
		if verb.IsAvailableCommand() {
			names = append(names, verb.Name())
		}
	}
	return names
}

// suggestFlag names the flag that was perhaps meant.
func suggestFlag(cmd *cobra.Command, err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		if near := nearest(name, flagNames(cmd)); near != "" {
			return failf(exitUsage, "unknown flag --%s: did you mean --%s? (%s --help lists all)", name, near, cmd.CommandPath())
		}
		return failf(exitUsage, "unknown flag --%s (%s --help lists all)", name, cmd.CommandPath())
	}
	return failf(exitUsage, "%s (%s --help lists all flags)", plainNumber(text), cmd.CommandPath())
}

// plainNumber says of a flag's value that is no number what to give, instead of
// which function could not read it.
func plainNumber(text string) string {
	before, after, found := strings.Cut(text, ": strconv.")
	switch {
	case !found:
		return text
	case strings.Contains(after, "out of range"):
		return before + ": that number is too large"
	case strings.HasPrefix(after, "ParseBool"):
		return before + ": give true or false"
	case strings.HasPrefix(after, "ParseFloat"):
		return before + ": give a number"
	default:
		return before + ": give a whole number"
	}
}

// terminalOut tells whether standard output is a terminal.
func terminalOut() bool { return isatty.IsTerminal(os.Stdout.Fd()) }

// terminalIn tells whether somebody can answer a question.
func terminalIn() bool { return isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()) }

// delayValue is a duration flag that takes bare numbers as seconds.
type delayValue time.Duration

const shortestDelay = 100 * time.Millisecond

func (d *delayValue) Set(text string) error {
	if !strings.ContainsAny(text, "smhµun") {
		text += "s"
	}
	parsed, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("give seconds (0.5) or a unit (500ms)")
	case parsed < shortestDelay || parsed > time.Hour:
		return fmt.Errorf("give something between %v and 1h", shortestDelay)
	}
	*d = delayValue(parsed)
	return nil
}

func (d *delayValue) String() string { return time.Duration(*d).String() }
func (d *delayValue) Type() string   { return "seconds" }
