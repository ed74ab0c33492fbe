package units

import (
	"math"
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	cases := []struct {
		n           int64
		long, short string
	}{
		{0, "0 B", "0"},
		{1, "1 B", "1B"},
		{999, "999 B", "999B"},
		{1000, "0.98 KiB", "0.98K"},
		{1 << 20, "1.00 MiB", "1.00M"},
		{2 << 20, "2.00 MiB", "2.00M"},
		{999 << 20, "999 MiB", "999M"},
		{1000 << 20, "0.98 GiB", "0.98G"},
		{9994 << 20, "9.76 GiB", "9.76G"},
		{10230 << 20, "9.99 GiB", "9.99G"},
		{10239 << 20, "10.0 GiB", "10.0G"},
		{44238962524, "41.2 GiB", "41.2G"},
		{102399 << 20, "100 GiB", "100G"},
		{math.MaxInt64, "8192 PiB", "8192P"},
		{-3 << 29, "-1.50 GiB", "-1.50G"},
	}
	for _, c := range cases {
		if got := Bytes(c.n); got != c.long {
			t.Errorf("Bytes(%d) = %q, want %q", c.n, got, c.long)
		}
		if got := string(AppendShort(nil, c.n)); got != c.short {
			t.Errorf("AppendShort(%d) = %q, want %q", c.n, got, c.short)
		}
	}
}

func TestShortIsNarrow(t *testing.T) {
	for n := int64(1); n > 0 && n < 1<<59; n += n/37 + 1 {
		if got := AppendShort(nil, n); len(got) > 5 {
			t.Fatalf("AppendShort(%d) = %q, more than five characters", n, got)
		}
	}
}

func TestPercent(t *testing.T) {
	for ratio, want := range map[float64]string{
		0: "0%", 0.0001: "<1%", 0.004: "<1%", 0.006: "1%", 0.17: "17%", 0.994: "99%", 0.999: ">99%", 1: "100%", 1.5: "150%",
	} {
		if got := Percent(ratio); got != want {
			t.Errorf("Percent(%v) = %q, want %q", ratio, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	ages := map[time.Duration]string{
		-time.Second: "0.0 s", 0: "0.0 s", 840 * time.Millisecond: "0.8 s", 9990 * time.Millisecond: "9.9 s", 12 * time.Second: "12 s",
		3 * time.Minute: "3 min", 150 * time.Minute: "2 h", 100 * time.Hour: "4 d",
	}
	for d, want := range ages {
		if got := Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
	durations := map[time.Duration]string{
		0: "0.00 ms", 840 * time.Microsecond: "0.84 ms", 84 * time.Millisecond: "84 ms", 1200 * time.Millisecond: "1.20 s", 72 * time.Second: "72 s",
	}
	for d, want := range durations {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	good := map[string]int64{
		"0": 0, "512": 512, "512B": 512, "2GiB": 2 << 30, "2gib": 2 << 30, " 1.5 g ": 3 << 29, "4GB": 4e9, "20M": 20 << 20, "1 TiB": 1 << 40, ".5k": 512,
	}
	for s, want := range good {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", " ", "GiB", "-1", "1.2.3", "4XB", "9999999TiB", "1e3", "NaN", "Inf", "4 G i B"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", s, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2GiB")
	f.Add("1.5 m")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err == nil && n < 0 {
			t.Fatalf("Parse(%q) = %d", s, n)
		}
	})
}
