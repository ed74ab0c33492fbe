package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc/tomlfile"
	"github.com/gpufragtop/gpufragtop/probe/rootfile"
)

// mostConfig bounds the size of a configuration file.
const mostConfig = 1 << 20

// configuration is the file of --config, by default
// $XDG_CONFIG_HOME/gpufragtop/config.toml. Each key gives a flag that the
// command line does not name; nil = not set.
type configuration struct {
	Delay        *float64 `toml:"delay"` // seconds
	Theme        *string  `toml:"theme"`
	Sort         *string  `toml:"sort"`
	Copy         *string  `toml:"copy"`
	ASCII        *bool    `toml:"ascii"`
	NoColor      *bool    `toml:"no_color"`
	Readonly     *bool    `toml:"readonly"`
	GPUHourPrice *float64 `toml:"gpu_hour_price"`
}

// flags are the flags that the file sets, as text.
func (c *configuration) flags() map[string]string {
	set := map[string]string{}
	number := func(name string, value *float64) {
		if value != nil {
			set[name] = strconv.FormatFloat(*value, 'g', -1, 64)
		}
	}
	word := func(name string, value *string) {
		if value != nil {
			set[name] = *value
		}
	}
	choice := func(name string, value *bool) {
		if value != nil {
			set[name] = strconv.FormatBool(*value)
		}
	}
	number("delay", c.Delay)
	word("theme", c.Theme)
	word("sort", c.Sort)
	word("copy", c.Copy)
	choice("ascii", c.ASCII)
	choice("no-color", c.NoColor)
	choice("readonly", c.Readonly)
	number("gpu-hour-price", c.GPUHourPrice)
	return set
}

// configFlag gives a command the flag --config, and reads the file before the
// command runs.
func configFlag(cmd *cobra.Command) {
	path := cmd.Flags().String("config", "", "settings file (default: gpufragtop/config.toml in the user's configuration folder)")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		file, err := readConfig(*path)
		if err != nil {
			return failf(exitUsage, "%v", err)
		}
		for name, value := range file.flags() {
			if flag := cmd.Flags().Lookup(name); flag == nil || flag.Changed {
				continue
			}
			if err := cmd.Flags().Set(name, value); err != nil {
				return failf(exitUsage, "settings file: %s: %v", strings.ReplaceAll(name, "-", "_"), err)
			}
		}
		return nil
	}
}

// readConfig reads the named file, or the default one if it exists.
func readConfig(path string) (configuration, error) {
	named := path != ""
	if !named {
		folder := configFolder()
		if folder == "" {
			return configuration{}, nil
		}
		path = filepath.Join(folder, "config.toml")
	}
	open := os.Open
	if !named {
		open = func(path string) (*os.File, error) { return rootfile.Open(path, os.O_RDONLY, 0) }
	}
	file, err := open(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return configuration{}, nil
	}
	if errors.Is(err, rootfile.ErrTrap) { // sudo with the home of another user
		fmt.Fprintf(os.Stderr, "gpufragtop: settings are not read: %v; name the file with --config\n", err)
		return configuration{}, nil
	}
	if err != nil {
		return configuration{}, fmt.Errorf("--config: %w", err)
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, mostConfig))
	if err != nil {
		return configuration{}, fmt.Errorf("--config: %w", err)
	}
	var c configuration
	if err := tomlfile.Decode(source, &c); err != nil {
		return configuration{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// configFolder is where the user's settings and themes are, "" without a home.
func configFolder() string {
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "gpufragtop")
}
