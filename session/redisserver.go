package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// redisPatience is how long an operation may take before it is ErrUnavailable.
	redisPatience = 2 * time.Second
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

// do runs an operation within redisPatience.
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

// redisError returns ErrUnavailable for whatever goes wrong with the server, which may be unreachable,
// loading, read-only or out of memory.
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
			new = "" // it has expired
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
