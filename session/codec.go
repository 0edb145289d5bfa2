package session

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"strings"
	"sync"
	"time"
)

// maxData bounds a session's JSON in bytes, when it is written and when compressed data is read.
const maxData = 1 << 20

// incompressible is a length in bytes up to which compress/zlib cannot make a JSON object shorter:
// header, checksum and the end mark take 11 bytes, the shortest block for such text 9 more.
// A counter alone is shorter than that, and trying costs more than all the rest.
const incompressible = 20

// The salts separate the signatures of one use from others of the same secret (Django's key_salt,
// and the salt of its signed_cookies).
const (
	dbSalt     = "django.contrib.sessions.SessionStore"
	cookieSalt = "django.contrib.sessions.backends.signed_cookies"
)

// Keys are the secrets that session data is signed with: the first one signs, all of them verify
// (Django's SECRET_KEY and SECRET_KEY_FALLBACKS).
type Keys []string

// String returns how many keys there are. It keeps the secrets out of logs.
func (k Keys) String() string { return fmt.Sprintf("%d secret keys", len(k)) }

// A codec turns session data into Django's signed text and back (django.core.signing.dumps and
// loads, compressed). It may be used from many goroutines at once.
type codec struct {
	macs    []*sync.Pool // of hash.Hash, one pool a key: a used HMAC is reset for less than a new one
	writers sync.Pool    // of *zlib.Writer, whose tables are large
}

// errSignature says that no key signed a text.
var errSignature = errors.New("session data: bad signature")

// newCodec returns a codec for one use. It derives the HMAC keys once.
func newCodec(salt string, keys Keys) *codec {
	c := &codec{writers: sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}}
	for _, secret := range keys {
		key := sha256.Sum256([]byte(salt + "signer" + secret))
		c.macs = append(c.macs, &sync.Pool{New: func() any { return hmac.New(sha256.New, key[:]) }})
	}
	return c
}

// encode returns d as the text that Django stores. Its error is ErrTooLarge, or that there is no key.
func (c *codec) encode(d Data, now time.Time) (string, error) {
	if len(c.macs) == 0 {
		return "", errors.New("session data: no secret key to sign with")
	}
	var room [512]byte
	text := d.AppendJSON(room[:0])
	if err := checkSize(len(text)); err != nil {
		return "", err
	}
	signed := make([]byte, 0, base64.RawURLEncoding.EncodedLen(len(text))+64)
	if small := c.compress(text); small != nil {
		signed = append(signed, '.')
		text = small
	}
	signed = base64.RawURLEncoding.AppendEncode(signed, text)
	signed = append(signed, ':')
	signed = appendBase62(signed, now.Unix())
	signature := sign(c.macs[0], signed)
	signed = append(signed, ':')
	return string(append(signed, signature[:]...)), nil
}

func checkSize(json int) error {
	if json > maxData {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, json)
	}
	return nil
}

// compress returns text compressed, or nil if that would not be shorter, its mark included.
func (c *codec) compress(text []byte) []byte {
	if len(text) <= incompressible {
		return nil
	}
	var b bytes.Buffer
	w := c.writers.Get().(*zlib.Writer)
	defer c.writers.Put(w)
	w.Reset(&b)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil || b.Len() >= len(text)-1 {
		return nil // a Buffer does not fail
	}
	return b.Bytes()
}

// decode returns the data in a signed text and when it was signed. How old that may be is up to the
// caller.
func (c *codec) decode(text string) (Data, time.Time, error) {
	value, signature, ok := cutLast(text)
	if !ok || !c.verify(value, signature) {
		return Data{}, time.Time{}, errSignature
	}
	payload, stamp, _ := cutLast(value)
	at, ok := parseBase62(stamp)
	if !ok {
		return Data{}, time.Time{}, errors.New("session data: no time of signature")
	}
	d, err := decodePayload(payload)
	if err != nil {
		return Data{}, time.Time{}, fmt.Errorf("session data: %w", err)
	}
	return d, time.Unix(at, 0), nil
}

func decodePayload(payload string) (Data, error) {
	payload, compressed := strings.CutPrefix(payload, ".")
	content, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err == nil && strings.ContainsAny(payload, "\r\n") {
		err = base64.CorruptInputError(0) // Go skips line breaks
	}
	if err == nil && compressed {
		content, err = decompress(content)
	}
	if err != nil {
		return Data{}, err
	}
	return ParseData(content)
}

func (c *codec) verify(value, signature string) bool {
	for _, mac := range c.macs {
		want := sign(mac, []byte(value))
		if hmac.Equal(want[:], []byte(signature)) {
			return true
		}
	}
	return false
}

func decompress(content []byte) (text []byte, err error) {
	r, err := zlib.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(r, maxData+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxData {
		return nil, ErrTooLarge
	}
	return text, nil
}

// A signature is a SHA-256 in URL-safe base64 without padding.
type signature [43]byte

func sign(macs *sync.Pool, value []byte) (s signature) {
	mac := macs.Get().(hash.Hash)
	defer macs.Put(mac)
	mac.Reset()
	mac.Write(value)
	var sum [sha256.Size]byte
	base64.RawURLEncoding.Encode(s[:], mac.Sum(sum[:0]))
	return s
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

func appendBase62(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n = -max(n, -math.MaxInt64)
	}
	var digits [11]byte // 62^11 > 2^63
	at := len(digits)
	for {
		at--
		digits[at] = base62[n%62]
		n /= 62
		if n == 0 {
			return append(dst, digits[at:]...)
		}
	}
}

// parseBase62 reads what appendBase62 writes. Django's integers have no limit; one that does not fit
// becomes the largest or the smallest here.
func parseBase62(s string) (n int64, ok bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" {
		return 0, false
	}
	for _, c := range []byte(digits) {
		digit := int64(strings.IndexByte(base62, c))
		switch {
		case digit < 0:
			return 0, false
		case n > (math.MaxInt64-digit)/62:
			n = math.MaxInt64
		default:
			n = 62*n + digit
		}
	}
	if negative {
		n = -n
	}
	return n, true
}
