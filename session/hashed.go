package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Hashed returns store with a SHA-256 of each key in place of the key. Who steals what is stored
// cannot log in with it: the cookie holds the key, and no hash leads back to it. A Django cannot
// share such sessions.
func Hashed(store Store) Store { return &hashed{store} }

type hashed struct{ store Store }

// StoredKey returns the name under which store keeps the session of a key: what a list of sessions
// may hold without being a list of keys.
func StoredKey(store Store, key string) string {
	if _, ok := store.(*hashed); ok && key != "" {
		return hashKey(key)
	}
	return key
}

// ByStoredKey returns store as it is asked for sessions by their StoredKey.
func ByStoredKey(store Store) Store {
	if h, ok := store.(*hashed); ok {
		return h.store
	}
	return store
}

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// isHash reports whether a client's key has the form of what Hashed stores, which no key has: it is
// not looked up, lest a table stolen while keys were hashed be of use once they are not.
func isHash(key string) bool {
	_, err := hex.DecodeString(key)
	return err == nil && len(key) == hex.EncodedLen(sha256.Size)
}

// Load is Store's.
func (h *hashed) Load(ctx context.Context, key string) (Record, error) {
	r, err := h.store.Load(ctx, hashKey(key))
	if err != nil {
		return Record{}, err
	}
	r.Key = key
	return r, nil
}

// Create is Store's.
func (h *hashed) Create(ctx context.Context, r Record) (Record, error) {
	key := r.Key
	r.Key = hashKey(key)
	r, err := h.store.Create(ctx, r)
	if err != nil {
		return Record{}, err
	}
	r.Key = key
	return r, nil
}

// Update is Store's.
func (h *hashed) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	var changed string
	r, err := h.store.Update(ctx, hashKey(key), func(r *Record) error {
		r.Key = key
		if err := change(r); err != nil {
			return err
		}
		changed, r.Key = r.Key, hashKey(r.Key)
		return nil
	})
	if err != nil {
		return Record{}, err
	}
	r.Key = changed
	return r, nil
}

// Delete is Store's.
func (h *hashed) Delete(ctx context.Context, key string) error {
	return h.store.Delete(ctx, hashKey(key))
}

// DeleteExpired is Store's.
func (h *hashed) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	return h.store.DeleteExpired(ctx, before, limit)
}
