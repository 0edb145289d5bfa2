package experiment

import (
	"errors"
	"fmt"
	"sessionlab/internal/web"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLine is how many bytes a typed line may have. It is more than a browser takes.
const MaxLine = 10_000

// Why a line is not sent.
var (
	ErrLineBreak = errors.New("CR, LF and NUL end a header, or the connection")
	ErrReserved  = errors.New("a cookie of the lab itself")
	ErrTooLong   = errors.New("longer than any browser takes")
)

// ParseTyped makes the bytes of a line as somebody types it: UTF-8, but \t is a tab, \r,
// \n and \0 are what they are in C, \x01 to \xff are bytes, and \\ is one backslash. Any
// other backslash is itself. The errors are ErrLineBreak, ErrReserved and ErrTooLong;
// the line is returned with them.
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

// Escape is how a line is typed.
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

// special tells whether a backslash before this has a meaning, or what is written for it then.
func special(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return rest != "" && (strings.ContainsRune(`trn0x\`, r) || r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) && r != ' ')
}
