// Package query filters and sorts the rows of the process table.
//
// A filter is a text, found in command, user, framework, pid, where it lives or its job, or comparisons
// joined by & | ! (or: and, or, not) and parentheses:
// frag>0.3 & user==alice & (gpu==0 | reserved>=4GiB).
package query

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Filter chooses processes. The zero Filter matches all.
type Filter struct {
	root node
}

// Match tells whether a process passes. What is compared with something unknown
// is neither true nor false, and so is its negation: a process passes only if
// the whole filter is true, whatever the unknown figures are.
func (f Filter) Match(p fragcalc.Process, s *fragcalc.Snapshot) bool {
	return f.root == nil || f.root.match(&p, s) == yes
}

// verdict is the value of a filter: Kleene's three-valued logic, in which and
// is the least, or the greatest, and not the negative.
type verdict int8

const (
	no      verdict = -1
	unknown verdict = 0
	yes     verdict = 1
)

func verdictOf(is bool) verdict {
	if is {
		return yes
	}
	return no
}

// node is a part of a filter.
type node interface {
	match(*fragcalc.Process, *fragcalc.Snapshot) verdict
}

type (
	both    struct{ a, b node }
	either  struct{ a, b node }
	not     struct{ a node }
	found   string // a text, in lower case
	compare struct {
		field    *field
		operator string
		number   float64
	}
	equal struct {
		field    *field
		operator string // == != or ~ (contains)
		word     string // lower case
	}
)

func (n both) match(p *fragcalc.Process, s *fragcalc.Snapshot) verdict {
	return min(n.a.match(p, s), n.b.match(p, s))
}

func (n either) match(p *fragcalc.Process, s *fragcalc.Snapshot) verdict {
	return max(n.a.match(p, s), n.b.match(p, s))
}

func (n not) match(p *fragcalc.Process, s *fragcalc.Snapshot) verdict { return -n.a.match(p, s) }

func (n found) match(p *fragcalc.Process, _ *fragcalc.Snapshot) verdict {
	for _, word := range searched(p) {
		if strings.Contains(strings.ToLower(word), string(n)) {
			return yes
		}
	}
	return no
}

func (n compare) match(p *fragcalc.Process, s *fragcalc.Snapshot) verdict {
	value, known := n.field.number(p, s)
	if !known {
		return unknown
	}
	switch n.operator {
	case ">":
		return verdictOf(value > n.number)
	case ">=":
		return verdictOf(value >= n.number)
	case "<":
		return verdictOf(value < n.number)
	case "<=":
		return verdictOf(value <= n.number)
	case "!=":
		return verdictOf(value != n.number)
	}
	return verdictOf(value == n.number)
}

func (n equal) match(p *fragcalc.Process, _ *fragcalc.Snapshot) verdict {
	value := strings.ToLower(n.field.word(p))
	switch {
	case value == "":
		return unknown
	case n.operator == "~":
		return verdictOf(strings.Contains(value, n.word))
	case n.operator == "!=":
		return verdictOf(value != n.word)
	}
	return verdictOf(value == n.word)
}
