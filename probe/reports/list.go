package reports

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Entry is one report of a folder.
type Entry struct {
	Name     string
	Path     string
	Snapshot *fragcalc.Snapshot // nil where it cannot be read
	Err      error              // why not, without the file's name
}

// List reads the reports of a folder, newest first. One that cannot be read is
// listed with its error; one that was removed meanwhile is not. skipped are the
// files that are called reports and were not written by an agent, by their name.
func List(folder string) (entries []Entry, skipped []string, err error) {
	found, skipped, err := names(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range found {
		if entry := open(folder, name); !errors.Is(entry.Err, fs.ErrNotExist) {
			entries = append(entries, entry)
		}
	}
	return entries, skipped, nil
}

func open(folder, name string) Entry {
	entry := Entry{Name: name, Path: filepath.Join(folder, name)}
	entry.Snapshot, entry.Err = load(entry.Path, true)
	return entry
}

// Cache keeps what was read of a folder, so that each report is read once. Its
// zero value is not ready: see NewCache. It is not for use side by side.
type Cache struct {
	folder string // empty: there is none
	known  map[string]Entry
}

// NewCache returns a cache of this user's folder.
func NewCache() *Cache {
	folder, err := Folder()
	if err != nil {
		folder = ""
	}
	return &Cache{folder: folder, known: map[string]Entry{}}
}

// List is List without walks: reports that were read before are not read
// again, and those that went are forgotten.
func (c *Cache) List() []Entry {
	if c.folder == "" {
		return nil
	}
	found, _, err := names(c.folder)
	if err != nil {
		return nil
	}
	known := make(map[string]Entry, len(found))
	var entries []Entry
	for _, name := range found {
		entry := c.get(name)
		known[name] = entry
		entries = append(entries, entry)
	}
	c.known = known
	return entries
}

// Get is one report by its name, if it is there.
func (c *Cache) Get(name string) (Entry, bool) {
	if c.folder == "" || !isName(name) {
		return Entry{}, false
	}
	entry := c.get(name)
	if entry.Err != nil {
		return entry, false
	}
	c.known[name] = entry
	return entry, true
}

func (c *Cache) get(name string) Entry {
	if entry, known := c.known[name]; known {
		return entry
	}
	entry := open(c.folder, name)
	if entry.Snapshot != nil { // the block map is not kept
		light := *entry.Snapshot
		light.Processes = nil
		for _, p := range entry.Snapshot.Processes {
			p.Pools = nil
			light.Processes = append(light.Processes, p)
		}
		entry.Snapshot = &light
	}
	return entry
}
