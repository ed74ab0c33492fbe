// Package query filters and sorts the rows of tables: of the process table, and
// of any other that names its fields.
//
// A filter is a text, found in the words of a row (of a process: command, user,
// framework, pid, where it lives, its job), or comparisons joined by & | ! (or: and, or, not) and parentheses:
// frag>0.3 & user==alice & (gpu==0 | reserved>=4GiB).
package query

import (
	"slices"
	"strings"
)

// Expression chooses rows R. The zero Expression matches all.
type Expression[R any] struct {
	root node[R]
}

// Match tells whether a row passes. What is compared with something unknown is
// neither true nor false, and so is its negation: a row passes only if the whole
// expression is true, whatever the unknown figures are.
func (e Expression[R]) Match(r *R) bool {
	return e.root == nil || e.root.match(r) == yes
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

// node is a part of an expression.
type node[R any] interface{ match(*R) verdict }

type (
	both[R any]   struct{ a, b node[R] }
	either[R any] struct{ a, b node[R] }
	not[R any]    struct{ a node[R] }
	found[R any]  struct {
		in   func(*R) []string
		text string // lower case
	}
	compare[R any] struct {
		field    *Field[R]
		operator string
		number   float64
	}
	equal[R any] struct {
		field    *Field[R]
		operator string // == != or ~ (contains)
		word     string // lower case
	}
)

func (n both[R]) match(r *R) verdict   { return min(n.a.match(r), n.b.match(r)) }
func (n either[R]) match(r *R) verdict { return max(n.a.match(r), n.b.match(r)) }
func (n not[R]) match(r *R) verdict    { return -n.a.match(r) }

func (n found[R]) match(r *R) verdict {
	for _, word := range n.in(r) {
		if strings.Contains(strings.ToLower(word), n.text) {
			return yes
		}
	}
	return no
}

func (n compare[R]) match(r *R) verdict {
	value, known := n.field.number(r)
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

func (n equal[R]) match(r *R) verdict {
	words := n.field.words(r)
	if len(words) == 0 || words[0] == "" {
		return unknown
	}
	is := slices.ContainsFunc(words, func(w string) bool {
		w = strings.ToLower(w)
		return w == n.word || n.operator == "~" && strings.Contains(w, n.word)
	})
	return verdictOf(is == (n.operator != "!="))
}
