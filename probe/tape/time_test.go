package tape

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	zone := time.FixedZone("there", 2*3600)
	begin := time.Date(2026, 3, 4, 22, 0, 0, 500e6, zone)
	end := begin.Add(5 * time.Hour) // past midnight
	for text, want := range map[string]time.Duration{
		"+90s": 90 * time.Second, "-90s": 5*time.Hour - 90*time.Second, "+0s": 0,
		"22:00": -500 * time.Millisecond, "23:02:03": time.Hour + 2*time.Minute + 2500*time.Millisecond,
		"01:00": 3*time.Hour - 500*time.Millisecond, "2026-03-05T01:00:00": 3*time.Hour - 500*time.Millisecond,
		"2026-03-04T21:00:00Z": time.Hour - 500*time.Millisecond,
	} {
		got, err := ParseTime(text, begin, end)
		if err != nil || got.Sub(begin) != want {
			t.Errorf("%s is %v behind the beginning, want %v (%v)", text, got.Sub(begin), want, err)
		}
	}
	for text, says := range map[string]string{
		"": "is no time", "noon": "14:02:03", "+90": "no length of time", "+6h": "outside", "-6h": "outside", "12:00": "outside", "25:00": "is no time",
	} {
		if _, err := ParseTime(text, begin, end); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: want %q, got %v", text, says, err)
		}
	}
}
