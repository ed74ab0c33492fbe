package document

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// writer appends JSON to a buffer: keys are ours, in a fixed order, and a
// walk of 100,000 blocks is written without reflection. For every null of a
// gpus or processes row it collects the fault.
type writer struct {
	out    []byte
	first  bool // no comma before the next value
	faults []fragcalc.Fault

	// What the row being written is about, for its faults.
	scope fragcalc.Scope
	uuid  string
	pid   int
}

func (w *writer) comma() {
	if !w.first {
		w.out = append(w.out, ',')
	}
	w.first = false
}

func (w *writer) key(name string) {
	w.comma()
	w.out = append(w.out, '"')
	w.out = append(w.out, name...)
	w.out = append(w.out, '"', ':')
}

func (w *writer) open(bracket byte) {
	w.out = append(w.out, bracket)
	w.first = true
}

func (w *writer) close(bracket byte) {
	w.out = append(w.out, bracket)
	w.first = false
}

// array writes a named array of objects.
func (w *writer) array(name string, length int, element func(int)) {
	w.key(name)
	w.open('[')
	for i := range length {
		w.comma()
		w.open('{')
		element(i)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) text(name, value string) {
	w.key(name)
	w.out = appendString(w.out, value)
}

// textOrNull writes null for a text that is unknown, with a fault in rows.
func (w *writer) textOrNull(name, value, reason string) {
	if value == "" {
		w.null(name, reason)
		return
	}
	w.text(name, value)
}

func (w *writer) integer(name string, value int64) {
	w.key(name)
	w.out = strconv.AppendInt(w.out, value, 10)
}

func (w *writer) boolean(name string, value bool) {
	w.key(name)
	w.out = strconv.AppendBool(w.out, value)
}

func (w *writer) address(name string, value uint64) {
	w.key(name)
	w.out = append(w.out, '"', '0', 'x')
	w.out = strconv.AppendUint(w.out, value, 16)
	w.out = append(w.out, '"')
}

func (w *writer) plainNull(name string) {
	w.key(name)
	w.out = append(w.out, "null"...)
}

func (w *writer) null(name, reason string) {
	w.plainNull(name)
	if w.scope != "" {
		w.faults = append(w.faults, fragcalc.Fault{Scope: w.scope, GPUUUID: w.uuid, PID: w.pid, Field: name, Reason: reason})
	}
}

func (w *writer) bytes(name string, value fragcalc.Bytes) {
	if n, ok := value.Get(); ok {
		w.integer(name, n)
		return
	}
	w.null(name, value.Reason())
}

func (w *writer) number(name string, value fragcalc.Known[int]) {
	if n, ok := value.Get(); ok {
		w.integer(name, int64(n))
		return
	}
	w.null(name, value.Reason())
}

func (w *writer) ratio(name string, value fragcalc.Ratio) {
	n, ok := value.Get()
	if !ok {
		w.null(name, value.Reason())
		return
	}
	w.float(name, n)
}

// float writes a number; JSON knows no infinity, so that becomes null.
func (w *writer) float(name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		w.null(name, "not a number")
		return
	}
	w.key(name)
	w.out = strconv.AppendFloat(w.out, value, 'g', -1, 64)
}

func (w *writer) milliseconds(name string, value fragcalc.Known[time.Duration]) {
	d, ok := value.Get()
	if !ok {
		w.null(name, value.Reason())
		return
	}
	w.float(name, math.Round(float64(d)/1e3)/1e3)
}

// appendString writes a JSON string. Controls of the second range, bidi marks
// and line separators are escaped, too: a terminal or a log must not obey
// what a process called itself.
func appendString(out []byte, value string) []byte {
	quoted, err := json.Marshal(value) // escapes C0, U+2028, U+2029; replaces invalid UTF-8
	if err != nil {
		return append(out, `""`...)
	}
	for _, r := range string(quoted) {
		switch {
		case r >= 0x7f && r <= 0x9f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e,
			r >= 0x2060 && r <= 0x206f, r == 0xfeff:
			out = append(out, '\\', 'u')
			hex := strconv.FormatUint(uint64(r), 16)
			out = append(out, "0000"[:4-len(hex)]...)
			out = append(out, hex...)
		default:
			out = append(out, string(r)...)
		}
	}
	return out
}
