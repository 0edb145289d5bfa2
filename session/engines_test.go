package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/session"
	"sessionlab/session/storetest"
)

var secret = session.Keys{"secret"}

// engines returns all engines as the lab has them; those that need a server come last.
func engines() []namedEngine {
	db := func(t *testing.T, now func() time.Time) *session.DB {
		return session.NewDB(openDatabase(t), secret, now)
	}
	type store = session.Store
	return []namedEngine{
		{"db", storetest.Engine{New: func(t *testing.T, now func() time.Time) store { return db(t, now) }}},
		{"db, hashed", storetest.Engine{New: func(t *testing.T, now func() time.Time) store { return session.Hashed(db(t, now)) }}},
		{"cache", storetest.Engine{New: func(t *testing.T, now func() time.Time) store {
			return session.NewCache(session.DefaultLimits(), now)
		}}},
		{"cached_db", storetest.Engine{New: func(t *testing.T, now func() time.Time) store {
			return session.NewCachedDB(db(t, now), session.DefaultLimits(), now)
		}}},
		{"signed_cookies", storetest.Engine{InKey: true, New: func(t *testing.T, now func() time.Time) store {
			return session.NewSignedCookies(secret, now)
		}}},
		{"redis", storetest.Engine{ExpiresItself: true, New: newRedis}},
		{"redis, hashed", storetest.Engine{ExpiresItself: true, New: func(t *testing.T, now func() time.Time) store {
			return session.Hashed(newRedis(t, now))
		}}},
	}
}

type namedEngine struct {
	name string
	storetest.Engine
}

func newRedis(t *testing.T, now func() time.Time) session.Store {
	client := storetest.StartRedis(t).Client()
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return session.NewRedis(client, now)
}

func TestEngines(t *testing.T) {
	for _, engine := range engines() {
		t.Run(engine.name, func(t *testing.T) { storetest.Run(t, engine.Engine) })
	}
}

// Sentinels say which server is the one to write to.
func TestRedisSentinel(t *testing.T) {
	server := storetest.StartRedis(t)
	sentinel := storetest.StartSentinel(t, "lab", server.Addr)
	storetest.Run(t, storetest.Engine{ExpiresItself: true, New: func(t *testing.T, now func() time.Time) session.Store {
		server.Do("FLUSHALL")
		client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{sentinel}, MasterName: "lab", ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		return session.NewRedis(client, now)
	}})
}

// A session that moves may move to another server of the Cluster.
func TestRedisCluster(t *testing.T) {
	addrs := storetest.StartRedisCluster(t)
	storetest.Run(t, storetest.Engine{ExpiresItself: true, New: func(t *testing.T, now func() time.Time) session.Store {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		err := client.ForEachMaster(t.Context(), func(ctx context.Context, node *redis.Client) error { return node.FlushAll(ctx).Err() })
		if err != nil {
			t.Fatal(err)
		}
		return session.NewRedis(client, now)
	}})
}
