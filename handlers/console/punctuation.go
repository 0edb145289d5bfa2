package console

import "strings"

// punctuation maps marks of a Chinese keyboard to those that code has in their place.
var punctuation = map[rune]rune{
	'‘': '\'', '’': '\'', '“': '"', '”': '"', '＇': '\'', '＂': '"', '，': ',', '：': ':', '；': ';', '。': '.', '．': '.', '、': ',',
	'（': '(', '）': ')', '［': '[', '］': ']', '【': '[', '】': ']', '｛': '{', '｝': '}', '＝': '=', '　': ' ',
}

// corrected returns the line with its punctuation as code has it, and which character is the first that
// changed. It returns "" if there is nothing to correct, or if the result is not an operation. Text between quotes
// does not change.
func corrected(line string) (fixed string, first int) {
	var b strings.Builder
	quote := rune(0) // the one that is open
	first = -1
	rest := []rune(line)
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		ascii := c
		if punctuation[c] != 0 {
			ascii = punctuation[c]
		}
		switch {
		case quote == 0:
			c = ascii
			if c == '\'' || c == '"' {
				quote = c
			}
		case c == '\\' && i+1 < len(rest):
			b.WriteRune(c)
			i++
			c = rest[i]
		case c == quote, ascii == quote && !strings.ContainsRune(string(rest[i+1:]), quote):
			c, quote = quote, 0
		}
		b.WriteRune(c)
		if first < 0 && c != rest[i] {
			first = i
		}
	}
	if _, err := ParseLine(b.String()); err != nil || first < 0 {
		return "", 0
	}
	return b.String(), first
}
