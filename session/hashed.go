package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Hashed returns a view of store that keeps the SHA-256 of each key in place of the key. A thief of the
// stored sessions cannot log in with them: the cookie holds the key, and no hash leads back to it. A
// Django cannot share such sessions.
func Hashed(store Store) Store { return &hashed{store} }

type hashed struct{ store Store }

// StoredKey returns the name under which store keeps the session of a key. A list of sessions can hold
// it without being a list of keys.
func StoredKey(store Store, key string) string {
	if _, ok := store.(*hashed); ok && key != "" {
		return hashKey(key)
	}
	return key
}

// ByStoredKey returns a view of store in which sessions are found by their StoredKey.
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

// isHash reports whether a client's key has the form of what Hashed stores, which no real key has. It is
// not looked up, so that a table stolen while keys were hashed stays useless once they are not.
func isHash(key string) bool {
	_, err := hex.DecodeString(key)
	return err == nil && len(key) == hex.EncodedLen(sha256.Size)
}

// Load implements Store.
func (h *hashed) Load(ctx context.Context, key string) (Record, error) {
	r, err := h.store.Load(ctx, hashKey(key))
	if err != nil {
		return Record{}, err
	}
	r.Key = key
	return r, nil
}

// Create implements Store.
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

// Update implements Store.
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

// Delete implements Store.
func (h *hashed) Delete(ctx context.Context, key string) error {
	return h.store.Delete(ctx, hashKey(key))
}

// DeleteExpired implements Store.
func (h *hashed) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	return h.store.DeleteExpired(ctx, before, limit)
}
