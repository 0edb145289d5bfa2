package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sessionlab/internal/stage/record"
)

// Milliseconds returns a duration as people compare them: 0.4 ms.
func Milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 0.1 || ms == 0:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

// Bytes returns a size such as 340 B or 12 KiB.
func Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 10<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", (n+1<<9)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// short returns the verb and the table of a statement, such as SELECT online_member.
func short(s record.Statement) string {
	words := strings.Fields(s.Query)
	if len(words) == 0 {
		return ""
	}
	verb := strings.ToUpper(words[0])
	for i, word := range words[:len(words)-1] {
		switch strings.ToUpper(word) {
		case "FROM", "INTO", "UPDATE":
			table, _, _ := strings.Cut(words[i+1], "(")
			return shorten(verb + " " + strings.Trim(table, "),;`\""))
		}
	}
	return shorten(verb)
}

const (
	longText = 60 // runes of a text inside a sentence
	maxNames = 4  // names in a sentence
)

// shorten cuts a text for a sentence; the step shows all of it.
func shorten(s string) string {
	runes := []rune(s)
	if len(runes) <= longText {
		return s
	}
	return string(runes[:longText]) + "…"
}

// joinNames returns names as a list such as "res, lang, +2".
func joinNames(n int, name func(int) string) string {
	var b strings.Builder
	for i := range min(n, maxNames) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shorten(name(i)))
	}
	if n > maxNames {
		fmt.Fprintf(&b, ", +%d", n-maxNames)
	}
	return b.String()
}
