package session

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestDecodeDjango(t *testing.T) {
	v := readVectors(t)
	c := newCodec(dbSalt, Keys{v.SecretKey})
	for _, tt := range append(v.SessionData, v.Edge...) {
		t.Run(tt.ID, func(t *testing.T) {
			d, _, err := c.decode(tt.SessionData)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.String(); got != tt.JSON {
				t.Errorf("decoded %.200s, want %.200s", got, tt.JSON)
			}
		})
	}
}

func TestEncodeAsDjango(t *testing.T) {
	v := readVectors(t)
	c := newCodec(dbSalt, Keys{v.SecretKey})
	for _, tt := range append(v.SessionData, v.Edge...) {
		t.Run(tt.ID, func(t *testing.T) {
			d, err := ParseData([]byte(tt.JSON))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.encode(d, time.Unix(tt.Timestamp, 0))
			if err != nil {
				t.Fatal(err)
			}
			// Go's zlib ends with an empty block of 5 bytes that Python's has not: that decides
			// where compression saves next to nothing.
			payload, _, _ := strings.Cut(tt.SessionData, ":")
			saved := len(tt.JSON) - base64.RawURLEncoding.DecodedLen(len(payload)-1)
			compressed := strings.HasPrefix(tt.SessionData, ".") && saved > 1+5
			if strings.HasPrefix(got, ".") != compressed {
				t.Errorf("%s is compressed: %t, want %t", got, !compressed, compressed)
			}
			if !strings.HasPrefix(tt.SessionData, ".") && got != tt.SessionData {
				t.Errorf("encoded %s, want %s", got, tt.SessionData)
			}
			if back, _, err := c.decode(got); err != nil || back.String() != tt.JSON {
				t.Errorf("decoded again %.200s (%v), want %.200s", back, err, tt.JSON)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	v := readVectors(t)
	c := newCodec(dbSalt, Keys{v.SecretKey})
	for _, tt := range v.Empty {
		t.Run(tt.ID, func(t *testing.T) {
			if d, _, err := c.decode(tt.SessionData); err == nil || d.Len() > 0 {
				t.Errorf("decoded %s, want an error", d)
			}
		})
	}
}

func TestDecodeOdd(t *testing.T) {
	v := readVectors(t)
	c := newCodec(dbSalt, Keys{v.SecretKey})
	want := map[string]string{
		"valid signature, JSON list": `{}`,
		// Django reads UTF-8 as Latin-1, so this does too.
		"raw UTF-8 JSON payload (written by Go)": `{"\u00e5\u009f\u008e\u00e5\u00b8\u0082":"\u00e5\u008c\u0097\u00e4\u00ba\u00ac",` +
			`"\u00e7\u0094\u00a8\u00e6\u0088\u00b7":"\u00e5\u00bc\u00a0\u00e4\u00b8\u0089"}`,
	}
	for _, tt := range v.Odd {
		if d, _, err := c.decode(tt.SessionData); err != nil || d.String() != want[tt.ID] {
			t.Errorf("%s: decoded %s (%v), want %s", tt.ID, d, err, want[tt.ID])
		}
	}
}

func TestFallbackKeys(t *testing.T) {
	v := readVectors(t)
	now := time.Unix(1_700_000_000, 0)
	both := newCodec(dbSalt, Keys{v.SecretKey, v.OldSecretKey})
	d, _, err := both.decode(v.OldKey.SessionData)
	if err != nil || d.String() != v.OldKey.JSON {
		t.Errorf("by the old key: %s (%v), want %s", d, err, v.OldKey.JSON)
	}
	onlyNew := newCodec(dbSalt, Keys{v.SecretKey})
	if _, _, err := onlyNew.decode(v.OldKey.SessionData); !errors.Is(err, errSignature) {
		t.Errorf("without the old key: error %v, want %v", err, errSignature)
	}
	text, err := both.encode(d, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onlyNew.decode(text); err != nil {
		t.Errorf("written anew it must be signed by the newest key: %v", err)
	}
	if _, err := newCodec(dbSalt, nil).encode(d, now); err == nil {
		t.Error("encoded without any key, want an error")
	}
	if printed := (Keys{"secret"}).String(); strings.Contains(printed, "secret ") && printed != "1 secret keys" {
		t.Errorf("printed keys are %q", printed)
	}
}

func TestBase62(t *testing.T) {
	for _, v := range readVectors(t).Base62 {
		n, want := int64(v[0].(float64)), v[1].(string)
		if got := string(appendBase62(nil, n)); got != want {
			t.Errorf("base62 of %d is %s, want %s", n, got, want)
		}
		if got, ok := parseBase62(want); !ok || got != n {
			t.Errorf("base62 %s is %d, want %d", want, got, n)
		}
	}
	for s, want := range map[string]bool{"0": true, "1xVFTF": true, "-z": true, "": false, "-": false, "a b": false, "a_": false} {
		if _, got := parseBase62(s); got != want {
			t.Errorf("parseBase62(%q) is %t, want %t", s, got, want)
		}
	}
}

// signed signs a payload as it is.
func signed(c *codec, payload string) string {
	value := payload + ":1r31eq"
	s := sign(c.macs[0], []byte(value))
	return value + ":" + string(s[:])
}

func TestCompressionBomb(t *testing.T) {
	c := newCodec(dbSalt, Keys{"k"})
	for _, tt := range []struct {
		name string
		size int
		ok   bool
	}{
		{"just fits", maxData, true},
		{"a byte too much", maxData + 1, false},
		{"four times too much", 4 * maxData, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := zlib.NewWriter(&b)
			text := `{"a":"` + strings.Repeat("x", tt.size-8) + `"}`
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			d, _, err := c.decode(signed(c, "."+base64.RawURLEncoding.EncodeToString(b.Bytes())))
			if (err == nil) != tt.ok {
				t.Errorf("error %v, want none: %t", err, tt.ok)
			}
			if tt.ok && d.String() != text {
				t.Error("decoded another text")
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	c := newCodec(dbSalt, Keys{"k"})
	var d Data
	if err := d.Set("a", strings.Repeat("x", maxData)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.encode(d, time.Unix(0, 0)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}

// What is not tried must not have been worth it: the most compressible objects up to that length.
func TestIncompressible(t *testing.T) {
	for n := 6; n <= incompressible; n++ {
		text := `{"":` + strings.Repeat("1", n-5) + `}`
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if b.Len() < len(text)-1 {
			t.Errorf("%s compresses to %d bytes", text, b.Len())
		}
	}
}
