package themes

import "fmt"

// Background is the ground that a theme is made for. A theme with a colour of
// its own has it painted; the others leave the terminal's.
type Background struct {
	Ground Ground
	Color  Color // a TrueColor or BasicColor when Ground is Painted

	set bool // a theme file gave it
}

// Ground is the kind of a background.
type Ground uint8

// Grounds. In a theme file: background = "either", "dark", "light", or a colour.
const (
	Either  Ground = iota // the terminal's, dark or light
	Dark                  // the terminal's, which should be dark
	Light                 // the terminal's, which should be light
	Painted               // a colour of the theme's own
)

// Painted tells whether the theme brings a ground of its own.
func (b Background) Painted() bool { return b.Ground == Painted }

// UnmarshalText reads a background as theme files write it.
func (b *Background) UnmarshalText(source []byte) error {
	word := string(source)
	for ground, name := range [...]string{Either: "either", Dark: "dark", Light: "light"} {
		if word == name {
			*b = Background{Ground: Ground(ground), set: true}
			return nil
		}
	}
	color, err := parseColor(word)
	if err != nil {
		return fmt.Errorf(`no background %q: write "dark", "light", "either" or "#rrggbb"`, word)
	}
	*b = Background{Ground: Painted, Color: color, set: true}
	return nil
}
