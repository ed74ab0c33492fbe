package explain

import (
	"bytes"
	"strings"
)

// visible is the ASCII that a terminal would show of a text: without escape
// sequences and control characters, also where a log wrote them out (\n, \x1b[,
// ^[[). What is not ASCII goes: no wording has any.
func visible(pasted string) []byte {
	out := make([]byte, 0, len(pasted))
	for i := 0; i < len(pasted); {
		c := pasted[i]
		if n := escapeIntroducer(pasted[i:]); n > 0 {
			i += n
			i += escapeLength(pasted[i:])
			continue
		}
		switch {
		case c == '\\' && i+1 < len(pasted) && strings.IndexByte("nrt", pasted[i+1]) >= 0:
			out = append(out, '\n')
			i += 2
			continue
		case c == '\n':
			out = append(out, '\n')
		case c == '\t' || c == '\r' || c == '\v' || c == '\f':
			out = append(out, ' ')
		case c >= ' ' && c < 0x7f:
			out = append(out, c)
		}
		i++
	}
	return out
}

// escapeIntroducer is the length of an ESC at the beginning of s, as a byte or
// written out before a bracket; 0 when there is none.
func escapeIntroducer(s string) int {
	switch s[0] {
	case 0x1b:
		return 1
	case '\\', '^':
		for _, written := range [...]string{`\x1b`, `\u001b`, `\033`, `\e`, `^[`} {
			if strings.HasPrefix(s, written+"[") {
				return len(written)
			}
		}
	}
	return 0
}

// escapeLength is the length of what follows an ESC and belongs to it
// (ECMA-48): a control sequence, a string up to its terminator or the end of
// the line, or one character.
func escapeLength(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '[':
		i := 1
		for i < len(s) && s[i] >= 0x20 && s[i] <= 0x3f {
			i++
		}
		if i < len(s) && s[i] >= 0x40 && s[i] <= 0x7e {
			i++
		}
		return i
	case ']', 'P', 'X', '^', '_':
		i := 1
		for i < len(s) && s[i] != '\n' && s[i] != 0x07 && s[i] != 0x1b {
			i++
		}
		return i
	case '\n', 0x1b:
		return 0
	default:
		return 1
	}
}

// squeeze is the text in lower case without white space and without what logs
// and mails put before each line. A message that a terminal wrapped, in the
// middle of a number even, is whole again.
func squeeze(shown []byte) []byte {
	out := make([]byte, 0, len(shown))
	for len(shown) > 0 {
		line := shown
		if end := bytes.IndexByte(shown, '\n'); end >= 0 {
			line, shown = shown[:end], shown[end+1:]
		} else {
			shown = nil
		}
		for _, c := range withoutPrefix(line) {
			switch {
			case c == ' ':
			case c >= 'A' && c <= 'Z':
				out = append(out, c+'a'-'A')
			default:
				out = append(out, c)
			}
		}
	}
	return out
}

// Bounds of what may stand before a line: how many things, how long each.
const (
	mostPrefixes  = 6
	longestPrefix = 80
)

// withoutPrefix is a line without quotation marks, ranks, process names, times
// and levels before it, such as "[rank0]:", "(Worker pid=12)", "0: ", "2024-06-22
// 15:13:25,079", "ERROR", "worker_1  |", "> ".
func withoutPrefix(line []byte) []byte {
	for range mostPrefixes {
		line = bytes.TrimLeft(line, " ")
		n := prefixLength(line)
		if n == 0 {
			break
		}
		line = line[n:]
	}
	return line
}

func prefixLength(line []byte) int {
	if len(line) == 0 {
		return 0
	}
	near := line[:min(len(line), longestPrefix)]
	switch line[0] {
	case '>', '|', '#':
		return 1
	case '[':
		return closed(near, ']')
	case '(':
		if n := closed(near, ')'); n > 0 && bytes.Contains(near[:n], []byte("pid=")) {
			return n
		}
		return 0
	}
	word := near
	if end := bytes.IndexByte(near, ' '); end >= 0 {
		word = near[:end]
	}
	switch {
	case len(word) < len(near) && (isTime(word) || isLevel(word)):
		return len(word)
	case len(word) < len(near) && isRank(word):
		return len(word)
	}
	if bar := bytes.IndexByte(near, '|'); bar > 0 && isName(bytes.TrimRight(near[:bar], " ")) {
		return bar + 1
	}
	return 0
}

// closed is the length up to a closing bracket and a colon behind it.
func closed(near []byte, bracket byte) int {
	n := bytes.IndexByte(near, bracket) + 1
	if n > 0 && n < len(near) && near[n] == ':' {
		n++
	}
	return n
}

// isTime tells whether a word is a date or a time: digits with -, : or /
// between them.
func isTime(word []byte) bool {
	if len(word) == 0 || !isDigit(word[0]) {
		return false
	}
	separators := 0
	for i, c := range word {
		switch {
		case isDigit(c), c == 'T', c == 'Z', c == '.', c == ',', c == '+':
		case (c == '-' || c == ':' || c == '/') && i+1 < len(word):
			separators++
		default:
			return false
		}
	}
	return separators > 0
}

func isLevel(word []byte) bool {
	switch string(bytes.TrimRight(word, ":")) {
	case "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "CRITICAL", "FATAL", "E", "stderr", "stdout":
		return true
	}
	return false
}

// isRank tells whether a word is a label of a launcher: "0:", "rank3:", "r12:".
func isRank(word []byte) bool {
	number, labelled := bytes.CutSuffix(word, []byte(":"))
	number = bytes.TrimPrefix(bytes.TrimPrefix(number, []byte("rank")), []byte("r"))
	return labelled && len(number) > 0 && len(number) < 8 && len(bytes.Trim(number, "0123456789")) == 0
}

// isName tells whether s could be a container's name before a bar.
func isName(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return len(s) > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// lastLine counts the lines of a text and finds the last that says something.
func lastLine(shown []byte) (lines int, last string) {
	shown = bytes.TrimSpace(shown)
	if len(shown) == 0 {
		return 0, ""
	}
	start := bytes.LastIndexByte(shown, '\n') + 1
	return bytes.Count(shown, []byte("\n")) + 1, string(bytes.TrimSpace(shown[start:]))
}
