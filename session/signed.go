package session

import (
	"strings"
	"time"
)

// Signed is a signed text taken apart: what Django keeps in session_data, or in the cookie of its engine
// signed_cookies.
type Signed struct {
	Payload    string // the data in base64, after a dot if it is compressed
	Timestamp  string // in base 62
	Signature  string
	Compressed bool
	Time       time.Time // of the signature
}

// ParseSigned takes a text apart for those who want to see its parts. ok is false for a text that has no
// such parts. Whether the signature is good, only the store that has the keys knows.
func ParseSigned(text string) (s Signed, ok bool) {
	value, signature, ok1 := cutLast(text)
	payload, stamp, ok2 := cutLast(value)
	seconds, ok3 := parseBase62(stamp)
	// Eight digits are enough for millions of years; more make no time.
	if !ok1 || !ok2 || !ok3 || seconds < 0 || len(stamp) > 8 {
		return Signed{}, false
	}
	content, compressed := strings.CutPrefix(payload, ".")
	if strings.Trim(content, base62+"-_") != "" { // the letters of base64 in addresses
		return Signed{}, false
	}
	return Signed{payload, stamp, signature, compressed, time.Unix(seconds, 0)}, true
}
