package tomlfile

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// SetTable writes a top-level table of a TOML file anew, the tables below it
// included, and leaves everything else byte for byte as it is. The table stands
// where it stood, or at the end; note, one line without the #, stands above it.
// Lines of comment inside of it stay. value is encoded with toml tags. An error
// is one line; the source must be a file that can be decoded.
func SetTable(source []byte, name, note string, value any) ([]byte, error) {
	if bytes.HasPrefix(source, []byte("\xef\xbb\xbf")) {
		return nil, fmt.Errorf("it begins with a byte order mark: save it without")
	}
	body, err := toml.Marshal(map[string]any{name: value})
	if err != nil {
		return nil, fmt.Errorf("cannot be written: %s", text.Clean(err.Error(), longestError))
	}
	parts, err := tables(source)
	if err != nil {
		return nil, err
	}
	above := []byte("# " + note + "\n")
	var out []byte
	var comments []byte
	at := -1 // where the table stood in out
	for i, p := range parts {
		whole := source[p.start:]
		if i < len(parts)-1 {
			whole = source[p.start:parts[i+1].start]
		}
		if p.name != name {
			out = append(out, whole...)
			continue
		}
		if at < 0 {
			out = bytes.TrimSuffix(out, above)
			at = len(out)
		}
		own := whole
		if i < len(parts)-1 && parts[i+1].name != name {
			own = whole[:len(whole)-len(leading(whole))]
		}
		comments = append(comments, commentLines(own)...)
		out = append(out, whole[len(own):]...)
	}
	header, rest, _ := bytes.Cut(body, newline)
	block := slices.Concat(above, header, newline, comments, rest)
	if at < 0 {
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, '\n')
		}
		if len(out) > 0 {
			out = append(out, '\n')
		}
		at = len(out)
	}
	return slices.Concat(out[:at], block, out[at:]), nil
}

// part is a table of a source, or what stands before the first one, whose name
// is empty.
type part struct {
	start int    // of its first line
	name  string // the first word of its dotted key
}

// tables finds where the tables of a source begin.
func tables(source []byte) ([]part, error) {
	parts := []part{{}}
	var p unstable.Parser
	p.Reset(source)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		key := e.Child()
		start := bytes.LastIndexByte(source[:key.Raw.Offset], '\n') + 1
		parts = append(parts, part{start, string(key.Data)})
	}
	if err := p.Error(); err != nil {
		return nil, fmt.Errorf("no TOML: %s", text.Clean(err.Error(), longestError))
	}
	return parts, nil
}

// leading are the blank lines and comments at the end of a table's text: they
// lead to the table behind it.
func leading(text []byte) []byte {
	end := len(text)
	for end > 0 {
		start := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if line := bytes.TrimSpace(text[start:end]); len(line) > 0 && line[0] != '#' {
			break
		}
		end = start
	}
	return text[end:]
}

// commentLines are the lines of a text that are nothing but a comment.
func commentLines(text []byte) []byte {
	var lines []byte
	for line := range bytes.Lines(text) {
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && trimmed[0] == '#' {
			lines = append(append(lines, trimmed...), '\n')
		}
	}
	return lines
}
