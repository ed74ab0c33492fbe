package cudashim

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Verdict is what Verify has found.
type Verdict struct {
	Embedded Built
	Sources  string   // hash of the embedded sources
	Faults   []string // what is wrong with the embedded shim; empty if nothing
	Copies   []Copy
}

// Copy is one file that was compared with the embedded shim.
type Copy struct {
	Path  string
	Fault string // how it differs, or why it is not trusted; empty if it is the same and safe
}

// Good tells whether nothing is wrong.
func (v Verdict) Good() bool {
	for _, c := range v.Copies {
		if c.Fault != "" {
			return false
		}
	}
	return len(v.Faults) == 0
}

// Verify checks the embedded shim against the embedded sources and against what
// it promises, and copies of it byte for byte: the named file, or else the one
// in the cache and the one that GPUFRAGTOP_SHIM names, as far as they are there.
func Verify(file string) (Verdict, error) {
	built, err := Embedded()
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Embedded: built, Faults: built.faults()}
	if v.Sources, err = SourcesHash(); err != nil {
		return Verdict{}, failf(codeFailed, "%v", err)
	}
	if v.Sources != built.SourceHash {
		v.Faults = append(v.Faults, fmt.Sprintf("it is not built from the embedded sources: it names %.12s, they are %.12s", built.SourceHash, v.Sources))
	}
	if built.ABI != ABI() {
		v.Faults = append(v.Faults, fmt.Sprintf("its pages have layout %q, this monitor reads %s", built.ABI, ABI()))
	}
	names := []string{file}
	if file == "" {
		names = usualCopies()
	}
	for _, name := range names {
		v.Copies = append(v.Copies, compare(name))
	}
	return v, nil
}

// usualCopies are the files that run would preload, as far as they exist.
func usualCopies() []string {
	var names []string
	if cache, err := cacheDir(os.Getenv); err == nil {
		names = append(names, cachedAt(cache, library))
	}
	if own := os.Getenv(OwnVariable); own != "" {
		names = append(names, own)
	}
	var there []string
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil {
			there = append(there, name)
		}
	}
	return there
}

func compare(name string) Copy {
	path, content, err := readTrusted(name)
	if err != nil {
		if path, absErr := filepath.Abs(name); absErr == nil {
			name = path
		}
		return Copy{name, err.Error()}
	}
	if bytes.Equal(content, library) {
		return Copy{Path: path}
	}
	at := 0
	for at < len(content) && at < len(library) && content[at] == library[at] {
		at++
	}
	fault := fmt.Sprintf("it differs from the embedded shim from byte %d on", at)
	if len(content) != len(library) {
		fault += fmt.Sprintf(" and has %d bytes, not %d", len(content), len(library))
	}
	b, err := inspect(content)
	switch faults := b.faults(); {
	case err != nil:
		fault += ": " + err.Error()
	case len(faults) > 0:
		fault += ": " + faults[0]
	case b.SourceHash != SourceHash():
		fault += fmt.Sprintf(": it names other sources, %.12s", b.SourceHash)
	default:
		fault += ": it names the same sources, so another compiler may have built it, or somebody has changed it"
	}
	return Copy{path, fault}
}
