package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"

	"github.com/gpufragtop/gpufragtop/fragcalc/tomlfile"
	"github.com/gpufragtop/gpufragtop/probe/rootfile"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui"
)

// viewTable is the part of the settings file that the screen writes.
const (
	viewTable = "view"
	viewNote  = "What W on the screen saved. It goes before the keys of the same name above."
)

// viewFile is the settings file as the screen writes to it.
type viewFile struct {
	path  string // "" = there is none
	named bool   // by --config
}

// Save implements tui.Settings. What the rest of the file says anyway is left
// out, so that it goes on saying it.
func (f *viewFile) Save(_ context.Context, c tui.Choices) (string, error) {
	if f.path == "" {
		return "", errors.New("there is no folder for settings: name a file with --config")
	}
	source, err := readSettings(f.path, f.named)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return "", err
	}
	file, err := decodeSettings(source)
	if err != nil {
		return "", fmt.Errorf("%s: %w: mend it first", f.path, err)
	}
	written, err := tomlfile.SetTable(source, viewTable, viewNote, file.beside(c))
	if err == nil {
		_, err = decodeSettings(written)
	}
	if err != nil {
		return "", fmt.Errorf("%s: [view] cannot be set there: %w", f.path, err)
	}
	if missing {
		if err := rootfile.Folder(filepath.Dir(f.path)); err != nil {
			return "", err
		}
	}
	return f.path, rootfile.Replace(f.path, written)
}

// screenFailed is the error of a screen that failed, or that the settings are to
// blame for.
func (s settings) screenFailed(verb string, err error) error {
	if errors.Is(err, tui.ErrChoices) {
		return failf(exitUsage, "%s: %v", s.config.path, err)
	}
	return failf(exitFailed, "%s%v", verb, err)
}

// beside is what choices say beyond the rest of the file.
func (c *configuration) beside(chosen tui.Choices) tui.Choices {
	theme, sort := themes.Default, tui.UsualSort
	if c.Theme != nil {
		theme = *c.Theme
	}
	if c.Sort != nil {
		sort = *c.Sort
	}
	if chosen.Theme == theme {
		chosen.Theme = ""
	}
	chosen.Sort = maps.Clone(chosen.Sort)
	if chosen.Sort["processes"] == sort {
		delete(chosen.Sort, "processes")
	}
	return chosen
}
