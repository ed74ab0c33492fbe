package table

// Motion is a movement of the cursor.
type Motion uint8

const (
	LineUp Motion = iota
	LineDown
	HalfUp
	HalfDown
	PageUp
	PageDown
	ToFirst
	ToLast
)

// Move moves the selection.
func (t *Table[R, K]) Move(m Motion) {
	page := max(1, t.Page-1)
	half := max(1, t.Page/2)
	switch m {
	case LineUp:
		t.MoveTo(t.Index - 1)
	case LineDown:
		t.MoveTo(t.Index + 1)
	case HalfUp:
		t.MoveTo(t.Index - half)
	case HalfDown:
		t.MoveTo(t.Index + half)
	case PageUp:
		t.MoveTo(t.Index - page)
	case PageDown:
		t.MoveTo(t.Index + page)
	case ToFirst:
		t.MoveTo(0)
	case ToLast:
		t.MoveTo(len(t.Rows) - 1)
	}
}
