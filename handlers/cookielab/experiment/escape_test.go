package experiment

import (
	"errors"
	"testing"
)

func TestParseTyped(t *testing.T) {
	for _, test := range []struct {
		text, line string
		err        error
	}{
		{`a=b; Path=/`, "a=b; Path=/", nil},
		{`a=\t\x01\xff\\t`, "a=\t\x01\xff\\t", nil},
		{`a="\"b\"\d\x1"\`, `a="\"b\"\d\x1"\`, nil},
		{`a=小店`, "a=小店", nil},
		{`a=\r\nSet-Cookie: b=c`, "a=\r\nSet-Cookie: b=c", ErrLineBreak},
		{`a=\x0a`, "a=\n", ErrLineBreak},
		{`a=\0`, "a=\x00", ErrLineBreak},
		{"a=\n", "a=\n", ErrLineBreak},
		{`\x73essionid=1`, "sessionid=1", ErrReserved},
		{`=sessionid=1`, "=sessionid=1", ErrReserved},
		{" SessionID\t=1", " SessionID\t=1", ErrReserved},
		{`__Host-sessionid=1; Secure; Path=/`, `__Host-sessionid=1; Secure; Path=/`, ErrReserved},
		{`sessionlab_7377=x`, `sessionlab_7377=x`, ErrReserved},
		{`lang`, `lang`, ErrReserved},
		{`res=1; Max-Age=0`, `res=1; Max-Age=0`, ErrReserved},
		{`resin=1`, `resin=1`, nil},
	} {
		if line, err := ParseTyped(test.text); line != test.line || !errors.Is(err, test.err) {
			t.Errorf("%q: %q, %v; want %q, %v", test.text, line, err, test.line, test.err)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"a=b", `\\\x01`, "\\\x01", "\\\xff", "\xe5\xb0\\x", `\`, "\u200b", "\\\u200b", `a\\x41`, "\t\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		text := Escape(line)
		if back, _ := ParseTyped(text); back != line {
			t.Errorf("%q is typed as %q, which is %q", line, text, back)
		}
	})
}
