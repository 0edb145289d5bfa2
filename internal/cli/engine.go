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

// engineNames lists the values of -session-engine.
var engineNames = []string{"db", "cache", "cached_db", "signed_cookies", "redis"}

// newEngine returns the session engine that the user chose. close releases its resources.
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

// newRedis returns a client. It connects when it is first used.
func newRedis(options *redis.UniversalOptions) redis.UniversalClient {
	logging.Disable() // the errors of requests already say what the client would log
	return redis.NewUniversalClient(options)
}

// parseRedis reads the values of -redis. One address means a server; several mean a Cluster or, with
// ?master_name=NAME, its Sentinels. User and password come from the first URL or else from the environment,
// where no list of processes shows them. No error repeats the URL, because it may contain them.
func parseRedis(values []string, getenv func(string) string) (*redis.UniversalOptions, error) {
	o := &redis.UniversalOptions{
		DialTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		ContextTimeoutEnabled:    true,
		MaxRetries:               1, // so that a server that is down is noticed at once
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
		o.TLSConfig.ServerName = "" // use the name of each server, also of those named by a Sentinel or a Cluster
	}
	return o, nil
}

// describeEngine returns the engine for the banner, with Redis's addresses but without user and password.
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
