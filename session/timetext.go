package session

import (
	"fmt"
	"time"
)

// timeText is how SQLite and Django write a time, in UTC: texts that sort as times do.
const timeText = "2006-01-02 15:04:05"

// formatTime returns t for a datetime column, with microseconds only if there are any.
func formatTime(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.Format(timeText)
	}
	return t.Format(timeText + ".000000")
}

// parseTime reads what formatTime writes.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeText, s) // accepts a fraction
	if err != nil {
		return time.Time{}, fmt.Errorf("not a time as in %q", timeText)
	}
	return t, nil
}
