package query

import (
	"fmt"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

const (
	maxExpression = 10_000 // bytes of an expression
	maxDepth      = 50     // parentheses and ! within each other
)

// Parse reads a filter expression; an empty one matches all. Errors say what is
// wrong at which place, and what would be right.
func (f *Fields[R]) Parse(expression string) (Expression[R], error) {
	if len(expression) > maxExpression {
		return Expression[R]{}, fmt.Errorf("the expression is longer than %d characters", maxExpression)
	}
	p := &parser[R]{fields: f, words: split(expression)}
	if len(p.words) == 0 {
		return Expression[R]{}, nil
	}
	root, err := p.alternatives()
	if err != nil {
		return Expression[R]{}, err
	}
	if p.at < len(p.words) {
		return Expression[R]{}, fmt.Errorf("%q is one too many", p.words[p.at].text)
	}
	return Expression[R]{root: root}, nil
}

// Quote writes a text so that a filter takes it as one word.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

type parser[R any] struct {
	fields *Fields[R]
	words  []token
	at     int
	depth  int
}

func (p *parser[R]) accept(symbols ...string) bool {
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

func (p *parser[R]) alternatives() (node[R], error) {
	left, err := p.conjunction()
	for err == nil && p.accept("|", "||", "or") {
		var right node[R]
		right, err = p.conjunction()
		left = either[R]{left, right}
	}
	return left, err
}

func (p *parser[R]) conjunction() (node[R], error) {
	left, err := p.factor()
	for err == nil && p.accept("&", "&&", "and") {
		var right node[R]
		right, err = p.factor()
		left = both[R]{left, right}
	}
	return left, err
}

func (p *parser[R]) factor() (node[R], error) {
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case p.depth > maxDepth:
		return nil, fmt.Errorf("more than %d parentheses within each other", maxDepth)
	case p.accept("!", "not"):
		inner, err := p.factor()
		return not[R]{inner}, err
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
func (p *parser[R]) comparison() (node[R], error) {
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
		return p.fields.comparison(first.text, operator, value)
	}
	text := first.text
	for p.at < len(p.words) && !p.words[p.at].symbol() && !p.words[p.at].operator() {
		text += " " + p.words[p.at].text
		p.at++
	}
	return found[R]{p.fields.words, strings.ToLower(text)}, nil
}

func isUnit(w token) bool {
	_, err := units.Parse("1" + w.text)
	return err == nil && !w.quoted && w.text[0] > '9'
}

func (fields *Fields[R]) comparison(name, operator, value string) (node[R], error) {
	f, ok := fields.named(strings.ToLower(name))
	if !ok {
		return nil, fmt.Errorf("%q is no field: %s to find it as a text write %s", name, fields.existing(strings.ToLower(name)), Quote(name+operator+value))
	}
	if operator == "=" {
		operator = "=="
	}
	if f.kind == word {
		switch operator {
		case "==", "!=", "~":
			return equal[R]{field: f, operator: operator, word: strings.ToLower(value)}, nil
		}
		return nil, fmt.Errorf("%s is a word: compare it with == != or ~ (contains)", f.Name)
	}
	if operator == "~" {
		return nil, fmt.Errorf("%s is a number: compare it with == != < <= > or >=", f.Name)
	}
	n, err := f.parse(value)
	if err != nil {
		return nil, fmt.Errorf("%s%s%s: %w", f.Name, operator, value, err)
	}
	return compare[R]{field: f, operator: operator, number: n}, nil
}
