package session

import (
	"context"
	"fmt"
	"time"
)

// SignedCookies, the engine "signed_cookies", keeps the whole session in the cookie. The cookie's
// value, which is the session's key here, is the data as Django's engine of that name signs it, so that
// a Django with the same secret key reads it. The server keeps nothing.
//
// What follows from that, and is no fault of this code:
//   - Anyone who has the cookie can read it. Signed is not secret.
//   - Nothing can be taken back. Delete does nothing: anyone who kept a copy of the cookie stays logged
//     in after the logout, until the copy expires.
//   - Parallel requests lose changes. Each is answered with a cookie of its own, and the browser keeps
//     the last one that arrives.
//   - There is little room. Browsers silently drop a cookie that is too large, so that it is
//     ErrTooLarge here.
//
// A session expires by the expiry in its data, counted from its signature, to the second.
type SignedCookies struct {
	codec *codec
	now   func() time.Time
}

var _ Store = (*SignedCookies)(nil)

// CanRevoke reports whether store can end a session that is not the request's own: signed_cookies
// cannot.
func CanRevoke(store Store) bool {
	_, inCookie := store.(*SignedCookies)
	return !inCookie
}

// maxCookie is how long name and value of a cookie may be together, in bytes (RFC 6265bis section
// 5.6). The name of a session's cookie is never longer than the one over TLS.
const maxCookie = 4096

// NewSignedCookies returns the engine. The first of keys signs, all of them verify.
func NewSignedCookies(keys Keys, now func() time.Time) *SignedCookies {
	return &SignedCookies{codec: newCodec(cookieSalt, keys), now: now}
}

// Load implements Store.
func (s *SignedCookies) Load(ctx context.Context, key string) (Record, error) {
	r, err := s.load(ctx, key)
	return r, engineError("signed_cookies", "load", err)
}

func (s *SignedCookies) load(ctx context.Context, key string) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	d, signed, err := s.codec.decode(key)
	if err != nil {
		return Record{}, ErrNotFound // including a forged one
	}
	r := Record{Key: key, Data: d, Expires: expiryOf(d).date(signed), Raw: key}
	if !r.Expires.After(s.now()) {
		return Record{}, ErrNotFound
	}
	return r, nil
}

// Create implements Store. The record comes back under its real key.
func (s *SignedCookies) Create(ctx context.Context, r Record) (Record, error) {
	err := ctx.Err()
	if err == nil {
		r, err = s.sign(r)
	}
	return r, engineError("signed_cookies", "create", err)
}

// Update implements Store, but for the promise that no other update comes in between: the old key stays
// as valid as the new one.
func (s *SignedCookies) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	r, err := s.load(ctx, key)
	if err == nil {
		err = change(&r)
	}
	if err == nil {
		r, err = s.sign(r)
	}
	if err != nil {
		return Record{}, engineError("signed_cookies", "update", err)
	}
	return r, nil
}

func (s *SignedCookies) sign(r Record) (Record, error) {
	key, err := s.codec.encode(r.Data, s.now())
	if err != nil {
		return Record{}, err
	}
	if size := len(CookieName(true)) + len(key); size > maxCookie {
		return Record{}, fmt.Errorf("%w: the cookie would have %d bytes, and browsers keep %d", ErrTooLarge, size, maxCookie)
	}
	r.Key, r.Raw = key, key
	return r, nil
}

// Delete does nothing: the server keeps nothing that could be deleted.
func (s *SignedCookies) Delete(ctx context.Context, key string) error {
	return engineError("signed_cookies", "delete", ctx.Err())
}

// DeleteExpired does nothing, for the same reason.
func (s *SignedCookies) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	return 0, engineError("signed_cookies", "delete expired", ctx.Err())
}
