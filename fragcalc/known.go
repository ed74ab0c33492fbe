package fragcalc

// Known is a figure that is either known or unknown with a reason. Its zero
// value is unknown. Unknown is never 0: ask Get, and show a dash or null.
type Known[T any] struct {
	value  T
	known  bool
	reason string
}

// Bytes is a size in bytes that may be unknown.
type Bytes = Known[int64]

// Count is a number of things or events that may be unknown.
type Count = Known[int64]

// Ratio is a fraction between 0 and 1 that may be unknown.
type Ratio = Known[float64]

// Of returns a known figure.
func Of[T any](value T) Known[T] { return Known[T]{value: value, known: true} }

// Unknown returns an unknown figure; reason says why in a few words, in lower
// case and without a full stop, for example "not instrumented".
func Unknown[T any](reason string) Known[T] { return Known[T]{reason: reason} }

// Get returns the figure and whether it is known.
func (k Known[T]) Get() (T, bool) { return k.value, k.known }

// Known tells whether the figure is known.
func (k Known[T]) Known() bool { return k.known }

// Or returns the figure, or fallback when it is unknown. For sorting and for
// arithmetic that says what it does about the unknown; never for showing.
func (k Known[T]) Or(fallback T) T {
	if k.known {
		return k.value
	}
	return fallback
}

// Reason says why the figure is unknown. It is empty for known figures.
func (k Known[T]) Reason() string {
	switch {
	case k.known:
		return ""
	case k.reason == "":
		return "not available"
	default:
		return k.reason
	}
}
