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

// Redis is the engine "redis": sessions in a Redis or Valkey server, in Sentinel's or in a Cluster,
// shared by all processes that use it. Each session is one key, with its expiry, that a person can
// read: GET sessionlab:session:KEY.
//
// An update is a compare-and-swap: the script below replaces the very text that change was given,
// or else says what is there now, and change is called again. Each text has a random part, so that
// a swap whose answer was lost is recognized, and nothing is counted twice.
//
// How durable a session is, Redis is told by its own settings (appendonly, appendfsync).
type Redis struct {
	client redis.UniversalClient
	prefix string // of all its keys
	swap   *redis.Script
	now    func() time.Time

	// turns let the updates of one session in this process go one after the other. They would be
	// right without, but each would have to try again as often as there are others.
	turns [256]chan struct{}
	seed  maphash.Seed

	mu    sync.Mutex
	known *memory[string] // the texts that were last seen: a guess that saves the update a GET
}

var _ Store = (*Redis)(nil)

// redisPrefix is what all keys begin with.
const redisPrefix = "sessionlab:session:"

// redisTries bounds how often an update meets somebody else's.
const redisTries = 100

// NewRedis returns the engine over a client, which stays the caller's to close. The client should
// have ContextTimeoutEnabled, without which a server that hangs is waited for longer than promised.
func NewRedis(client redis.UniversalClient, now func() time.Time) *Redis {
	return NewRedisUnder(client, redisPrefix, now)
}

// NewRedisUnder is NewRedis with sessions of their own, whose keys have another prefix.
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

// Load is Store's.
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

// Create is Store's.
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
		old = found // expired by this clock, if not by the server's
	}
	return "", errBusy
}

var errBusy = fmt.Errorf("%w: others changed the session each time", ErrUnavailable)

// Update is Store's. change is called again whenever another update was faster.
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
	guess := old != "" // only the server can say that a session has expired, or change that it refuses
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
			found = old // ours, and only the answer was lost
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

// Delete is Store's.
func (s *Redis) Delete(ctx context.Context, key string) error {
	return s.do(ctx, "delete", func(ctx context.Context) error {
		s.remember(key, "")
		return redisError(s.client.Del(ctx, s.prefix+key).Err())
	})
}

// DeleteExpired finds nothing: Redis deletes by itself what has expired.
func (s *Redis) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	return 0, engineError("redis", "delete expired", ctx.Err())
}

// redisText is a session as Redis keeps it: {"expires": …, "write": …, "data": {…}}.
func redisText(r Record) (string, error) {
	if err := checkSize(r.Data.size()); err != nil {
		return "", err
	}
	b := append([]byte(`{"expires":"`), r.Expires.UTC().Format(time.RFC3339Nano)...)
	b = append(b, `","write":"`...)
	b = append(b, rand.Text()[:8]...) // tells this text from all others, see Redis
	b = append(b, `","data":`...)
	b = r.Data.AppendJSON(b)
	return string(append(b, '}')), nil
}

// live returns the session in a text, or ErrNotFound if it has expired. One whose text somebody has
// broken is empty, as a row is in DB, and the next write repairs it.
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
