package tape

import (
	"fmt"
	"strings"
	"time"
)

// ParseTime reads a moment of a recording that lasted from begin to end: a time
// of day, with or without a date, in begin's time zone, or a length of time
// from the beginning (+90s) or from the end (-90s). A time of day is the first
// after the beginning. What lies outside of the recording is an error.
func ParseTime(text string, begin, end time.Time) (time.Time, error) {
	at, err := parseMoment(text, begin, end)
	if err != nil {
		return at, err
	}
	if at.Before(begin.Truncate(time.Second)) || at.After(end.Add(time.Second)) {
		return at, fmt.Errorf("%q is outside of the recording, %s to %s", text, begin.Format(time.DateTime), end.Format(time.DateTime))
	}
	return at, nil
}

func parseMoment(text string, begin, end time.Time) (time.Time, error) {
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		d, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return begin, fmt.Errorf("%q is no length of time: +90s, +1h2m, -10m", text)
		case d < 0 || text[0] == '-':
			return end.Add(d), nil
		}
		return begin.Add(d), nil
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		clock, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		at := time.Date(begin.Year(), begin.Month(), begin.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, begin.Location())
		if at.Before(begin.Truncate(time.Second)) {
			at = at.AddDate(0, 0, 1)
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, begin.Location()); err == nil {
			return at, nil
		}
	}
	return begin, fmt.Errorf("%q is no time: 14:02:03, 2026-01-02T14:02:03, +90s from the beginning or -90s from the end", text)
}
