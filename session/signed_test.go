package session

import (
	"strings"
	"testing"
	"time"
)

// What an engine signed is taken apart, and nothing else is.
func TestParseSigned(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	c := newCodec(dbSalt, Keys{"secret"})
	for name, value := range map[string]string{"plain": "1", "compressed": strings.Repeat("1", 500)} {
		var d Data
		if err := d.Set("res", value); err != nil {
			t.Fatal(err)
		}
		text, err := c.encode(d, at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := ParseSigned(text)
		if !ok || !got.Time.Equal(at) || got.Compressed != (name == "compressed") || got.Payload+":"+got.Timestamp+":"+got.Signature != text {
			t.Errorf("%s: %+v of %s", name, got, text)
		}
	}
	for _, text := range []string{"", "a", "a:b", "::", "a::b", "a:!:b", "a:-1:b", "a:123456789:b", "a b:1:c", `{"a":":1:b"}`, "a.b:1:c"} {
		if got, ok := ParseSigned(text); ok {
			t.Errorf("%q is no signed text, but %+v", text, got)
		}
	}
}
