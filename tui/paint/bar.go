package paint

// Share distributes cells over parts in proportion to their sizes, by largest
// remainder, so that the cells always add up. Parts that are not nothing get at
// least one cell while there are cells enough. Negative sizes count as nothing.
func Share(cells int, sizes []int64) []int {
	return share(cells, sizes, make([]int, len(sizes)), make([]float64, len(sizes)))
}

// share is Share, with room for the shares and for as many remainders.
func share(cells int, sizes []int64, shares []int, remainders []float64) []int {
	var total float64
	shown := 0
	for _, size := range sizes {
		if size > 0 {
			total += float64(size)
			shown++
		}
	}
	if cells <= 0 || shown == 0 {
		return shares
	}
	least := 0
	if cells >= shown {
		least = 1
	}
	left := cells
	for i, size := range sizes {
		if size <= 0 {
			remainders[i] = -float64(cells) // never the next to get or to give
			continue
		}
		exact := float64(size) / total * float64(cells)
		shares[i] = max(least, int(exact))
		remainders[i] = exact - float64(shares[i])
		left -= shares[i]
	}
	for ; left > 0; left-- {
		largest := 0
		for i := range remainders {
			if remainders[i] > remainders[largest] {
				largest = i
			}
		}
		shares[largest]++
		remainders[largest]--
	}
	// The least cells of small parts come out of what got most above its due.
	for ; left < 0; left++ {
		giver := -1
		for i := range shares {
			if shares[i] > least && (giver < 0 || remainders[i] < remainders[giver]) {
				giver = i
			}
		}
		shares[giver]--
		remainders[giver]++
	}
	return shares
}

// Bar appends a bar of exactly cells cells, one run a state, to the line. The
// sizes are those of the states Used to Free.
func (l *Line) Bar(glyphs *Glyphs, cells int, sizes *[StateCount]int64) *Line {
	var shares [StateCount]int
	var remainders [StateCount]float64
	for i, share := range share(cells, sizes[:], shares[:], remainders[:]) {
		state := Used + Role(i)
		l.Repeat(state, glyphs.Of(state), share)
	}
	return l
}

// SparkLine returns one sign a value, from the lowest at 0 to the highest at the
// largest value. Values below 0 stand for unknown and show as spaces.
func (g *Glyphs) SparkLine(values []float64) string {
	var most float64
	for _, value := range values {
		most = max(most, value)
	}
	signs := make([]rune, len(values))
	for i, value := range values {
		switch {
		case value < 0:
			signs[i] = ' '
		case most == 0:
			signs[i] = g.Spark[0]
		default:
			signs[i] = g.Spark[min(int(value/most*float64(len(g.Spark))), len(g.Spark)-1)]
		}
	}
	return string(signs)
}
