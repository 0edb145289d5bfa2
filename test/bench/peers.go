package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite"

	"sessionlab/internal/database"
	"sessionlab/session"
	"sessionlab/session/ginsession"
)

// peers are the servers that the lab is compared with. Each is the smallest program that counts in a session; hello
// only answers.
var peers = map[string]func(folder, redisAddr string) (http.Handler, error){
	"hello":          hello,
	"scs-sqlite":     scsSQLite,
	"contrib-cookie": contribCookie,
	"contrib-redis":  contribRedis,
	"engine-db":      engineDB,
	"engine-cache":   engineCache,
	"engine-cookies": engineCookies,
}

// servePeer runs one peer in this process. It prints its address and serves until it is killed.
func servePeer(name, folder, redisAddr string) error {
	gin.SetMode(gin.ReleaseMode)
	handler, err := peers[name](folder, redisAddr)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("open    http://%s/\n", l.Addr())
	return http.Serve(l, handler)
}

// hello answers without a session: the upper bound for all others.
func hello(string, string) (http.Handler, error) {
	r := gin.New()
	r.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	return r, nil
}

// scsSQLite counts with SCS and its SQLite store, as durably as the lab: WAL and synchronous=FULL.
func scsSQLite(folder, _ string) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(folder, "scs.db"))+
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
		CREATE INDEX sessions_expiry_idx ON sessions(expiry)`)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // with more, they wait for each other's locks by sleeping, which is slower
	manager := scs.New()
	manager.Store = sqlite3store.New(db)
	r := gin.New()
	r.GET("/", func(c *gin.Context) {
		n := manager.GetInt(c.Request.Context(), "res") + 1
		manager.Put(c.Request.Context(), "res", n)
		c.JSON(http.StatusOK, gin.H{"res": n})
	})
	return manager.LoadAndSave(r), nil
}

// contrib counts as in the documentation of gin-contrib/sessions.
func contrib(store sessions.Store) http.Handler {
	r := gin.New()
	r.Use(sessions.Sessions("sessionid", store))
	r.GET("/", func(c *gin.Context) {
		s := sessions.Default(c)
		n, _ := s.Get("res").(int)
		s.Set("res", n+1)
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, gin.H{"res": n + 1})
	})
	return r
}

// contribCookie counts with gin-contrib's cookie store.
func contribCookie(string, string) (http.Handler, error) {
	return contrib(cookie.NewStore([]byte("secret"))), nil
}

// contribRedis counts with gin-contrib's Redis store.
func contribRedis(_, addr string) (http.Handler, error) {
	// With the 10 of its documentation, most requests would open a new connection.
	store, err := redis.NewStore(64, "tcp", addr, "", "", []byte("secret"))
	if err != nil {
		return nil, err
	}
	return contrib(store), nil
}

// engine counts with the lab's session engine, but without the lab.
func engine(store session.Store) http.Handler {
	r := gin.New()
	r.Use(ginsession.Middleware(store, time.Now, func(c *gin.Context, err error) {
		c.AbortWithStatus(http.StatusServiceUnavailable)
	}))
	r.GET("/", func(c *gin.Context) {
		n, err := session.From(c).Update("res", func(old any) (any, error) { return session.Int(old) + 1, nil })
		if err == nil {
			c.JSON(http.StatusOK, gin.H{"res": n})
		}
	})
	return r
}

// engineDB counts with the engine db.
func engineDB(folder, _ string) (http.Handler, error) {
	db, err := database.Open(context.Background(), filepath.Join(folder, "engine.db"))
	if err != nil {
		return nil, err
	}
	return engine(session.NewDB(db, session.Keys{"secret"}, time.Now)), nil
}

// engineCache counts with the engine cache.
func engineCache(string, string) (http.Handler, error) {
	return engine(session.NewCache(session.DefaultLimits(), time.Now)), nil
}

// engineCookies counts with the engine signed_cookies.
func engineCookies(string, string) (http.Handler, error) {
	return engine(session.NewSignedCookies(session.Keys{"secret"}, time.Now)), nil
}
