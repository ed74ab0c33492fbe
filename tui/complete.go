package tui

import "strings"

// completion goes round the names of fields that complete what was typed. Its
// zero value has none.
type completion struct {
	names []string
	at    int // the one that is written
	start int // runes before the name
	end   int // runes before what follows it
}

// complete writes the next field's name, or the one before, in the place of the
// word that ends at the cursor.
func (f *filterPane) complete(forward bool) {
	value, c := []rune(f.input.Value()), &f.names
	if len(c.names) == 0 {
		c.end = min(f.input.Position(), len(value))
		for c.start = c.end; c.start > 0 && !strings.ContainsRune(" &|!()=<>~\"", value[c.start-1]); {
			c.start--
		}
		if c.names = f.of.FieldNames(string(value[c.start:c.end])); len(c.names) == 0 {
			return
		}
		if c.at = -1; !forward {
			c.at = 0
		}
	}
	by := 1
	if !forward {
		by = -1
	}
	c.at = (c.at + by + len(c.names)) % len(c.names)
	name := c.names[c.at]
	f.input.SetValue(string(value[:c.start]) + name + string(value[c.end:]))
	c.end = c.start + len([]rune(name))
	f.input.SetCursor(c.end)
}
