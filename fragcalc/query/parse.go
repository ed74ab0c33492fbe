package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

const (
	maxExpression = 10_000 // bytes of an expression
	maxDepth      = 50     // parentheses and ! within each other
)

// ParseFilter reads a filter expression; an empty one matches all. Errors say
// what is wrong at which place, and what would be right.
func ParseFilter(expression string) (Filter, error) {
	if len(expression) > maxExpression {
		return Filter{}, fmt.Errorf("the expression is longer than %d characters", maxExpression)
	}
	p := &parser{words: split(expression)}
	if len(p.words) == 0 {
		return Filter{}, nil
	}
	root, err := p.alternatives()
	if err != nil {
		return Filter{}, err
	}
	if p.at < len(p.words) {
		return Filter{}, fmt.Errorf("%q is one too many", p.words[p.at].text)
	}
	return Filter{root: root}, nil
}

// Quote writes a text so that a filter takes it as one word.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

type parser struct {
	words []token
	at    int
	depth int
}

func (p *parser) accept(symbols ...string) bool {
	if p.at == len(p.words) || p.words[p.at].quoted {
		return false
	}
	for _, symbol := range symbols {
		if p.words[p.at].text == symbol {
			p.at++
			return true
		}
	}
	return false
}

func (p *parser) alternatives() (node, error) {
	left, err := p.conjunction()
	for err == nil && p.accept("|", "||", "or") {
		var right node
		right, err = p.conjunction()
		left = either{left, right}
	}
	return left, err
}

func (p *parser) conjunction() (node, error) {
	left, err := p.factor()
	for err == nil && p.accept("&", "&&", "and") {
		var right node
		right, err = p.factor()
		left = both{left, right}
	}
	return left, err
}

func (p *parser) factor() (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case p.depth > maxDepth:
		return nil, fmt.Errorf("more than %d parentheses within each other", maxDepth)
	case p.accept("!", "not"):
		inner, err := p.factor()
		return not{inner}, err
	case p.accept("("):
		inner, err := p.alternatives()
		if err == nil && !p.accept(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return inner, err
	}
	return p.comparison()
}

// comparison is FIELD OPERATOR VALUE, or a text of one or more words.
func (p *parser) comparison() (node, error) {
	if p.at == len(p.words) {
		return nil, fmt.Errorf("something is missing at the end")
	}
	first := p.words[p.at]
	if first.symbol() {
		return nil, fmt.Errorf("%q cannot stand there", first.text)
	}
	p.at++
	if p.at < len(p.words) && p.words[p.at].operator() {
		operator := p.words[p.at].text
		p.at++
		if p.at == len(p.words) || p.words[p.at].symbol() || p.words[p.at].operator() {
			return nil, fmt.Errorf("%s%s needs a value", first.text, operator)
		}
		value := p.words[p.at].text
		p.at++
		if p.at < len(p.words) && isUnit(p.words[p.at]) {
			value += p.words[p.at].text // 4 GiB, written apart
			p.at++
		}
		return comparisonOf(first.text, operator, value)
	}
	text := first.text
	for p.at < len(p.words) && !p.words[p.at].symbol() && !p.words[p.at].operator() {
		text += " " + p.words[p.at].text
		p.at++
	}
	return found(strings.ToLower(text)), nil
}

func isUnit(w token) bool {
	_, err := units.Parse("1" + w.text)
	return err == nil && !w.quoted && w.text[0] > '9'
}

func comparisonOf(name, operator, value string) (node, error) {
	f, ok := fieldNamed(strings.ToLower(name))
	if !ok {
		return nil, fmt.Errorf("%q is no field: there are %s; to find it as a text write %s", name, fieldNames(), Quote(name+operator+value))
	}
	if operator == "=" {
		operator = "=="
	}
	if f.kind == word {
		switch operator {
		case "==", "!=", "~":
			return equal{field: f, operator: operator, word: strings.ToLower(value)}, nil
		}
		return nil, fmt.Errorf("%s is a word: compare it with == != or ~ (contains)", f.name)
	}
	if operator == "~" {
		return nil, fmt.Errorf("%s is a number: compare it with == != < <= > or >=", f.name)
	}
	n, err := f.parse(value)
	if err != nil {
		return nil, fmt.Errorf("%s%s%s: %w", f.name, operator, value, err)
	}
	return compare{field: f, operator: operator, number: n}, nil
}

// parse reads a value to compare the field with: a size, a ratio as 0.3 or 30%,
// or a plain number.
func (f *field) parse(value string) (float64, error) {
	switch f.kind {
	case bytes:
		size, err := units.Parse(value)
		return float64(size), err
	case ratio:
		digits, percent := strings.CutSuffix(value, "%")
		n, err := strconv.ParseFloat(digits, 64)
		if percent {
			n /= 100
		}
		if err != nil || !(n >= 0 && n <= 1) {
			return 0, fmt.Errorf("write a ratio as 0.3 or 30%%")
		}
		return n, nil
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("write a whole number")
	}
	return float64(n), nil
}

func fieldNames() string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}
