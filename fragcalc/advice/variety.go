package advice

// sampled bounds how many sizes are looked at.
const sampled = 4096

// variety tells how many different sizes there are among many, from an even
// sample of them.
type variety struct {
	every     int // one of so many is looked at
	told      int // sizes told of
	looked    int // of which looked at
	different map[int64]struct{}
}

func (v *variety) add(size int64) {
	v.told++
	if v.every > 1 && v.told%v.every != 0 {
		return
	}
	if v.different == nil {
		v.different = make(map[int64]struct{})
	}
	v.looked++
	v.different[size] = struct{}{}
}

// varies tells whether at least a share of many sizes is different.
func (v *variety) varies(share float64) bool {
	const many = 32
	return v.looked >= many && float64(len(v.different)) >= share*float64(v.looked)
}
