package cookie

import (
	"strconv"
	"strings"
	"time"
)

// ParseDate reads a date as Expires has it (5.1.1). The draft takes nearly every
// order and separator that was ever seen: of the words of the date, the first
// that looks like a time, a day, a month or a year is one. Zones are not looked
// at; all is UTC.
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

// century completes a year of two digits.
func century(year int) int {
	switch {
	case 70 <= year && year <= 99:
		return year + 1900
	case year <= 69:
		return year + 2000
	}
	return year
}

// makeDate makes a date, unless there is no such one.
func makeDate(year, month, day int, clock []int) (time.Time, bool) {
	if clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return date, date.Day() == day // not so for 30 February, which time.Date takes for March
}

// isDelimiter goes by bytes in the draft; a character beyond ASCII is none
// either way.
func isDelimiter(r rune) bool {
	return r == '\t' || ' ' <= r && r <= '/' || ';' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// readClock reads 1:2:3 and 01:02:03, whatever follows but a digit.
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

// readNumber reads min to max digits, whatever follows but a digit.
func readNumber(word string, min, max int, to *[]int) bool {
	digits := leadingDigits(word)
	if len(digits) < min || len(digits) > max {
		return false
	}
	n, _ := strconv.Atoi(digits)
	*to = []int{n}
	return true
}

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
