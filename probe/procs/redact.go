package procs

import (
	"regexp"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

const hidden = "***"

var (
	// userinfo of a URL: scheme://user:password@host.
	urlUser = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/\s@'"]+@`)
	// name=value and name: value inside of an argument, as in a query or in
	// code given by -c.
	namedSecret = regexp.MustCompile(`(?i)\b([a-z0-9_-]*(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|credentials?))(["']?\s*[=:]\s*["']?)([^\s"'&,;)]+)`)
	// what follows "Bearer" and "Basic" in a header.
	header = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}`)
	// secrets that are known by their form.
	wellKnown = regexp.MustCompile(`\b(?:hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)`)
	number    = regexp.MustCompile(`^[0-9]+$`)
)

// command joins the arguments of a process into one line that is fit to show:
// without secrets and control characters.
func command(args []string) string {
	return text.Clean(strings.Join(withoutSecrets(args), " "), maxCommand)
}

// shellLine is command as a shell takes it: each argument is one word of it.
func shellLine(args []string) string {
	words := withoutSecrets(args)
	for i, word := range words {
		if word == "" || strings.Trim(word, plainLetters) != "" {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return text.Clean(strings.Join(words, " "), maxCommand)
}

// plainLetters mean nothing to a shell.
const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%"

func withoutSecrets(args []string) []string {
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, value, assigned := strings.Cut(arg, "=")
		switch {
		case assigned && value != "" && !strings.Contains(name, " ") && isSecret(name):
			out = append(out, name+"="+hidden)
		case !assigned && strings.HasPrefix(arg, "-") && i+1 < len(args) && takesSecret(arg, args[i+1]):
			out = append(out, arg, hidden)
			i++
		default:
			out = append(out, redact(arg))
		}
	}
	return out
}

func redact(s string) string {
	s = urlUser.ReplaceAllString(s, "${1}"+hidden+"@")
	s = header.ReplaceAllString(s, "$1 "+hidden)
	s = namedSecret.ReplaceAllStringFunc(s, func(match string) string {
		parts := namedSecret.FindStringSubmatch(match)
		if !isSecret(parts[1]) {
			return match
		}
		return parts[1] + parts[2] + hidden
	})
	return wellKnown.ReplaceAllString(s, hidden)
}

// takesSecret tells whether a flag's next argument is a secret. A bare -p is a
// port as often as a password.
func takesSecret(flag, next string) bool {
	if flag == "-p" {
		return !strings.HasPrefix(next, "-") && !number.MatchString(next)
	}
	return isSecret(flag)
}

var separators = strings.NewReplacer("-", " ", "_", " ", ".", " ")

// isSecret tells whether what is called name is a secret, by the last words of
// the name: --hf-token and DB_PASSWORD are, --max-tokens and --token-budget are
// not.
func isSecret(name string) bool {
	words := strings.Fields(strings.ToLower(separators.Replace(name)))
	if len(words) == 0 {
		return false
	}
	switch last := words[len(words)-1]; last {
	case "token", "password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "apikey", "accesskey", "credential", "credentials", "auth", "bearer":
		return true
	case "key":
		if len(words) < 2 {
			return false
		}
		switch words[len(words)-2] {
		case "api", "access", "secret", "private", "auth", "encryption", "license", "account", "service":
			return true
		}
	}
	return false
}
