package document

import (
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
	told   map[fault]bool // faults that the snapshot has itself
	untold string         // why a process's facts are unknown

	// What the row being written is about, for its faults.
	scope fragcalc.Scope
	uuid  string
	pid   int
}

// fault is what a fault is about.
type fault struct {
	scope fragcalc.Scope
	uuid  string
	pid   int
	field string
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
	if w.scope != "" && !w.told[fault{w.scope, w.uuid, w.pid, name}] {
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

// integerOrNull and floatOrNull write a null without a fault: for figures that
// are no figures of a row.
func (w *writer) integerOrNull(name string, value fragcalc.Bytes) {
	if n, ok := value.Get(); ok {
		w.integer(name, n)
		return
	}
	w.plainNull(name)
}

func (w *writer) floatOrNull(name string, value fragcalc.Known[float64]) {
	n, ok := value.Get()
	if !ok || math.IsNaN(n) || math.IsInf(n, 0) {
		w.plainNull(name)
		return
	}
	w.float(name, n)
}

func (w *writer) milliseconds(name string, value fragcalc.Known[time.Duration]) {
	d, ok := value.Get()
	if !ok {
		w.null(name, value.Reason())
		return
	}
	w.float(name, math.Round(float64(d)/1e3)/1e3)
}
