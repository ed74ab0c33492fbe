package pickle

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// show writes a value as Python's repr does, as far as that needs no care.
func show(d *Decoder, v Value) string {
	if text, ok := d.Text(v); ok {
		return "'" + text + "'"
	}
	if v.tag() == tagFloat {
		f, _ := d.Float(v)
		return fmt.Sprint(f)
	}
	if n, ok := d.Uint(v); ok {
		return fmt.Sprint(n)
	}
	if n, ok := d.Int(v); ok {
		return fmt.Sprint(n)
	}
	if pairs, ok := d.Pairs(v); ok {
		var parts []string
		for i := 0; i < len(pairs); i += 2 {
			parts = append(parts, show(d, pairs[i])+": "+show(d, pairs[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if items, ok := d.Items(v); ok {
		var parts []string
		for _, item := range items {
			parts = append(parts, show(d, item))
		}
		if d.thing(v).kind == kindTuple {
			return "(" + strings.Join(parts, ", ") + ")"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch v {
	case None:
		return "None"
	case True:
		return "True"
	case False:
		return "False"
	case Bytes:
		return "bytes"
	}
	return "more than 64 bits"
}

func decode(t *testing.T, pickle string) (*Decoder, Value) {
	t.Helper()
	d := NewDecoder(strings.NewReader(pickle), Options{})
	v, err := d.Decode()
	if err != nil {
		t.Fatalf("%.100q: %v", pickle, err)
	}
	return d, v
}

func TestEveryOpcodeOfDataIsRead(t *testing.T) {
	for pickle, want := range map[string]string{
		"N.":                                "None",
		"\x88.":                             "True",
		"\x89.":                             "False",
		"I01\n.":                            "True",
		"I00\n.":                            "False",
		"I-42\n.":                           "-42",
		"L12345678901L\n.":                  "12345678901",
		"L18446744073709551615L\n.":         "18446744073709551615",
		"L18446744073709551616L\n.":         "more than 64 bits",
		"K\xff.":                            "255",
		"M\x01\x02.":                        "513",
		"J\xfe\xff\xff\xff.":                "-2",
		"\x8a\x00.":                         "0",
		"\x8a\x01\xff.":                     "-1",
		"\x8a\x06\x00\x00\x00\x00\x00\x7f.": "139637976727552",
		"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.":     "9223372036854775807",
		"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.":     "-9223372036854775808",
		"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00.": "18446744073709551615",
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.": "more than 64 bits",
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff.": "more than 64 bits",
		"\x8b\x02\x00\x00\x00\x01\x02.":                 "513",
		"G\x3f\xe0\x00\x00\x00\x00\x00\x00.":            "0.5",
		"F0.25\n.":                                      "0.25",
		"U\x02hi.":                                      "'hi'",
		"T\x02\x00\x00\x00hi.":                          "'hi'",
		"X\x02\x00\x00\x00hi.":                          "'hi'",
		"\x8c\x02hi.":                                   "'hi'",
		"\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi.":       "'hi'",
		"Vh\\u00e9\\U0001f600\\x\n.":                    "'hé😀\\x'",
		"C\x02hi.":                                      "bytes",
		"B\x02\x00\x00\x00hi.":                          "bytes",
		"\x8e\x02\x00\x00\x00\x00\x00\x00\x00hi.":       "bytes",
		"\x96\x02\x00\x00\x00\x00\x00\x00\x00hi.":       "bytes",
		").":                           "()",
		"K\x01\x85.":                   "(1)",
		"K\x01K\x02\x86.":              "(1, 2)",
		"K\x01K\x02K\x03\x87.":         "(1, 2, 3)",
		"(K\x01K\x02K\x03K\x04t.":      "(1, 2, 3, 4)",
		"].":                           "[]",
		"(K\x01K\x02l.":                "[1, 2]",
		"]K\x01a.":                     "[1]",
		"](K\x01K\x02e(K\x03e.":        "[1, 2, 3]",
		"}.":                           "{}",
		"(U\x01aK\x01d.":               "{'a': 1}",
		"}U\x01aK\x01s.":               "{'a': 1}",
		"}(U\x01aK\x01u(U\x01bK\x02u.": "{'a': 1, 'b': 2}",
		"]p0\n(U\x01ap1\ng1\ne.":       "['a', 'a']",
		"]q\x00(U\x01aq\x01h\x01e.":    "['a', 'a']",
		"]r\x00\x00\x00\x00(U\x01ar\x01\x00\x00\x00j\x01\x00\x00\x00e.":          "['a', 'a']",
		"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94h\x01e.": "['a', 'a']",
		"]\x94(]\x94h\x01h\x01e.": "[[], [], []]",
		"K\x01K\x020.":            "1",
		"](K\x01(K\x021e.":        "[1]",
		"](K\x012e.":              "[1, 1]",
	} {
		d, v := decode(t, pickle)
		if got := show(d, v); got != want {
			t.Errorf("%q: %s, want %s", pickle, got, want)
		}
	}
}

func TestContainersGrowInAnyOrder(t *testing.T) {
	// Two lists that take turns: neither lies at the end when it grows.
	pickle := []byte("](]\x94]\x94")
	for i := range 500 {
		pickle = append(pickle, 'h', 0, 'K', byte(i), 'a', '0', 'h', 1, 'K', byte(i+1), 'a', '0')
	}
	d, v := decode(t, string(pickle)+"e.")
	items, _ := d.Items(v)
	for n, item := range items {
		list, _ := d.Items(item)
		if len(list) != 500 {
			t.Fatalf("list %d has %d items", n, len(list))
		}
		for i, number := range list {
			if got, _ := d.Int(number); got != int64(byte(i+n)) {
				t.Fatalf("list %d, item %d is %d", n, i, got)
			}
		}
	}
}

func TestWhatWouldImportOrCallIsRefusedWithItsPlace(t *testing.T) {
	for op, name := range refused {
		// What an opcode would need lies on the stack; its arguments follow.
		pickle := "\x80\x02](K\x01K\x02" + string([]byte{op}) + "posix\nsystem\n" + "e."
		_, err := NewDecoder(strings.NewReader(pickle), Options{}).Decode()
		if err == nil || !strings.Contains(err.Error(), "opcode "+name+" refused") || !strings.HasPrefix(err.Error(), "byte 8: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersAreExact(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 255, 256, math.MaxInt32, math.MinInt32, 1 << 47, largestInt, largestInt + 1, smallestInt, smallestInt - 1, math.MaxInt64, math.MinInt64} {
		d, v := decode(t, fmt.Sprintf("I%d\n.", n))
		if got, ok := d.Int(v); !ok || got != n {
			t.Errorf("%d became %d, %v", n, got, ok)
		}
		if got, ok := d.Uint(v); ok != (n >= 0) || ok && got != uint64(n) {
			t.Errorf("%d became %d, %v without a sign", n, got, ok)
		}
	}
}
