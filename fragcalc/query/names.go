package query

import (
	"slices"
	"strings"
)

// named finds a field by its name, or else by another name of it.
func (f *Fields[R]) named(name string) (*Field[R], bool) {
	for i := range f.fields {
		if f.fields[i].Name == name {
			return &f.fields[i], true
		}
	}
	for i := range f.fields {
		if slices.Contains(f.fields[i].Also, name) {
			return &f.fields[i], true
		}
	}
	return nil, false
}

// Beginning are the names of the fields that begin with a text, in the order in
// which people are shown them; a field of which only another name does is among
// them. Upper and lower case are the same.
func (f *Fields[R]) Beginning(text string) []string {
	text = strings.ToLower(text)
	var names []string
	for i := range f.fields {
		if f.fields[i].begins(text) {
			names = append(names, f.fields[i].Name)
		}
	}
	return names
}

// begins tells whether the name of a field, or another name of it, begins with a
// text.
func (f *Field[R]) begins(text string) bool {
	return strings.HasPrefix(f.Name, text) ||
		slices.ContainsFunc(f.Also, func(also string) bool { return strings.HasPrefix(also, text) })
}

// existing says for errors which fields there are: those that begin as a name that
// is none does, or else all.
func (f *Fields[R]) existing(name string) string {
	const most = 4
	for end := len(name); end > 0; end-- {
		if near := f.Beginning(name[:end]); len(near) > 0 && len(near) <= most {
			return "did you mean " + strings.Join(near, " or ") + "?"
		}
	}
	return "there are " + strings.Join(f.Beginning(""), ", ") + ";"
}
