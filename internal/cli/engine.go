package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// engineNames are what -session-engine accepts.
var engineNames = []string{"db", "cache", "cached_db", "signed_cookies", "redis"}

// newEngine makes the session engine that the user chose. close releases what it holds.
func newEngine(o options, db *database.DB, keys session.Keys) (store session.Store, close func() error, err error) {
	close = func() error { return nil }
	switch o.engine {
	case "db":
		store = session.NewDB(db, keys, time.Now)
	case "cache":
		store = session.NewCache(session.DefaultLimits(), time.Now)
	case "cached_db":
		store = session.NewCachedDB(session.NewDB(db, keys, time.Now), session.DefaultLimits(), time.Now)
	case "signed_cookies":
		return session.NewSignedCookies(keys, time.Now), close, nil
	case "redis":
		client := newRedis(o.redisOptions)
		store, close = session.NewRedis(client, time.Now), client.Close
	default:
		return nil, nil, fmt.Errorf("no session engine %q", o.engine)
	}
	if o.hashKeys {
		store = session.Hashed(store)
	}
	return store, close, nil
}

func newRedis(options *redis.UniversalOptions) redis.UniversalClient {
	logging.Disable() // what the client notes by itself, the request's error says
	return redis.NewUniversalClient(options)
}

// parseRedis reads the values of -redis. One address is a server, several are a Cluster or, with
// ?master_name=NAME, its Sentinels. User and password are in the first URL, or else in the
// environment, where no list of processes shows them. No error repeats the URL: it may hold them.
func parseRedis(values []string, getenv func(string) string) (*redis.UniversalOptions, error) {
	o := &redis.UniversalOptions{
		DialTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		ContextTimeoutEnabled:    true,
		MaxRetries:               1, // a server that is down is said to be so at once
		DialerRetries:            1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	for i, value := range strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ',' }) {
		at, err := url.Parse(value)
		if err != nil {
			return nil, errors.New("-redis: not an address such as redis://localhost:6379/0")
		}
		query := at.Query()
		if name := query.Get("master_name"); name != "" {
			o.MasterName = name
		}
		query.Del("master_name")
		at.RawQuery = query.Encode()
		one, err := redis.ParseURL(at.String())
		if err != nil || one.Network != "tcp" {
			return nil, errors.New("-redis: not an address such as redis://localhost:6379/0 or rediss://…; see the README for several")
		}
		o.Addrs = append(o.Addrs, one.Addr)
		switch {
		case i == 0:
			o.DB, o.Username, o.Password, o.TLSConfig = one.DB, one.Username, one.Password, one.TLSConfig
		case (one.TLSConfig != nil) != (o.TLSConfig != nil):
			return nil, errors.New("-redis: either all addresses are redis://… or all are rediss://…")
		}
	}
	if o.Password == "" {
		o.Username = cmp.Or(o.Username, getenv("SESSIONLAB_REDIS_USERNAME"))
		o.Password = getenv("SESSIONLAB_REDIS_PASSWORD")
	}
	if o.TLSConfig != nil {
		o.TLSConfig.ServerName = "" // that of each server, also of those that a Sentinel or a Cluster names
	}
	return o, nil
}

// describeEngine is the engine in the banner: for Redis with its addresses, without user and
// password.
func describeEngine(o options) string {
	text := o.engine
	if o.engine == "redis" {
		text += " at " + strings.Join(o.redisOptions.Addrs, ", ")
		if o.redisOptions.MasterName != "" {
			text += " (Sentinel)"
		}
	}
	if o.hashKeys {
		text += ", keys hashed"
	}
	return text
}
