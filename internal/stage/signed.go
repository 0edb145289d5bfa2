package stage

import (
	"strings"
	"time"
)

// Signed is session data as Django signs it, taken apart.
type Signed struct {
	Payload    string
	Timestamp  string // base 62
	Signature  string
	Data       string // what the payload says
	Compressed bool
	Signed     time.Time
}

// Raw is the session after the exchange or, if it is gone, before it, as the engine keeps it; nil
// where that is no signed text.
func (v *SessionView) Raw() *Signed {
	s := v.After
	if s == nil {
		s = v.Before
	}
	if s == nil {
		return nil
	}
	value, signature, ok := cutLast(s.Raw)
	payload, stamp, ok2 := cutLast(value)
	seconds, ok3 := parseBase62(stamp)
	if !ok || !ok2 || !ok3 || !inBase64(strings.TrimPrefix(payload, ".")) || !inBase64(signature) {
		return nil
	}
	return &Signed{payload, stamp, signature, string(s.Data), strings.HasPrefix(payload, "."), time.Unix(seconds, 0)}
}

// inBase64 reports whether text is written in URL-safe base64, as all that is signed is.
func inBase64(text string) bool {
	return strings.Trim(text, base62+"-_") == ""
}

// cutLast cuts text around its last colon.
func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// parseBase62 reads a time as Django's signer writes it.
func parseBase62(s string) (n int64, ok bool) {
	if s == "" || len(s) > 8 {
		return 0, false
	}
	for i := range len(s) {
		digit := strings.IndexByte(base62, s[i])
		if digit < 0 {
			return 0, false
		}
		n = 62*n + int64(digit)
	}
	return n, true
}
