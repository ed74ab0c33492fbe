package cudashim

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// sources are what the shim is built from, flags included: all that
// `gpufragtop shim build` needs.
//
//go:embed Makefile page/*.h csrc/*.[chpm]* include/*.h
var sources embed.FS

// SourcesHash is the sha256, in hex, of the embedded sources, computed as the
// Makefile does: of the lines "sha256  name", sorted by name.
func SourcesHash() (string, error) {
	made, err := readMakefile(sources, "")
	if err != nil {
		return "", err
	}
	return hashOf(sources, made.inputs)
}

func hashOf(files fs.FS, names []string) (string, error) {
	var list strings.Builder
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(content), name)
	}
	sum := sha256.Sum256([]byte(list.String()))
	return hex.EncodeToString(sum[:]), nil
}

// recipe is what the Makefile says about building the shim.
type recipe struct {
	inputs  []string // of the hash, sorted
	units   []string // what the compiler is given
	cflags  []string // without the warnings: another compiler has others
	ldflags []string
}

// readMakefile reads the variables that tell how the shim is built, so that
// they stand in one place. It knows of make what that Makefile uses: :=, lines
// that go on, comments, $(NAME), $(sort …) and $(wildcard …).
func readMakefile(files fs.FS, arch string) (recipe, error) {
	text, err := fs.ReadFile(files, "Makefile")
	if err != nil {
		return recipe{}, err
	}
	m := makefile{files: files, values: map[string]string{"ARCH": arch}}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "#")
		name, value, ok := strings.Cut(line, ":=")
		if name = strings.TrimSpace(name); ok && !strings.HasPrefix(line, "\t") && name != "" {
			m.values[name] = strings.TrimSpace(value)
		}
	}
	r := recipe{
		inputs:  strings.Fields(m.expand("$(INPUTS)", 0)),
		units:   strings.Fields(m.expand("$(SOURCES)", 0)),
		ldflags: strings.Fields(m.expand("$(LDFLAGS)", 0)),
	}
	for _, flag := range strings.Fields(m.expand("$(CFLAGS)", 0)) {
		if !strings.HasPrefix(flag, "-W") {
			r.cflags = append(r.cflags, flag)
		}
	}
	if len(r.inputs) == 0 || len(r.units) == 0 || len(r.cflags) == 0 || len(r.ldflags) == 0 {
		return recipe{}, fmt.Errorf("the shim's Makefile does not tell how it is built")
	}
	return r, nil
}

type makefile struct {
	files  fs.FS
	values map[string]string
}

// expand replaces what stands in $(…), innermost first.
func (m makefile) expand(text string, depth int) string {
	const deepest = 16
	for depth < deepest {
		end := strings.Index(text, ")")
		if end < 0 {
			return text
		}
		start := strings.LastIndex(text[:end], "$(")
		if start < 0 {
			return text
		}
		text = text[:start] + m.value(text[start+2:end], depth+1) + text[end+1:]
	}
	return text
}

func (m makefile) value(inside string, depth int) string {
	function, rest, isCall := strings.Cut(inside, " ")
	words := strings.Fields(rest)
	switch {
	case !isCall:
		return m.expand(m.values[inside], depth)
	case function == "sort":
		slices.Sort(words)
		return strings.Join(slices.Compact(words), " ")
	case function == "wildcard":
		var found []string
		for _, pattern := range words {
			names, _ := fs.Glob(m.files, pattern) // a bad pattern matches nothing
			found = append(found, names...)
		}
		return strings.Join(found, " ")
	}
	return ""
}
