package session

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Redis, the engine "redis", keeps sessions in a Redis or Valkey server, under Sentinel or in a
// Cluster, shared by all processes that use it. Each session is one key with its expiry, which a person
// can read: GET sessionlab:session:KEY. What is asked of the server is in redisserver.go.
//
// An update is a compare-and-swap: a script replaces the text that change was given or, if there is
// another one, returns that, and change is called again. Each text has a random part, so that a swap
// whose reply was lost is recognized, and nothing is counted twice.
//
// Durability depends on Redis's settings (appendonly, appendfsync).
type Redis struct {
	client redis.UniversalClient
	prefix string // of all its keys
	swap   *redis.Script
	now    func() time.Time

	// turns make the updates of one session in this process run one after the other. They would be
	// correct without, but each would have to try again as often as there are others.
	turns [256]chan struct{}
	seed  maphash.Seed

	mu    sync.Mutex
	known *memory[string] // the texts that were last seen: a guess that saves the update a GET
}

var _ Store = (*Redis)(nil)

// redisPrefix begins all keys.
const redisPrefix = "sessionlab:session:"

// redisTries bounds how often an update tries again because another was faster.
const redisTries = 100

// NewRedis returns the engine over a client, which the caller closes. The client should have
// ContextTimeoutEnabled; otherwise a server that hangs delays requests for longer than promised.
func NewRedis(client redis.UniversalClient, now func() time.Time) *Redis {
	return NewRedisUnder(client, redisPrefix, now)
}

// NewRedisUnder returns an engine as NewRedis does, for other sessions, whose keys have that prefix.
func NewRedisUnder(client redis.UniversalClient, prefix string, now func() time.Time) *Redis {
	s := &Redis{
		client: client, prefix: prefix, swap: redis.NewScript(swapScript), now: now, seed: maphash.MakeSeed(),
		known: newMemory[string](Limits{Entries: 10_000, Bytes: 16 << 20}),
	}
	for i := range s.turns {
		s.turns[i] = make(chan struct{}, 1)
	}
	return s
}

// Load implements Store.
func (s *Redis) Load(ctx context.Context, key string) (r Record, err error) {
	err = s.do(ctx, "load", func(ctx context.Context) error {
		text, err := s.get(ctx, key)
		if err != nil {
			return err
		}
		s.remember(key, text)
		r, err = s.live(key, text)
		return err
	})
	return r, err
}

// Create implements Store.
func (s *Redis) Create(ctx context.Context, r Record) (Record, error) {
	err := s.do(ctx, "create", func(ctx context.Context) error {
		var err error
		r.Raw, err = s.create(ctx, r)
		return err
	})
	return r, err
}

func (s *Redis) create(ctx context.Context, r Record) (text string, err error) {
	text, err = redisText(r)
	if err != nil {
		return "", err
	}
	old := ""
	for range redisTries {
		found, err := s.replace(ctx, r.Key, old, text, r.Expires)
		switch {
		case err != nil:
			return "", err
		case found == old, found == text:
			return text, nil
		}
		if _, err := s.live(r.Key, found); err == nil {
			return "", ErrExists
		}
		old = found // expired by this process's clock, if not by the server's
	}
	return "", errBusy
}

var errBusy = fmt.Errorf("%w: others changed the session each time", ErrUnavailable)

// Update implements Store. change is called again whenever another update was faster.
func (s *Redis) Update(ctx context.Context, key string, change func(*Record) error) (r Record, err error) {
	err = s.do(ctx, "update", func(ctx context.Context) error {
		turn := s.turns[maphash.String(s.seed, key)%uint64(len(s.turns))]
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
		r, err = s.update(ctx, key, change)
		return err
	})
	if err != nil {
		return Record{}, err
	}
	return r, nil
}

func (s *Redis) update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	old := s.recall(key)
	guess := old != "" // what it says, and what change says to it, counts only if the server has that text
	for try := range redisTries {
		if old == "" {
			var err error
			if old, err = s.get(ctx, key); err != nil {
				return Record{}, err
			}
			guess = false
		}
		r, err := s.live(key, old)
		if err == nil {
			err = change(&r)
		}
		if err != nil && guess {
			old = ""
			continue
		}
		if err != nil {
			return Record{}, err
		}
		found, err := s.store(ctx, key, old, &r)
		switch {
		case err != nil:
			return Record{}, err
		case found == old:
			return r, nil
		case found == "":
			return Record{}, ErrNotFound
		}
		old, guess = found, false
		if try > 0 {
			if err := sleep(ctx, mathrand.N(10*time.Millisecond)); err != nil {
				return Record{}, err
			}
		}
	}
	return Record{}, errBusy
}

// store replaces the text old of key by r, if it is still there, and notes in r what it wrote. It
// returns what it found.
func (s *Redis) store(ctx context.Context, key, old string, r *Record) (found string, err error) {
	if r.Key == key {
		if r.Raw, err = redisText(*r); err != nil {
			return "", err
		}
		found, err = s.replace(ctx, key, old, r.Raw, r.Expires)
		if found == r.Raw {
			found = old // it was stored, and only the reply was lost
		}
		return found, err
	}
	// The two keys may be on different servers of a Cluster. Nobody knows the new one yet; the
	// session has moved once the old one is deleted, and stays where it is if it was changed.
	if r.Raw, err = s.create(ctx, *r); err != nil {
		return "", err
	}
	found, err = s.replace(ctx, key, old, "", time.Time{})
	if err == nil && found != old {
		_, err = s.replace(ctx, r.Key, r.Raw, "", time.Time{})
	}
	return found, err
}

// Delete implements Store.
func (s *Redis) Delete(ctx context.Context, key string) error {
	return s.do(ctx, "delete", func(ctx context.Context) error {
		s.remember(key, "")
		return redisError(s.client.Del(ctx, s.prefix+key).Err())
	})
}

// DeleteExpired does nothing: Redis itself deletes what has expired.
func (s *Redis) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	return 0, engineError("redis", "delete expired", ctx.Err())
}

// redisText returns a session as Redis keeps it: {"expires": …, "write": …, "data": {…}}.
func redisText(r Record) (string, error) {
	if err := checkSize(r.Data.size()); err != nil {
		return "", err
	}
	b := append([]byte(`{"expires":"`), r.Expires.UTC().Format(time.RFC3339Nano)...)
	b = append(b, `","write":"`...)
	b = append(b, rand.Text()[:8]...) // makes this text different from all others, see Redis
	b = append(b, `","data":`...)
	b = r.Data.AppendJSON(b)
	return string(append(b, '}')), nil
}

// live returns the session in a text, or ErrNotFound if it has expired. A damaged text gives an empty
// session, as a damaged row does in DB, and the next write repairs it.
func (s *Redis) live(key, text string) (Record, error) {
	r := Record{Key: key, Expires: s.now().Add(DefaultAge), Raw: text}
	outer, err := ParseData([]byte(text))
	if err != nil {
		return r, nil
	}
	expires, _ := outer.Get("expires")
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(expires))
	if err != nil {
		return r, nil
	}
	if !at.After(s.now()) {
		return Record{}, ErrNotFound
	}
	r.Expires = at
	if data, ok := outer.Value("data"); ok {
		r.Data, _ = ParseData([]byte(data)) // it was read once already
	}
	return r, nil
}
