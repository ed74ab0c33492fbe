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
	"github.com/gpufragtop/gpufragtop/tui"
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

	View tui.Choices `toml:"view"` // made on the screen; theme and sort go before those above
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
	if c.View.Theme != "" {
		set["theme"] = c.View.Theme
	} else {
		word("theme", c.Theme)
	}
	word("sort", c.Sort)
	word("copy", c.Copy)
	choice("ascii", c.ASCII)
	choice("no-color", c.NoColor)
	choice("readonly", c.Readonly)
	number("gpu-hour-price", c.GPUHourPrice)
	return set
}

// configFlag gives a command the flag --config, and reads the file before the
// command runs, into flags that the command line does not name and into s.
func configFlag(cmd *cobra.Command, s *settings) {
	path := cmd.Flags().String("config", "", "settings file (default: gpufragtop/config.toml in the user's configuration folder)")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		s.config = settingsFile(*path)
		file, err := s.config.read()
		if err != nil {
			return failf(exitUsage, "%v", err)
		}
		s.choices = file.View
		if cmd.Flags().Changed("sort") {
			delete(s.choices.Sort, "processes")
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

// settingsFile is the named file, or the default one.
func settingsFile(named string) *viewFile {
	if named != "" {
		return &viewFile{named, true}
	}
	folder := configFolder()
	if folder == "" {
		return &viewFile{}
	}
	return &viewFile{filepath.Join(folder, "config.toml"), false}
}

// read reads the file, which only has to exist if it was named.
func (f *viewFile) read() (configuration, error) {
	if f.path == "" {
		return configuration{}, nil
	}
	source, err := readSettings(f.path, f.named)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !f.named:
		return configuration{}, nil
	case errors.Is(err, rootfile.ErrTrap): // sudo with the home of another user
		fmt.Fprintf(os.Stderr, "gpufragtop: settings are not read: %v; name the file with --config\n", err)
		return configuration{}, nil
	case err != nil:
		return configuration{}, fmt.Errorf("--config: %w", err)
	}
	c, err := decodeSettings(source)
	if err != nil {
		return configuration{}, fmt.Errorf("%s: %w", f.path, err)
	}
	return c, nil
}

// readSettings reads a settings file. Root follows no link of another user's,
// unless the file was named.
func readSettings(path string, named bool) ([]byte, error) {
	open := os.Open
	if !named {
		open = func(path string) (*os.File, error) { return rootfile.Open(path, os.O_RDONLY, 0) }
	}
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, mostConfig+1))
	if err == nil && len(source) > mostConfig {
		err = fmt.Errorf("%s: longer than %d KiB", path, mostConfig>>10)
	}
	return source, err
}

// decodeSettings reads what a settings file says.
func decodeSettings(source []byte) (configuration, error) {
	var c configuration
	err := tomlfile.Decode(source, &c)
	return c, err
}

// configFolder is where the user's settings and themes are, "" without a home.
func configFolder() string {
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "gpufragtop")
}
