package cudashim

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	Own   bool   // it is the one that GPUFRAGTOP_SHIM names
	Kin   bool   // it differs, and names the same sources, layout, exports and needs: run takes it where it is Own
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

// Wrong is what keeps run from starting programs as it should: all faults but
// those of a shim of the user's own that was built from the embedded sources.
func (v Verdict) Wrong() []string {
	out := slices.Clone(v.Faults)
	for _, c := range v.Copies {
		if c.Fault != "" && (!c.Own || !c.Kin) {
			out = append(out, c.Path+": "+c.Fault)
		}
	}
	return out
}

// OwnBuild is the shim of the user's own that was built from the embedded
// sources, and how it differs; empty where there is none.
func (v Verdict) OwnBuild() (path, how string) {
	for _, c := range v.Copies {
		if c.Own && c.Kin {
			return c.Path, c.Fault
		}
	}
	return "", ""
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
		c := compare(name)
		c.Own = file == "" && name == os.Getenv(OwnVariable)
		v.Copies = append(v.Copies, c)
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
		return Copy{Path: name, Fault: err.Error()}
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
	kin := false
	switch faults := b.faults(); {
	case err != nil:
		fault += ": " + err.Error()
	case len(faults) > 0:
		fault += ": " + faults[0]
	case b.SourceHash != SourceHash():
		fault += fmt.Sprintf(": it names other sources, %.12s", b.SourceHash)
	case b.ABI != ABI():
		fault += fmt.Sprintf(": its pages have layout %q, not %s", b.ABI, ABI())
	default:
		kin = true
		fault += ": it names the same sources, so another compiler may have built it, or somebody has changed it"
	}
	return Copy{Path: path, Fault: fault, Kin: kin}
}
