package allocconf

import "testing"

func TestRound(t *testing.T) {
	tests := []struct {
		divisions  int64
		size, want int64
	}{
		{0, 1, 512},
		{0, 512, 512},
		{0, 513, 1024},
		{0, 1<<20 + 1, 1<<20 + 512},
		{1, 1200, 1536},
		{4, 1200, 1536},                       // too small for four steps of 512 bytes
		{4, 2049, 2560},                       // 2048 … 4096 in four steps
		{4, 4096, 4096},                       // a power of two stays
		{4, 5 << 20, 5 << 20},                 // on a step
		{4, 5<<20 + 1, 6 << 20},               // to the next step
		{4, 7<<20 + 1, 8 << 20},               // to the next power of two
		{8, 1<<30 + 1, 1<<30 + 128<<20},       // 1 … 2 GiB in eight steps
		{2, 100 << 30, 128 << 30},             // beyond the last class
		{1 << 20, 512<<20 + 1, 512<<20 + 512}, // steps below 512 bytes only for sizes above 512 MiB
	}
	for _, test := range tests {
		var c Config
		for i := range c.RoundupPower2Divisions {
			c.RoundupPower2Divisions[i] = test.divisions
		}
		if got := c.Round(test.size); got != test.want {
			t.Errorf("round(%d) in %d divisions = %d, want %d", test.size, test.divisions, got, test.want)
		}
	}
}

func TestDivisionClasses(t *testing.T) {
	for size, want := range map[int64]int{
		512: 0, 1 << 20: 0, 1<<21 - 1: 0, 1 << 21: 1, 1<<22 + 1: 2, 1 << 30: 10, 1 << 35: 15, 1 << 40: 15,
	} {
		if got := divisionClass(size); got != want {
			t.Errorf("class of %d is %d, want %d", size, got, want)
		}
	}
}

func TestSegmentSize(t *testing.T) {
	c := Config{}.WithDefaults()
	for rounded, want := range map[int64]int64{
		512: 2 << 20, 1 << 20: 2 << 20, 1<<20 + 512: 20 << 20, 10<<20 - 512: 20 << 20,
		10 << 20: 10 << 20, 10<<20 + 512: 12 << 20, 33 << 20: 34 << 20,
	} {
		if got := c.SegmentSize(rounded); got != want {
			t.Errorf("segment for %d is %d, want %d", rounded, got, want)
		}
	}
	c.LargeSegmentSize = 64 << 20
	if got := c.SegmentSize(5 << 20); got != 64<<20 {
		t.Errorf("segment for 5 MiB is %d, want 64 MiB", got)
	}
}
