package query

import "strings"

// token is a word, symbol or operator of an expression.
type token struct {
	text   string
	quoted bool
}

// symbol tells whether the word joins or groups parts.
func (w token) symbol() bool {
	switch w.text {
	case "&", "&&", "and", "|", "||", "or", "!", "not", "(", ")":
		return !w.quoted
	}
	return false
}

// operator tells whether the word compares.
func (w token) operator() bool {
	switch w.text {
	case "==", "=", "!=", "<", "<=", ">", ">=", "~":
		return !w.quoted
	}
	return false
}

const special = `&|!()=<>~"`

// split cuts an expression into words, symbols and operators.
func split(expression string) []token {
	var words []token
	for rest := strings.TrimSpace(expression); rest != ""; rest = strings.TrimSpace(rest) {
		length := 0
		switch {
		case rest[0] == '"':
			text, used := unquote(rest)
			words = append(words, token{text: text, quoted: true})
			rest = rest[used:]
			continue
		case len(rest) > 1 && isOneOf(rest[:2], "&&", "||", "==", "!=", "<=", ">="):
			length = 2
		case strings.IndexByte(special, rest[0]) >= 0:
			length = 1
		default:
			length = strings.IndexAny(rest, special+" \t\n")
			if length < 0 {
				length = len(rest)
			}
		}
		words = append(words, token{text: rest[:length]})
		rest = rest[length:]
	}
	return words
}

func isOneOf(text string, candidates ...string) bool {
	for _, candidate := range candidates {
		if text == candidate {
			return true
		}
	}
	return false
}

// unquote reads a quoted text with \" inside; a missing end is the end.
func unquote(rest string) (text string, used int) {
	var out strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest):
			i++
			out.WriteByte(rest[i])
		case rest[i] == '"':
			return out.String(), i + 1
		default:
			out.WriteByte(rest[i])
		}
	}
	return out.String(), len(rest)
}
