package session

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"
)

// A CachedDB, the engine "cached_db", keeps sessions as rows, as DB does, and answers reads from this
// process's memory if it can. Every change is on disk before it is in memory, so that a restart or a
// second server loses nothing.
//
// After another process has changed or deleted a session, memory still answers for up to Fresh. It
// never brings a session back to the table.
type CachedDB struct {
	db  Store
	now func() time.Time

	mu       sync.Mutex
	sessions *memory[cached]
	seed     maphash.Seed
	slots    [256]slot
}

// Fresh is how long CachedDB answers from memory before it asks the table again.
const Fresh = time.Second

type cached struct {
	Record
	read time.Time
}

// A slot says whether memory may keep what was read from the table or written to it: not if a change of
// one of its sessions was in progress meanwhile. Which came first is unknown here, and memory might
// keep a session that is out of date or deleted.
type slot struct {
	writing int    // changes in progress
	turns   uint64 // how many have begun, and how many have ended
}

var _ Store = (*CachedDB)(nil)

// NewCachedDB returns the engine over db, with an empty memory of those limits.
func NewCachedDB(db *DB, limits Limits, now func() time.Time) *CachedDB {
	return &CachedDB{db: db, now: now, sessions: newMemory[cached](limits), seed: maphash.MakeSeed()}
}

// Stats returns the numbers of the engine's memory.
func (c *CachedDB) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions.stats()
}

// Load implements Store.
func (c *CachedDB) Load(ctx context.Context, key string) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, cachedError("load", err)
	}
	slot := c.slot(key)
	now := c.now()
	c.mu.Lock()
	known, ok := c.sessions.get(key)
	ok = ok && known.Expires.After(now) && now.Sub(known.read) < Fresh
	c.sessions.count(ok)
	before := slot.turns
	c.mu.Unlock()
	if ok {
		return known.Record, nil
	}
	r, err := c.db.Load(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil && slot.writing == 0 && slot.turns == before:
		c.keep(r, now)
	case errors.Is(err, ErrNotFound):
		c.sessions.remove(key)
	}
	return r, cachedError("load", err)
}

// Create implements Store.
func (c *CachedDB) Create(ctx context.Context, r Record) (Record, error) {
	return c.write("create", r.Key, func() (Record, error) { return c.db.Create(ctx, r) })
}

// Update implements Store.
func (c *CachedDB) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	return c.write("update", key, func() (Record, error) { return c.db.Update(ctx, key, change) })
}

// Delete implements Store.
func (c *CachedDB) Delete(ctx context.Context, key string) error {
	_, err := c.write("delete", key, func() (Record, error) { return Record{}, c.db.Delete(ctx, key) })
	return err
}

// write changes the row of a key and then memory, which keeps the new record, or nothing if another
// change was in progress meanwhile.
func (c *CachedDB) write(operation, key string, do func() (Record, error)) (r Record, err error) {
	slot := c.slot(key)
	now := c.now()
	c.mu.Lock()
	alone := slot.writing == 0
	slot.writing++
	slot.turns++
	mine := slot.turns
	c.mu.Unlock()
	done := false
	defer func() { // even if a handler's function panics
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sessions.remove(key)
		if done && r.Key == key && alone && slot.turns == mine {
			c.keep(r, now)
		}
		slot.writing--
		slot.turns++
	}()
	r, err = do()
	done = err == nil
	return r, cachedError(operation, err)
}

// DeleteExpired implements Store. Memory itself recognizes what has expired.
func (c *CachedDB) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := c.db.DeleteExpired(ctx, before, limit)
	return n, cachedError("delete expired", err)
}

func (c *CachedDB) keep(r Record, read time.Time) {
	c.sessions.put(r.Key, cached{r, read}, r.Data.size())
}

func (c *CachedDB) slot(key string) *slot {
	return &c.slots[maphash.String(c.seed, key)%uint64(len(c.slots))]
}

// cachedError returns err with the name of this engine in place of the one below it.
func cachedError(operation string, err error) error {
	if below, ok := errors.AsType[*Error](err); ok {
		err = below.Err
	}
	return engineError("cached_db", operation, err)
}
