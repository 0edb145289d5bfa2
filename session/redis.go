package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	mathrand "math/rand/v2"
	"strconv"
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

const (
	redisPrefix = "sessionlab:session:"

	// redisPatience is how long an operation may take. Then the answer is ErrUnavailable.
	redisPatience = 2 * time.Second
	// redisTries bounds how often an update meets somebody else's.
	redisTries = 100

	// swapScript replaces the text ARGV[1], "" for no text, by ARGV[2], which then lives for ARGV[3]
	// milliseconds or, if that is "", for ever. It returns what it found.
	swapScript = `
		local found = redis.call('GET', KEYS[1]) or ''
		if found == ARGV[1] then
			if ARGV[2] == '' then
				redis.call('DEL', KEYS[1])
			elseif ARGV[3] == '' then
				redis.call('SET', KEYS[1], ARGV[2])
			else
				redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
			end
		end
		return found`
)

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

// do runs an operation in the time that it has.
func (s *Redis) do(ctx context.Context, operation string, fn func(ctx context.Context) error) error {
	err := ctx.Err()
	if err == nil {
		limited, cancel := context.WithTimeout(ctx, redisPatience)
		defer cancel()
		err = fn(limited)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			err = ctx.Err()
		case limited.Err() != nil && errors.Is(err, limited.Err()):
			err = redisError(err)
		}
	}
	return engineError("redis", operation, err)
}

// redisError takes whatever goes wrong with the server for ErrUnavailable: it may be unreachable,
// loading, read-only, out of memory.
func redisError(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// get returns the text of a key, or ErrNotFound.
func (s *Redis) get(ctx context.Context, key string) (string, error) {
	text, err := s.client.Get(ctx, s.prefix+key).Result()
	if errors.Is(err, redis.Nil) || err == nil && text == "" {
		return "", ErrNotFound
	}
	return text, redisError(err)
}

// replace runs the script. It returns the text that it found: if that is old, it is new now.
func (s *Redis) replace(ctx context.Context, key, old, new string, expires time.Time) (found string, err error) {
	life := ""
	if !expires.Equal(never()) {
		left := expires.Sub(s.now())
		if left <= 0 {
			new = "" // as good as none
		}
		life = strconv.FormatInt(max(1, left.Milliseconds()), 10)
	}
	found, err = s.swap.Run(ctx, s.client, []string{s.prefix + key}, old, new, life).Text()
	switch {
	case err != nil:
		s.remember(key, "")
		return "", redisError(err)
	case found == old:
		s.remember(key, new)
	default:
		s.remember(key, found)
	}
	return found, nil
}

func (s *Redis) recall(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, _ := s.known.get(key)
	return text
}

func (s *Redis) remember(key, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == "" {
		s.known.remove(key)
	} else {
		s.known.put(key, text, len(text))
	}
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
