package engines

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// server represents one process of a site, as far as sessions are concerned.
type server struct {
	store  session.Store
	delete func(ctx context.Context, key string) error // deletes the row without telling the store; nil if that is impossible
	close  func() error
}

// opener starts a server. All servers started by one opener share the same data.
type opener func(ctx context.Context) (*server, error)

// openers returns an opener for each engine, by name.
func (e *Engines) openers() map[string]opener {
	return map[string]opener{
		"db": func(ctx context.Context) (*server, error) {
			return e.openDB(ctx, "db", func(db *session.DB) session.Store { return db })
		},
		"cached_db": func(ctx context.Context) (*server, error) {
			return e.openDB(ctx, "cached_db", func(db *session.DB) session.Store { return session.NewCachedDB(db, smallMemory, e.now) })
		},
		"cache": func(context.Context) (*server, error) {
			return &server{store: session.NewCache(smallMemory, e.now), close: func() error { return nil }}, nil
		},
		"signed_cookies": func(context.Context) (*server, error) {
			return &server{store: session.NewSignedCookies(e.keys, e.now), close: func() error { return nil }}, nil
		},
		"redis": e.openRedis,
	}
}

// smallMemory bounds the memory of an engine with a cache.
var smallMemory = session.Limits{Entries: 100, Bytes: 1 << 20}

// openDB starts a server with its sessions in a database file.
func (e *Engines) openDB(ctx context.Context, name string, engine func(*session.DB) session.Store) (*server, error) {
	db, err := database.Open(ctx, filepath.Join(e.folder, name+".db"))
	if err != nil {
		return nil, err
	}
	remove := func(ctx context.Context, key string) error {
		_, err := db.Exec(ctx, `DELETE FROM django_session WHERE session_key = ?`, key)
		return err
	}
	return &server{engine(session.NewDB(db, e.keys, e.now)), remove, db.Close}, nil
}

// reachTime bounds how long Redis may take to answer.
const reachTime = time.Second

// openRedis starts a server with its sessions in Redis.
func (e *Engines) openRedis(ctx context.Context) (*server, error) {
	if e.newRedis == nil {
		return nil, session.ErrUnavailable
	}
	client := e.newRedis()
	limited, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	if err := client.Ping(limited).Err(); err != nil {
		return nil, errors.Join(session.ErrUnavailable, err, client.Close())
	}
	client.AddHook(counter{})
	remove := func(ctx context.Context, key string) error { return client.Del(ctx, e.prefix+key).Err() }
	return &server{session.NewRedisUnder(client, e.prefix, e.now), remove, client.Close}, nil
}

var _ redis.Hook = counter{}
