package query

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// kind is what the values of a field are.
type kind uint8

const (
	number  kind = iota
	bytes        // a size
	ratio        // between 0 and 1
	decimal      // any other number with a fraction
	address      // of memory, written in hexadecimal digits
	word
)

// Value is what rows R can be compared by: a figure, which may be unknown, or a
// word. Its zero value is nothing to compare by.
type Value[R any] struct {
	kind   kind
	names  bool // the numbers only name something: they are sorted from small to large
	number func(*R) (float64, bool)
	words  func(*R) []string // none, or an empty one, when unknown
}

// Size is a value in bytes.
func Size[R any](of func(*R) (int64, bool)) Value[R] {
	v := Count(of)
	v.kind = bytes
	return v
}

// Count is a whole number.
func Count[R any](of func(*R) (int64, bool)) Value[R] {
	return Value[R]{number: func(r *R) (float64, bool) { n, ok := of(r); return float64(n), ok }}
}

// Number is a whole number that only names something, such as an index.
func Number[R any](of func(*R) (int64, bool)) Value[R] {
	v := Count(of)
	v.names = true
	return v
}

// Ratio is a value between 0 and 1.
func Ratio[R any](of func(*R) (float64, bool)) Value[R] { return Value[R]{kind: ratio, number: of} }

// Decimal is any other number with a fraction, not below 0.
func Decimal[R any](of func(*R) (float64, bool)) Value[R] { return Value[R]{kind: decimal, number: of} }

// Address is a place in memory. It must be one that a float64 tells from its
// neighbours: below 2^53, as all of a GPU are.
func Address[R any](of func(*R) uint64) Value[R] {
	return Value[R]{kind: address, names: true, number: func(r *R) (float64, bool) { return float64(of(r)), true }}
}

// Word is a text; empty is unknown.
func Word[R any](of func(*R) string) Value[R] {
	return Words(func(r *R) []string { return []string{of(r)} })
}

// Words are several names of one thing: == is true of each, != of none. Rows are
// sorted by the first.
func Words[R any](of func(*R) []string) Value[R] { return Value[R]{kind: word, words: of} }

// Comparable tells whether there is anything to compare by.
func (v *Value[R]) Comparable() bool { return v.number != nil || v.words != nil }

// Field is a figure or a word of a row that filters and sort orders can name.
type Field[R any] struct {
	Name string   // lower case letters
	Help string   // what it is, in a few words
	Key  bool     // a sort order, too
	Also []string // other names in filters, in lower case letters: that of its column, and short ones
	Value[R]
}

// Fields are the language of filters and sort orders for rows R.
type Fields[R any] struct {
	fields []Field[R]
	words  func(*R) []string
}

// NewFields makes a language of fields, in the order that people are shown.
// words are what a bare text of a filter looks into, beside the fields that are
// words where it is nil.
func NewFields[R any](fields []Field[R], words func(*R) []string) *Fields[R] {
	f := &Fields[R]{fields: fields, words: words}
	if words == nil {
		f.words = f.worded
	}
	return f
}

// worded are all words of a row.
func (f *Fields[R]) worded(r *R) []string {
	var words []string
	for i := range f.fields {
		if f.fields[i].kind == word {
			words = append(words, f.fields[i].words(r)...)
		}
	}
	return words
}

// parse reads a value to compare the field with: a size, a ratio as 0.3 or 30%,
// a number with a fraction, an address, or a plain number.
func (f *Field[R]) parse(value string) (float64, error) {
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
	case decimal:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || !(n >= 0 && n <= math.MaxFloat64) {
			return 0, fmt.Errorf("write a number as 1.5")
		}
		return n, nil
	case address:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(value), "0x"), 16, 64)
		if err != nil {
			return 0, fmt.Errorf("write an address as 0x7f0012340000")
		}
		return float64(n), nil
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("write a whole number")
	}
	return float64(n), nil
}

// compared is a row's value for a sort order; index is where the row was.
type compared struct {
	known  bool
	number float64
	word   string
	index  int
}

func (v *Value[R]) of(r *R) (c compared) {
	if v.kind == word {
		if words := v.words(r); len(words) > 0 {
			c.word = words[0]
		}
		c.known = c.word != ""
	} else {
		c.number, c.known = v.number(r)
	}
	return c
}

// compare orders two known values from small to large.
func (c compared) compare(d compared) int {
	return cmp.Or(cmp.Compare(c.number, d.number), cmp.Compare(c.word, d.word))
}
