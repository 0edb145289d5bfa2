package session_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// visit sends a request with the cookies that the last one left, and prints the answer.
func visit(h http.Handler, path string, cookies []*http.Cookie) []*http.Cookie {
	r := httptest.NewRequest("GET", path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
	return w.Result().Cookies()
}

func onError(w http.ResponseWriter, r *http.Request, err error) {
	http.Error(w, "sessions are unavailable", http.StatusServiceUnavailable)
}

// A counter in plain net/http. Update is atomic: clicks at the same time all count.
func ExampleHandler() {
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := session.From(r.Context()).Update("n", func(old any) (any, error) {
			return session.Int(old) + 1, nil
		})
		if err != nil {
			return // answered by onError
		}
		fmt.Fprint(w, n)
	})
	store := session.NewCache(session.DefaultLimits(), time.Now)
	h := session.Handler(count, store, time.Now, onError)

	cookies := visit(h, "/", nil)
	visit(h, "/", cookies)
	// Output:
	// 200 1
	// 200 2
}

// Login gives the session a new key, logout ends it.
func ExampleSession_Cycle() {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		s.Cycle() // a key that somebody planted is worth nothing now
		s.Set("user", "alice")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %q", session.From(r.Context()).GetString("user"))
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		session.From(r.Context()).Flush()
	})
	h := session.Handler(mux, session.NewCache(session.DefaultLimits(), time.Now), time.Now, onError)

	cookies := visit(h, "/login", nil)
	visit(h, "/", cookies)
	visit(h, "/logout", cookies)
	visit(h, "/", cookies) // a copy of the cookie is worth nothing, either
	// Output:
	// 200
	// 200 hello "alice"
	// 200
	// 200 hello ""
}

// In a SQLite file: durable, and shared with a Django that has the same secret key.
func ExampleNewDB() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := database.Open(context.Background(), filepath.Join(dir, "app.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	store := session.NewDB(db, session.Keys{"the secret key"}, time.Now)
	defer session.StartSweep(store, time.Hour, time.Now, func(int, error) {})()

	r, err := store.Create(context.Background(), session.Record{Key: session.NewKey(), Expires: time.Now().Add(time.Hour)})
	fmt.Println(len(r.Key), err)
	// Output: 32 <nil>
}

// Reads from memory, writes to the file.
func ExampleNewCachedDB() {
	db, err := database.Open(context.Background(), database.Memory)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	table := session.NewDB(db, session.Keys{"the secret key"}, time.Now)
	store := session.NewCachedDB(table, session.DefaultLimits(), time.Now)
	fmt.Println(store.Stats().Entries)
	// Output: 0
}

// In the cookie itself: nothing on the server, and nothing that it could take back.
func ExampleNewSignedCookies() {
	store := session.NewSignedCookies(session.Keys{"the newest key", "an older one"}, time.Now)
	fmt.Println(session.CanRevoke(store))
	// Output: false
}

// In Redis, Valkey, Sentinel's servers or a Cluster.
func ExampleNewRedis() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"localhost:6379"},
		ContextTimeoutEnabled: true, // or a server that hangs is waited for too long
	})
	defer client.Close()
	store := session.Hashed(session.NewRedis(client, time.Now)) // Redis sees no keys
	_ = store
}
