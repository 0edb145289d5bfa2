package experiment

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sessionlab/internal/web"
)

// MaxLine bounds a typed line, in bytes. No browser accepts a line of that length.
const MaxLine = 10_000

// Reasons for not sending a line.
var (
	ErrLineBreak = errors.New("CR, LF and NUL end a header, or the connection")
	ErrReserved  = errors.New("a cookie of the lab itself")
	ErrTooLong   = errors.New("longer than any browser takes")
)

// ParseTyped decodes the escapes in a typed line. \t, \r, \n and \0 mean what they mean in C, \x01 to \xff are bytes,
// and \\ is a backslash. Any other backslash stands for itself; all other text is UTF-8. The errors are ErrLineBreak,
// ErrReserved and ErrTooLong; the decoded line is returned with them.
func ParseTyped(text string) (line string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		if rest[0] != '\\' || len(rest) < 2 {
			b.WriteByte(rest[0])
			continue
		}
		if at := strings.IndexByte(`trn0\`, rest[1]); at >= 0 {
			b.WriteByte("\t\r\n\x00\\"[at])
			i++
			continue
		}
		if rest[1] == 'x' && len(rest) >= 4 {
			if code, err := strconv.ParseUint(rest[2:4], 16, 8); err == nil {
				b.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		b.WriteByte('\\')
	}
	line = b.String()
	switch {
	case len(line) > MaxLine:
		return line, ErrTooLong
	case strings.ContainsAny(line, "\r\n\x00"):
		return line, ErrLineBreak
	case web.Reserved(line):
		return line, ErrReserved
	}
	return line, nil
}

// Escape returns a line in the form in which ParseTyped reads it.
func Escape(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\' && special(line[i+1:]):
			b.WriteString(`\\`)
		case r == utf8.RuneError && size == 1, unicode.IsControl(r), !unicode.IsPrint(r) && r != ' ':
			for _, c := range []byte(line[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(line[i : i+size])
		}
		i += size
	}
	return b.String()
}

// special reports whether a backslash before rest would start an escape, now or after rest itself is escaped.
func special(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return rest != "" && (strings.ContainsRune(`trn0x\`, r) || r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) && r != ' ')
}
