package session_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
)

// A stolen table is worthless: it holds no key, and a hash is not accepted as one.
func TestHashed(t *testing.T) {
	db := openDatabase(t)
	plain := session.NewDB(db, secret, time.Now)
	store := session.Hashed(plain)
	s := &site{t, store, time.Now}
	key := s.request("", set("user", "alice")).key
	sum := sha256.Sum256([]byte(key))
	row := queryString(t, db, `SELECT session_key FROM django_session`)
	if row != hex.EncodeToString(sum[:]) {
		t.Errorf("the table does not hold the SHA-256 of the key")
	}
	if got := s.data(key); got != `{"user":"alice"}` {
		t.Errorf("by the key: %s", got)
	}
	a := s.request(row, set("user", "mallory"))
	if a.key == row || s.data(key) != `{"user":"alice"}` || s.data(row) != "none" {
		t.Error("what the table holds was taken for a key")
	}
	unhashed := &site{t, plain, time.Now} // the flag was taken away again
	if a := unhashed.request(row, set("user", "mallory")); a.key == row || s.data(key) != `{"user":"alice"}` {
		t.Error("what the table held was taken for a key once keys were not hashed any more")
	}
	if got := session.StoredKey(store, key); got != row || session.StoredKey(plain, key) != key || session.StoredKey(store, "") != "" {
		t.Error("StoredKey is not what the table has")
	}
	if err := session.ByStoredKey(store).Delete(t.Context(), row); err != nil || s.data(key) != "none" {
		t.Errorf("deleted by what a list of sessions has: still %s (%v)", s.data(key), err)
	}
}

func TestHashedErrorsHoldNoKey(t *testing.T) {
	store := session.Hashed(session.NewCache(session.DefaultLimits(), time.Now))
	_, err := store.Load(t.Context(), djangoKey)
	if err == nil || strings.Contains(err.Error(), djangoKey) {
		t.Errorf("error %v", err)
	}
}
