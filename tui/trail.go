package tui

// step is a way that did not go down level by level: from a map, from stacks, or
// from the list of processes to another tab. Esc goes back where it began.
type step struct{ from, to place }

// leap goes to a place that Esc leads back from.
func (a *app) leap(next place) {
	from := a.world.place
	a.goTo(next)
	a.trail = append(a.trail, step{from, next})
}

// stepBack goes back to where the way to this place began, if that was elsewhere
// than one level up.
func (a *app) stepBack() bool {
	if len(a.trail) == 0 {
		return false
	}
	last := a.trail[len(a.trail)-1]
	if here := a.world.place; here.tab != last.to.tab || here.level != last.to.level || !last.to.holds(here) {
		return false
	}
	a.trail = a.trail[:len(a.trail)-1]
	a.goTo(last.from)
	return true
}

// forgetTrail drops the ways whose end has been left.
func (a *app) forgetTrail() {
	for len(a.trail) > 0 && !a.trail[len(a.trail)-1].to.holds(a.world.place) {
		a.trail = a.trail[:len(a.trail)-1]
	}
}

// holds tells whether another place is this one or below it. Blocks beside each
// other count as one: their screen goes from one to the next.
func (p place) holds(other place) bool {
	switch {
	case other.level < p.level || other.row != p.row:
		return false
	case p.level >= poolLevel && other.pool != p.pool:
		return false
	default:
		return p.level < segmentLevel || other.segment == p.segment
	}
}
