package document

import (
	"math"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// decoder turns what was read into figures: a null takes its reason from the
// faults. It visits keys in the order in which the writer writes them.
type decoder struct {
	reasons map[fault]string
	nulls   []fault // of rows, in order

	// What the row being read is about; no scope inside a pool.
	scope fragcalc.Scope
	uuid  string
	pid   int
}

// null is the reason of a null.
func (d *decoder) null(name string) string {
	if d.scope == "" { // in a pool: its process's reason
		if reason := d.reasons[fault{fragcalc.ScopeProcess, d.uuid, d.pid, name}]; reason != "" {
			return reason
		}
		return "only known for a process on a GPU"
	}
	about := fault{d.scope, d.uuid, d.pid, name}
	d.nulls = append(d.nulls, about)
	return d.reasons[about]
}

// ownFaults is how many faults, from the first on, are not the reasons of
// nulls, which stand behind them in the order of the nulls.
func (d *decoder) ownFaults(faults []fragcalc.Fault) int {
	own := len(faults)
	for i := len(d.nulls) - 1; i >= 0 && own > 0; i-- {
		if aboutOf(&faults[own-1]) == d.nulls[i] {
			own--
		}
	}
	return own
}

func (d *decoder) text(name string, value *string) string {
	if value == nil {
		d.null(name)
	}
	return orEmpty(value)
}

func (d *decoder) bytes(name string, value *int64) fragcalc.Bytes {
	switch {
	case value == nil:
		return fragcalc.Unknown[int64](d.null(name))
	case *value < 0 || *value > fragcalc.MostBytes:
		return fragcalc.Unknown[int64]("the file says a size that cannot be")
	}
	return fragcalc.Of(*value)
}

// number is a figure of a device; those are far from the ends of int32.
func (d *decoder) number(name string, value *int) fragcalc.Known[int] {
	switch {
	case value == nil:
		return fragcalc.Unknown[int](d.null(name))
	case *value < math.MinInt32 || *value > math.MaxInt32:
		return fragcalc.Unknown[int]("the file says a number that cannot be")
	}
	return fragcalc.Of(*value)
}

// cores is a number of processors.
func (d *decoder) cores(name string, value *float64) fragcalc.Known[float64] {
	switch {
	case value == nil:
		return fragcalc.Unknown[float64](d.null(name))
	case *value < 0:
		return fragcalc.Unknown[float64]("the file says a number of processors that cannot be")
	}
	return fragcalc.Of(*value)
}

func (d *decoder) ratio(name string, value *float64) fragcalc.Ratio {
	switch {
	case value == nil:
		return fragcalc.Unknown[float64](d.null(name))
	case *value < 0 || *value > 1:
		return fragcalc.Unknown[float64]("the file says a share that cannot be")
	}
	return fragcalc.Of(*value)
}

func (d *decoder) milliseconds(name string, value *float64) fragcalc.Known[time.Duration] {
	const most = float64(math.MaxInt64 / 2 / 1e6)
	switch {
	case value == nil:
		return fragcalc.Unknown[time.Duration](d.null(name))
	case math.Abs(*value) > most:
		return fragcalc.Unknown[time.Duration]("the file says a time that cannot be")
	}
	return fragcalc.Of(time.Duration(math.Round(*value*1e3)) * time.Microsecond)
}
