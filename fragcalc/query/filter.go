// Package query filters and sorts the rows of the process table.
//
// A filter is a text, found in command, user, framework or pid, or comparisons
// joined by & | ! and parentheses: frag>0.3 & user==alice & (gpu==0 | reserved>=4GiB).
package query

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Filter chooses processes. The zero Filter matches all.
type Filter struct {
	root node
}

// Match tells whether a process passes. A comparison with a figure that is
// unknown never matches; nor does its negation by !=.
func (f Filter) Match(p fragcalc.Process, s *fragcalc.Snapshot) bool {
	return f.root == nil || f.root.match(&p, s)
}

// node is a part of a filter.
type node interface {
	match(*fragcalc.Process, *fragcalc.Snapshot) bool
}

type (
	both    struct{ a, b node }
	either  struct{ a, b node }
	not     struct{ a node }
	text    string // lower case
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

func (n both) match(p *fragcalc.Process, s *fragcalc.Snapshot) bool {
	return n.a.match(p, s) && n.b.match(p, s)
}

func (n either) match(p *fragcalc.Process, s *fragcalc.Snapshot) bool {
	return n.a.match(p, s) || n.b.match(p, s)
}

func (n not) match(p *fragcalc.Process, s *fragcalc.Snapshot) bool { return !n.a.match(p, s) }

func (n text) match(p *fragcalc.Process, _ *fragcalc.Snapshot) bool {
	for _, word := range searched(p) {
		if strings.Contains(strings.ToLower(word), string(n)) {
			return true
		}
	}
	return false
}

func (n compare) match(p *fragcalc.Process, s *fragcalc.Snapshot) bool {
	value, known := n.field.number(p, s)
	if !known {
		return false
	}
	switch n.operator {
	case ">":
		return value > n.number
	case ">=":
		return value >= n.number
	case "<":
		return value < n.number
	case "<=":
		return value <= n.number
	case "!=":
		return value != n.number
	}
	return value == n.number
}

func (n equal) match(p *fragcalc.Process, _ *fragcalc.Snapshot) bool {
	value := strings.ToLower(n.field.word(p))
	switch n.operator {
	case "~":
		return strings.Contains(value, n.word)
	case "!=":
		return value != n.word
	}
	return value == n.word
}
