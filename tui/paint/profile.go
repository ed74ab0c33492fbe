// Package paint turns roles into bytes for a terminal: styles compiled once
// per theme and colour profile, lines built of runs, bars and sparklines. It
// never asks the terminal anything.
package paint

import "strings"

// Profile is how many colours a terminal shows.
type Profile uint8

// Colour profiles.
const (
	NoColor Profile = iota
	Colors16
	Colors256
	TrueColor
)

// DetectProfile tells the colour profile from the environment: NO_COLOR, TERM
// and COLORTERM.
func DetectProfile(getenv func(string) string) Profile {
	term := getenv("TERM")
	switch {
	case getenv("NO_COLOR") != "", term == "", term == "dumb", strings.HasPrefix(term, "vt"),
		strings.HasSuffix(term, "-m"), strings.HasSuffix(term, "-mono"):
		return NoColor
	case hasAnyPrefix(term, "screen") && getenv("TMUX") == "":
		// GNU screen hands COLORTERM on from the terminal around it, but
		// does not pass 24-bit colours.
		return indexed(term)
	}
	switch getenv("COLORTERM") {
	case "truecolor", "24bit":
		return TrueColor
	}
	if hasAnyPrefix(term, "alacritty", "foot", "wezterm", "xterm-ghostty", "xterm-kitty") || strings.HasSuffix(term, "-direct") {
		return TrueColor
	}
	return indexed(term)
}

func indexed(term string) Profile {
	if strings.Contains(term, "256color") {
		return Colors256
	}
	return Colors16
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// UTF8 tells from the environment whether the locale's characters are UTF-8.
func UTF8(getenv func(string) string) bool {
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := getenv(name); locale != "" {
			charset := strings.ToLower(strings.ReplaceAll(locale, "-", ""))
			return strings.Contains(charset, "utf8")
		}
	}
	return false
}
