package themes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Bounds of what a user's folder may hold.
const (
	mostFile     = 64 << 10 // bytes of a theme
	mostName     = 64       // bytes of its name
	mostThemes   = 1000
	mostInherits = 8 // themes that inherit one from the other
)

// extension ends the file name of a theme.
const extension = ".toml"

// Library is where themes are looked for: in Folder, and then among those that
// come with the program. Its zero value knows the latter only.
type Library struct {
	Folder string // "" = none; it need not exist
	// Open opens the files in Folder; nil = os.OpenFile.
	Open func(path string, flags int, mode os.FileMode) (*os.File, error)
}

// Names lists all themes, in alphabetical order, each name once.
func (l Library) Names() []string {
	names := embedded()
	if l.Folder != "" {
		names = append(names, l.own()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// own lists the themes of the folder. One that cannot be read has none.
func (l Library) own() []string {
	folder, err := os.Open(l.Folder)
	if err != nil {
		return nil
	}
	defer folder.Close()
	entries, _ := folder.ReadDir(mostThemes)
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), extension); ok && validName(name) {
			names = append(names, name)
		}
	}
	return names
}

// validName tells whether a theme can be called so: its name becomes a file
// name, and is shown.
func validName(name string) bool {
	return name != "" && len(name) <= mostName && name[0] != '.' &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.+", r)
		})
}

// Path is the file of the user's own theme of that name, or "" when the theme
// comes with the program or does not exist.
func (l Library) Path(name string) string {
	if l.Folder == "" || !validName(name) {
		return ""
	}
	file := filepath.Join(l.Folder, name+extension)
	if _, err := os.Lstat(file); err != nil {
		return ""
	}
	return file
}

// Load returns the theme of that name, the user's own before one that comes
// with the program; an empty name is Default. An error is one line that names
// the file, the place in it and the way out.
func (l Library) Load(name string) (Theme, error) {
	if name == "" {
		name = Default
	}
	return l.resolve(name, nil)
}

// resolve loads a theme and what it inherits. heirs are the files that inherit
// from it, the nearest one last.
func (l Library) resolve(name string, heirs []string) (Theme, error) {
	source, label, err := l.read(name, heirs)
	if err != nil {
		return Theme{}, err
	}
	if slices.Contains(heirs, label) {
		return Theme{}, fmt.Errorf("%s inherits itself: remove or change inherits = in one of %s", label, strings.Join(heirs, ", "))
	}
	if len(heirs) >= mostInherits {
		return Theme{}, fmt.Errorf("%s: %d themes inherit one from the other: copy the styles instead", heirs[0], len(heirs))
	}
	return parse(name, label, source, func(parent string) (Theme, error) {
		return l.resolve(parent, append(slices.Clone(heirs), label))
	})
}

// read finds a theme's source, and what errors call it: its file, or "theme
// NAME". A user's theme that inherits its own name means the one it stands
// before.
func (l Library) read(name string, heirs []string) (source []byte, label string, err error) {
	if file := l.Path(name); file != "" && (len(heirs) == 0 || heirs[len(heirs)-1] != text.Clean(file, len(file))) {
		label = text.Clean(file, len(file))
		if source, err = l.readFile(file); err != nil {
			return nil, label, fmt.Errorf("%s: %w: mend or remove it", label, err)
		}
		return source, label, nil
	}
	label = "theme " + name
	if slices.Contains(embedded(), name) {
		source, err = files.ReadFile(name + extension)
		return source, label, err
	}
	which := "choose one of " + strings.Join(l.Names(), ", ")
	shown := text.Clean(name, mostName)
	if len(heirs) > 0 {
		return nil, label, fmt.Errorf("%s: inherits = %q: no such theme: %s", heirs[len(heirs)-1], shown, which)
	}
	return nil, label, fmt.Errorf("no theme %q: %s", shown, which)
}

// readFile reads a theme's file whole. It never waits: a pipe is no theme.
func (l Library) readFile(name string) ([]byte, error) {
	open := l.Open
	if open == nil {
		open = os.OpenFile
	}
	file, err := open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, plainly(err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, plainly(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a plain file")
	}
	source, err := io.ReadAll(io.LimitReader(file, mostFile+1))
	switch {
	case err != nil:
		return nil, plainly(err)
	case len(source) > mostFile:
		return nil, fmt.Errorf("longer than %d KiB", mostFile>>10)
	}
	return source, nil
}

// plainly is an error of a file without its name and the system call's.
func plainly(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
