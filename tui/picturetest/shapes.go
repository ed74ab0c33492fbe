package picturetest

// rect is a part of a cell, in eighths of its width and height from the top
// left, with how much of the colour covers it.
type rect struct {
	x, y, w, h int
	cover      float64
}

// shapes are the signs that are drawn as rectangles: fonts do not agree on them,
// and leave gaps between them.
var shapes = map[rune][]rect{
	'█': {{0, 0, 8, 8, 1}},
	'▓': {{0, 0, 8, 8, .72}},
	'▒': {{0, 0, 8, 8, .48}},
	'░': {{0, 0, 8, 8, .26}},
	'▀': {{0, 0, 8, 4, 1}},
	'▌': {{0, 0, 4, 8, 1}},
	'▐': {{4, 0, 4, 8, 1}},
	'▖': {{0, 4, 4, 4, 1}},
	'▗': {{4, 4, 4, 4, 1}},
	'▘': {{0, 0, 4, 4, 1}},
	'▝': {{4, 0, 4, 4, 1}},
	'▙': {{0, 0, 4, 4, 1}, {0, 4, 8, 4, 1}},
	'▟': {{4, 0, 4, 4, 1}, {0, 4, 8, 4, 1}},
	'▛': {{0, 0, 8, 4, 1}, {0, 4, 4, 4, 1}},
	'▜': {{0, 0, 8, 4, 1}, {4, 4, 4, 4, 1}},
	'▚': {{0, 0, 4, 4, 1}, {4, 4, 4, 4, 1}},
	'▞': {{4, 0, 4, 4, 1}, {0, 4, 4, 4, 1}},
	'■': {{1, 2, 6, 4, 1}},
	'─': {{0, 4, 8, 0, 1}},
	'▁': {{0, 7, 8, 1, 1}},
	'▂': {{0, 6, 8, 2, 1}},
	'▃': {{0, 5, 8, 3, 1}},
	'▄': {{0, 4, 8, 4, 1}},
	'▅': {{0, 3, 8, 5, 1}},
	'▆': {{0, 2, 8, 6, 1}},
	'▇': {{0, 1, 8, 7, 1}},
}

// joins tells whether a run of a sign is one rectangle.
func joins(parts []rect) bool { return len(parts) == 1 && parts[0].x == 0 && parts[0].w == 8 }
