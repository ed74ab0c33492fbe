package gate

import (
	"fmt"
	"slices"
	"strings"
)

// Sentence says in one line how the check ended: which limits were crossed and
// which could not be measured.
func (r Report) Sentence() string {
	var parts []string
	if crossed := r.limits(Crossed); len(crossed) > 0 {
		parts = append(parts, "limit crossed: "+strings.Join(crossed, ", "))
	}
	if unknown := r.limits(NotKnown); len(unknown) > 0 {
		words := "could not be measured: " + strings.Join(unknown, ", ")
		if !r.AllowUnknown {
			words += fmt.Sprintf(" (%s; --allow-unknown lets that pass)", r.reason())
		}
		parts = append(parts, words)
	}
	if len(parts) == 0 {
		return "all limits held"
	}
	return strings.Join(parts, "; ")
}

// limits are the names of the limits with a verdict, each once.
func (r Report) limits(v Verdict) []string {
	var names []string
	for _, row := range r.Rows {
		for _, result := range row.Results {
			if result.Verdict == v && !slices.Contains(names, result.Limit) {
				names = append(names, result.Limit)
			}
		}
	}
	return names
}

// reason is the reason of the first result that is not known.
func (r Report) reason() string {
	for _, row := range r.Rows {
		for _, result := range row.Results {
			if result.Verdict == NotKnown {
				return row.words(result)
			}
		}
	}
	return ""
}
