package paint

// Glyphs are the signs that the screens draw with, each one cell wide. States
// differ by their sign as well as by colour.
type Glyphs struct {
	State      [StateCount]rune // by role, from Used on
	MostlyLive rune             // a cell of several states, mostly live memory
	MostlyFree rune             // a cell of several states, mostly free memory
	Changed    [StateCount]rune // by role: a cell of which some bytes were in another state before
	MovedLive  rune             // MostlyLive, changed
	MovedFree  rune             // MostlyFree, changed
	Parts      []rune           // the left 1, 2, … parts of a cell in its colour, the rest in that of its ground; none in ASCII
	Here       rune             // the cell under the cursor
	Bar        rune             // another cell of the block under the cursor
	Spark      []rune           // from lowest to highest
	Partial    [7]rune          // of a chart's cell that is filled by so many eighths, from one on; 0 = as a full one
	Cursor     string           // before the selected row
	Barred     string           // before a row that is out of reach
	Dash       string           // an unknown figure
	Ellipsis   string           // where text was cut
	Dot        string           // between two facts
	Crumb      string           // between two levels
	Up, Down   string           // sort order: smallest first, largest first
	Enter      string           // the key
	Box        Box
}

// Box are the signs of a frame.
type Box struct {
	Horizontal, Vertical                       rune
	TopLeft, TopRight, BottomLeft, BottomRight rune
}

// Unicode returns the glyphs for terminals that show UTF-8, with fonts of today.
func Unicode() *Glyphs {
	return &Glyphs{
		State: states(map[Role]rune{
			Used: '█', Rounding: '▆', Pending: '▚', Stranded: '▓', Releasable: '▒', Parked: '░',
			Unmapped: '_', Unseen: '?', Other: '■', Driver: '□', Free: '·',
		}),
		MostlyLive: '▙', MostlyFree: '▖',
		Changed: states(map[Role]rune{
			Used: '▣', Rounding: '▨', Pending: '▧', Stranded: '▩', Releasable: '▦', Parked: '▤',
			Unmapped: '▭', Unseen: '▢', Other: '▪', Driver: '▫', Free: '◦',
		}),
		MovedLive: '◩', MovedFree: '◪',
		Parts: []rune("▏▎▍▌▋▊▉"), Here: '◆', Bar: '─',
		Spark:   []rune("▁▂▃▄▅▆▇█"),
		Partial: [7]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇'},
		Cursor:  "▸", Barred: "×", Dash: "–", Ellipsis: "…", Dot: " · ", Crumb: " › ", Up: "▲", Down: "▼", Enter: "↵",
		Box: Box{'─', '│', '╭', '╮', '╰', '╯'},
	}
}

// ASCII returns the glyphs for terminals that show nothing else.
func ASCII() *Glyphs {
	return &Glyphs{
		State: states(map[Role]rune{
			Used: '#', Rounding: 'r', Pending: 'p', Stranded: 'x', Releasable: '=', Parked: '%',
			Unmapped: '_', Unseen: '?', Other: 'o', Driver: 'd', Free: '.',
		}),
		MostlyLive: '&', MostlyFree: '+',
		Changed: states(map[Role]rune{
			Used: '8', Rounding: 'R', Pending: 'P', Stranded: 'X', Releasable: '~', Parked: '$',
			Unmapped: '^', Unseen: '!', Other: 'O', Driver: 'D', Free: ',',
		}),
		MovedLive: 'M', MovedFree: 'm',
		Here: '@', Bar: '-',
		Spark:   []rune("_.:-=+*#"),
		Partial: [7]rune{'_', '_', '_'},
		Cursor:  ">", Barred: "x", Dash: "-", Ellipsis: "~", Dot: " - ", Crumb: " > ", Up: "^", Down: "v", Enter: "Enter",
		Box: Box{'-', '|', '+', '+', '+', '+'},
	}
}

// Console returns the glyphs for the Linux console, whose fonts have few: those
// of ASCII, and what both the kernel's own font (code page 437) and the fonts
// that Debian's console-setup loads have besides.
func Console() *Glyphs {
	g := ASCII()
	for role, glyph := range map[Role]rune{Used: '█', Releasable: '▒', Parked: '░', Other: '■', Free: '·'} {
		g.State[role-Used] = glyph
	}
	g.Dot, g.Crumb, g.Up, g.Down = " · ", " » ", "▲", "▼"
	g.Box = Box{'─', '│', '┌', '┐', '└', '┘'}
	return g
}

// DetectGlyphs tells from the environment which glyphs a terminal shows: TERM
// and the locale.
func DetectGlyphs(getenv func(string) string) *Glyphs {
	switch {
	case !UTF8(getenv):
		return ASCII()
	case getenv("TERM") == "linux":
		return Console()
	}
	return Unicode()
}

func states(of map[Role]rune) [StateCount]rune {
	var glyphs [StateCount]rune
	for role, glyph := range of {
		glyphs[role-Used] = glyph
	}
	return glyphs
}

// Of returns the sign of a state.
func (g *Glyphs) Of(state Role) rune { return g.State[state-Used] }
