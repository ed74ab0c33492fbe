package table

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Column is one column of a table of rows R.
type Column[R any] struct {
	// Key is its name in sort orders, filters and settings: it never changes.
	// A column without one is neither chosen nor sorted by.
	Key   string
	Title string
	Help  string         // what it shows, in a few words
	By    query.Value[R] // what it is sorted and filtered by; zero is nothing
	// Also is the key of a second sort order, under which it has another title.
	Also, AlsoTitle string

	Width int // cells, or the least of them when it can grow
	Most  int // grows with its contents up to this; 0 = it does not
	Rank  int // when room is short, the columns of the highest rank go first
	// Ample is up to how many cells it takes of what is left, before the flexible
	// column does.
	Ample int
	// Wish is what the flexible column gets for its contents, if it needs so much,
	// before columns of a rank beyond wishRank are shown.
	Wish int

	Size     bool     // holds sizes, which are wider in bytes
	Flex     bool     // takes what the others leave
	Right    bool     // aligned to the right
	Optional bool     // left out while no row has anything in it
	Idle     []string // texts that alone are no reason to show an optional column
	Picture  bool     // shows no text, and is left out where there are no pictures

	Text func(*draw.Look, *R) (string, paint.Role)
	// Amount is what Text says, in a column of sizes: where it is set, cells are
	// written from it. The role is that of a known size.
	Amount func(*R) (fragcalc.Bytes, paint.Role)
	// Draw replaces Text where a cell is more than one run; it writes width
	// cells. Head replaces Title in the same way.
	Draw func(*draw.Look, *paint.Line, *R, int)
	Head func(*draw.Look, *paint.Line, int)
}
