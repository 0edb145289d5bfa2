package cookielab

import "testing"

func FuzzBytes(f *testing.F) {
	for _, seed := range []string{"a=b", "a=\xff", "a=小店", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		text := fromBytes(line)
		if got := toBytes(text); got != line {
			t.Errorf("%q became %q, then %q", line, text, got)
		}
	})
}
