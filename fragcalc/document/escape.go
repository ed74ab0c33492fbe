package document

import (
	"unicode/utf8"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// appendString writes a JSON string. All that a terminal or a log could obey or
// hide (control characters, C1 and bidi ones included, line separators, format
// characters) is escaped: names come from strangers. Invalid UTF-8 becomes
// U+FFFD.
func appendString(out []byte, value string) []byte {
	out = append(out, '"')
	plain := 0 // start of what can be copied as it is
	for i := 0; i < len(value); {
		r, size := rune(value[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(value[i:])
		}
		if r != '"' && r != '\\' && text.Printable(r) && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		out = append(out, value[plain:i]...)
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, '\\', 'n')
		case r == '\t':
			out = append(out, '\\', 't')
		case r > 0xffff: // as a surrogate pair
			out = appendEscape(out, 0xd800+(r-0x10000)>>10)
			out = appendEscape(out, 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = appendEscape(out, r)
		}
		i += size
		plain = i
	}
	out = append(out, value[plain:]...)
	return append(out, '"')
}

func appendEscape(out []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
