package gate

import (
	"fmt"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Limits are what a gate holds processes to. Its zero value has none.
type Limits struct {
	bounds [len(rules)]fragcalc.Known[float64] // in the order of rules; unknown = not asked
}

// Set sets a limit by its name to a bound as people write it: "0.2", "4GiB",
// "50MiB/min". Its error says what is wrong with the bound, not its name.
func (l *Limits) Set(name, text string) error {
	i := index(name)
	if i < 0 {
		return fmt.Errorf("there is no limit %q: there are %s", name, strings.Join(Names(), ", "))
	}
	bound, err := rules[i].unit.parse(text)
	if err != nil {
		return err
	}
	l.bounds[i] = fragcalc.Of(bound)
	return nil
}

// Has tells whether a limit is set.
func (l Limits) Has(name string) bool {
	i := index(name)
	return i >= 0 && l.bounds[i].Known()
}

// Words is a limit's bound for people; empty where it is not set.
func (l Limits) Words(name string) string {
	if i := index(name); i >= 0 {
		if bound, set := l.bounds[i].Get(); set {
			return rules[i].unit.words(bound)
		}
	}
	return ""
}

// Count is how many limits are set.
func (l Limits) Count() int {
	n := 0
	for _, bound := range l.bounds {
		if bound.Known() {
			n++
		}
	}
	return n
}

// Under returns the limits with those of over in their place where over sets
// them.
func (l Limits) Under(over Limits) Limits {
	for i, bound := range over.bounds {
		if bound.Known() {
			l.bounds[i] = bound
		}
	}
	return l
}
