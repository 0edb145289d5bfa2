package session

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// FuzzDecode looks for data that breaks decode, both as it is and with a valid signature.
func FuzzDecode(f *testing.F) {
	v := readVectors(f)
	for _, list := range [][]signedVector{v.SessionData, v.Edge, v.Empty, v.Odd} {
		for _, s := range list {
			if len(s.SessionData) < 1000 {
				f.Add(s.SessionData)
			}
		}
	}
	c := newCodec(dbSalt, Keys{v.SecretKey, v.OldSecretKey})
	f.Fuzz(func(t *testing.T, text string) {
		if d, _, err := c.decode(text); err != nil && d.Len() > 0 {
			t.Errorf("data %s with an error: %v", d, err)
		}
		payload, _, _ := strings.Cut(text, ":")
		d, _, err := c.decode(signed(c, payload))
		if err == nil {
			checkRoundTrip(t, c, d)
		}
	})
}

// FuzzParseData looks for JSON that changes when it is read and written.
func FuzzParseData(f *testing.F) {
	v := readVectors(f)
	for _, list := range [][]signedVector{v.SessionData, v.Edge} {
		for _, s := range list {
			if len(s.JSON) < 1000 {
				f.Add([]byte(s.JSON))
			}
		}
	}
	f.Add([]byte(` { "a" : [ 1 , { } ] , "\ud800" : "\ud800\udc00" , "b" : -0.0e-5 } `))
	c := newCodec(dbSalt, Keys{v.SecretKey})
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := ParseData(text); err == nil {
			checkRoundTrip(t, c, d)
		}
	})
}

// FuzzRedisText looks for a text in Redis that breaks the engine, or changes when it is read and written.
func FuzzRedisText(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	s := NewRedis(nil, func() time.Time { return now })
	for _, v := range readVectors(f).SessionData {
		if len(v.JSON) < 1000 {
			f.Add(`{"expires":"2023-11-15T00:00:00.5Z","write":"ABCDEFGH","data":` + v.JSON + `}`)
		}
	}
	f.Add(`{"expires":"9999-12-31T23:59:59Z","data":[1]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := s.live("key", text)
		if err != nil {
			return // expired
		}
		if !r.Expires.After(now) {
			t.Fatalf("expired at %v, and yet live", r.Expires)
		}
		again, err := redisText(r)
		if err != nil {
			return // too large
		}
		back, err := s.live("key", again)
		if err != nil || back.Data.String() != r.Data.String() || !back.Expires.Equal(r.Expires) {
			t.Fatalf("%q came back as %s, %v (%v)", text, back.Data, back.Expires, err)
		}
	})
}

func checkRoundTrip(t *testing.T, c *codec, d Data) {
	text := d.AppendJSON(nil)
	if i := bytes.IndexFunc(text, func(r rune) bool { return r >= 0x80 }); i >= 0 {
		t.Fatalf("not ASCII at %d: %q", i, text)
	}
	names := make(map[string]bool)
	for n, value := range d.All() {
		if names[n] && !strings.Contains(n, "\ufffd") {
			t.Fatalf("name %q twice in %s", n, text)
		}
		names[n] = true
		var again Data // what a handler sets as it got it must be readable
		if err := again.Set(n, value); err != nil {
			t.Fatalf("set %q as it was got from %s: %v", n, text, err)
		}
		if _, err := ParseData(again.AppendJSON(nil)); err != nil {
			t.Fatalf("%s was written as %s: %v", text, again, err)
		}
	}
	signed, err := c.encode(d, time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	back, _, err := c.decode(signed)
	if err != nil || !bytes.Equal(back.AppendJSON(nil), text) {
		t.Fatalf("%s came back as %s (%v)", text, back, err)
	}
}

// FuzzCookieValue looks for a Cookie header that hides the last cookie of a name.
func FuzzCookieValue(f *testing.F) {
	for _, v := range readVectors(f).CookieHeader {
		f.Add(v[0].(string), "k")
	}
	f.Add("sessionid=a; sessionid=\x00\xff", "b")
	f.Fuzz(func(t *testing.T, header, value string) {
		before, known := cookieValue([]string{header}, "sessionid")
		if known && (strings.Contains(before, ";") || trimSpace(before) != before || !strings.Contains(header, before)) {
			t.Fatalf("%q in %q", before, header)
		}
		value = trimSpace(strings.ReplaceAll(value, ";", ""))
		for _, headers := range [][]string{{header + "; sessionid=" + value}, {header, "sessionid=" + value}, {header, " sessionid = " + value + " ;"}} {
			if got, ok := cookieValue(headers, "sessionid"); !ok || got != value {
				t.Fatalf("got %q, %t, want %q, from %q", got, ok, value, headers)
			}
		}
		got, ok := cookieValue([]string{"sessionid=" + value, header}, "sessionid")
		if want := value; !ok || (got != want && got != before) {
			t.Fatalf("got %q, %t before %q", got, ok, header)
		}
	})
}
