package cookie

import (
	"strconv"
	"strings"
	"time"
)

// parseChromiumDate reads a date the way Chromium does, as measured. It looks for
// the same words as [ParseDate], but each must be a number to its end, a year may
// have up to five digits, and a year before 1601 means long ago rather than an
// unreadable date.
func parseChromiumDate(text string) (time.Time, bool) {
	var clock, day, month, year []int
	for _, word := range strings.FieldsFunc(text, isDelimiter) {
		number, err := strconv.Atoi(word)
		switch {
		case leadingDigits(word) == "":
			if month == nil {
				readMonth(word, &month)
			}
		case strings.Contains(word, ":"):
			if clock == nil {
				readChromiumClock(word, &clock)
			}
		case day == nil && len(word) <= 2 && err == nil:
			day = []int{number}
		case day != nil && len(word) <= 2 || len(word) > 2 && len(word) <= 5:
			if year == nil && err == nil {
				year = []int{number}
			}
		}
	}
	if clock == nil || day == nil || month == nil || year == nil {
		return time.Time{}, false
	}
	return makeDate(century(year[0]), month[0], day[0], clock)
}

// readChromiumClock reads a time of exactly three numbers, however long they are.
func readChromiumClock(word string, to *[]int) {
	var clock []int
	for part := range strings.SplitSeq(word, ":") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return
		}
		clock = append(clock, n)
	}
	if len(clock) == 3 {
		*to = clock
	}
}
