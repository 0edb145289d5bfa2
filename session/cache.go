package session

import (
	"context"
	"sync"
	"time"
)

// A Cache, the engine "cache", keeps sessions in this process's memory. It is the fastest engine that
// keeps all of Store's promises. It loses everything when the process ends, and two servers do not
// share it.
//
// When it reaches its limits it drops the least recently used session, as if that had expired.
type Cache struct {
	now func() time.Time

	mu       sync.Mutex
	sessions *memory[Record]
}

var _ Store = (*Cache)(nil)

// NewCache returns an empty engine with those limits.
func NewCache(limits Limits, now func() time.Time) *Cache {
	return &Cache{now: now, sessions: newMemory[Record](limits)}
}

// Stats returns the numbers of the engine's memory.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions.stats()
}

// Load implements Store.
func (c *Cache) Load(ctx context.Context, key string) (r Record, err error) {
	err = c.do(ctx, "load", func() error {
		var ok bool
		r, ok = c.live(key)
		c.sessions.count(ok)
		if !ok {
			return ErrNotFound
		}
		return nil
	})
	return r, err
}

// Create implements Store.
func (c *Cache) Create(ctx context.Context, r Record) (Record, error) {
	err := c.do(ctx, "create", func() error {
		if _, taken := c.live(r.Key); taken {
			return ErrExists
		}
		return c.put(r)
	})
	return r, err
}

// Update implements Store. change is called once.
func (c *Cache) Update(ctx context.Context, key string, change func(*Record) error) (r Record, err error) {
	err = c.do(ctx, "update", func() error {
		var ok bool
		if r, ok = c.live(key); !ok {
			return ErrNotFound
		}
		if err := change(&r); err != nil {
			return err
		}
		if r.Key != key {
			if _, taken := c.live(r.Key); taken {
				return ErrExists
			}
		}
		if err := c.put(r); err != nil {
			return err
		}
		if r.Key != key {
			c.sessions.remove(key)
		}
		return nil
	})
	if err != nil {
		return Record{}, err
	}
	return r, nil
}

// Delete implements Store.
func (c *Cache) Delete(ctx context.Context, key string) error {
	return c.do(ctx, "delete", func() error {
		c.sessions.remove(key)
		return nil
	})
}

// DeleteExpired implements Store. It looks through all sessions, which takes some milliseconds for a
// hundred thousand.
func (c *Cache) DeleteExpired(ctx context.Context, before time.Time, limit int) (deleted int, err error) {
	err = c.do(ctx, "delete expired", func() error {
		for key, e := range c.sessions.entries {
			if deleted == limit {
				break
			}
			if e.Value.(*memoryEntry[Record]).value.Expires.Before(before) {
				c.sessions.remove(key)
				deleted++
			}
		}
		return nil
	})
	return deleted, err
}

// do runs one operation at a time, unless ctx has ended.
func (c *Cache) do(ctx context.Context, operation string, fn func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := ctx.Err()
	if err == nil {
		err = fn()
	}
	return engineError("cache", operation, err)
}

func (c *Cache) live(key string) (Record, bool) {
	r, ok := c.sessions.get(key)
	return r, ok && r.Expires.After(c.now())
}

func (c *Cache) put(r Record) error {
	size := r.Data.size()
	if err := checkSize(size); err != nil {
		return err
	}
	if !c.sessions.put(r.Key, r, size) {
		return ErrTooLarge
	}
	return nil
}
