package cookie

import (
	"strconv"
	"strings"
	"time"
)

// parseChromiumDate reads a date as Chromium does, by measurement. The words are
// those of [ParseDate], but each must be a number to its end, a year has up to
// five digits, and a year that is too early is long ago instead of no year.
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
