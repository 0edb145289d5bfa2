package cookie

import (
	"strconv"
	"strings"
	"time"
)

// ParseDate reads the value of Expires (5.1.1). The draft accepts nearly every order
// and separator ever seen in the wild: the first word that looks like a time is the
// time, and likewise for the day, the month and the year. Time zones are ignored;
// the result is in UTC. It reports false for a text that is no date.
func ParseDate(text string) (time.Time, bool) {
	var clock, day, month, year []int
	for _, word := range strings.FieldsFunc(text, isDelimiter) {
		switch {
		case clock == nil && readClock(word, &clock):
		case day == nil && readNumber(word, 1, 2, &day):
		case month == nil && readMonth(word, &month):
		case year == nil && readNumber(word, 2, 4, &year):
		}
	}
	if clock == nil || day == nil || month == nil || year == nil {
		return time.Time{}, false
	}
	y := century(year[0])
	if y < 1601 {
		return time.Time{}, false
	}
	return makeDate(y, month[0], day[0], clock)
}

// century adds the century to a year of two digits.
func century(year int) int {
	switch {
	case 70 <= year && year <= 99:
		return year + 1900
	case year <= 69:
		return year + 2000
	}
	return year
}

// makeDate returns the date, or false if the calendar has no such date.
func makeDate(year, month, day int, clock []int) (time.Time, bool) {
	if clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return date, date.Day() == day // differs for 30 February, which time.Date takes for March
}

// isDelimiter reports whether a character separates words. The draft goes by bytes;
// a character beyond ASCII is not a delimiter either way.
func isDelimiter(r rune) bool {
	return r == '\t' || ' ' <= r && r <= '/' || ';' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// readClock reads 1:2:3 or 01:02:03, followed by anything but a digit.
func readClock(word string, to *[]int) bool {
	parts := strings.SplitN(word, ":", 3)
	if len(parts) != 3 {
		return false
	}
	parts[2] = leadingDigits(parts[2])
	var clock []int
	for _, part := range parts {
		if part == "" || len(part) > 2 || leadingDigits(part) != part {
			return false
		}
		n, _ := strconv.Atoi(part) // one or two digits
		clock = append(clock, n)
	}
	*to = clock
	return true
}

// readNumber reads a number of min to max digits, followed by anything but a digit.
func readNumber(word string, min, max int, to *[]int) bool {
	digits := leadingDigits(word)
	if len(digits) < min || len(digits) > max {
		return false
	}
	n, _ := strconv.Atoi(digits)
	*to = []int{n}
	return true
}

// readMonth reads a word that begins with the first three letters of a month.
func readMonth(word string, to *[]int) bool {
	const months = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(word) < 3 {
		return false
	}
	for i := 0; i < len(months); i += 3 {
		if lower(word[:3]) == months[i:i+3] {
			*to = []int{i/3 + 1}
			return true
		}
	}
	return false
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
