//go:build unix

package session_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/session"
	"sessionlab/session/storetest"
)

// redisAt returns an engine on a server, with a client as the lab configures it.
func redisAt(t *testing.T, addr string) (*session.Redis, redis.UniversalClient) {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: []string{addr}, ContextTimeoutEnabled: true, MaxRetries: 1, DialerRetries: 1, DialTimeout: time.Second,
	})
	t.Cleanup(func() { client.Close() })
	return session.NewRedis(client, time.Now), client
}

// A person with redis-cli finds one key a session, with its expiry, and can read it.
func TestRedisReadable(t *testing.T) {
	store, client := redisAt(t, storetest.StartRedis(t).Addr)
	s := &site{t, store, time.Now}
	key := s.request("", func(s *session.Session, _ http.ResponseWriter) { s.Set("user", "alice"); s.SetExpiry(300) }).key
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 1 || names[0] != "sessionlab:session:"+key {
		t.Fatalf("%d names (%v)", len(names), err)
	}
	text, err := client.Get(t.Context(), names[0]).Result()
	if err != nil || !strings.Contains(text, `"data":{"user":"alice","_session_expiry":300}`) {
		t.Errorf("the value is %s (%v)", text, err)
	}
	if ttl, err := client.TTL(t.Context(), names[0]).Result(); err != nil || ttl < 290*time.Second || ttl > 300*time.Second {
		t.Errorf("it lives for %v (%v)", ttl, err)
	}
	s.request(key, func(s *session.Session, _ http.ResponseWriter) { s.SetExpiry(session.Never) })
	if ttl, err := client.TTL(t.Context(), names[0]).Result(); err != nil || ttl != -1 {
		t.Errorf("without an end it lives for %v (%v)", ttl, err)
	}
}

// A damaged text is an empty session, and the next write repairs it.
func TestRedisRepairs(t *testing.T) {
	store, client := redisAt(t, storetest.StartRedis(t).Addr)
	s := &site{t, store, time.Now}
	for _, text := range []string{"{", "[]", `{"expires":1}`, `{"expires":"soon","data":{"a":1}}`, "\xff\x00"} {
		key := s.request("", set("a", 1)).key
		if err := client.Set(t.Context(), "sessionlab:session:"+key, text, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got := s.data(key); got != "{}" {
			t.Errorf("%q was read as %s", text, got)
		}
		if a := s.request(key, set("b", 2)); s.data(key) != `{"b":2}` {
			t.Errorf("%q and a write: status %d, %s", text, a.status, s.data(key))
		}
	}
}

// Whatever is wrong with the server is ErrUnavailable, never an empty session or a write that was
// not made; and when it is right again, so is the engine.
func TestRedisFailures(t *testing.T) {
	for _, tt := range []struct {
		name         string
		wrong, right func(server *storetest.RedisServer)
		reads        bool // goes on all the same
		forgets      bool // the sessions are gone afterwards
	}{
		{name: "killed", wrong: (*storetest.RedisServer).Kill, right: (*storetest.RedisServer).Start, forgets: true},
		{name: "hangs",
			wrong: func(s *storetest.RedisServer) { signal(t, s, syscall.SIGSTOP) },
			right: func(s *storetest.RedisServer) { signal(t, s, syscall.SIGCONT) }},
		{name: "slower than it may be", // for eight seconds, then it comes back by itself
			wrong: func(s *storetest.RedisServer) { s.Do("CLIENT", "PAUSE", 8000, "ALL") },
			right: func(*storetest.RedisServer) {}},
		{name: "read-only",
			wrong: func(s *storetest.RedisServer) { s.Do("REPLICAOF", "127.0.0.1", "1") },
			right: func(s *storetest.RedisServer) { s.Do("REPLICAOF", "NO", "ONE") }, reads: true},
		{name: "out of memory",
			wrong: func(s *storetest.RedisServer) { s.Do("CONFIG", "SET", "maxmemory", "1") },
			right: func(s *storetest.RedisServer) { s.Do("CONFIG", "SET", "maxmemory", "0") }, reads: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := storetest.StartRedis(t)
			store, _ := redisAt(t, server.Addr)
			s := &site{t, store, time.Now}
			key := s.request("", set("n", 1)).key
			stopLoad := underLoad(s)
			tt.wrong(server)
			if a := s.request(key, func(s *session.Session, w http.ResponseWriter) { s.Get("n") }); (a.status == 200) != tt.reads || a.set != "" {
				t.Errorf("a read: status %d, Set-Cookie %q", a.status, a.set)
			}
			for _, known := range []string{key, ""} {
				a := s.request(known, count)
				if a.status != 503 || a.set != "" || !strings.Contains(a.body, "engine redis") || strings.Contains(a.body, key) {
					t.Errorf("a write: status %d, %s, Set-Cookie %q", a.status, a.body, a.set)
				}
			}
			tt.right(server)
			for deadline := time.Now().Add(30 * time.Second); s.request(key, set("again", 1)).status != 200; {
				if time.Now().After(deadline) {
					t.Fatal("it never came back")
				}
				time.Sleep(50 * time.Millisecond)
			}
			counted, refused, stored := stopLoad()
			if !tt.forgets && (stored < counted || stored > counted+refused) {
				t.Errorf("under load %d are stored of %d answered well and %d refused", stored, counted, refused)
			}
			if got := s.data(key); !tt.forgets && got != `{"n":1,"again":1}` {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

// underLoad has eight clients count in one session until stop is called, which returns how many counts
// succeeded, how many failed, and the number that is stored then.
func underLoad(s *site) (stop func() (counted, refused, stored int)) {
	key := s.request("", set("n", 0)).key
	ctx, cancel := context.WithCancel(context.Background())
	var good, bad atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				// Not one that begins anew: where the session is gone, so is what it counted.
				_, err := s.store.Update(context.Background(), key, func(r *session.Record) error {
					n, _ := r.Data.Get("n")
					return r.Data.Set("n", session.Int(n)+1)
				})
				switch {
				case err == nil:
					good.Add(1)
				case errors.Is(err, session.ErrUnavailable):
					bad.Add(1)
				case !errors.Is(err, session.ErrNotFound):
					s.t.Errorf("under load: %v", err)
				}
			}
		})
	}
	return func() (counted, refused, stored int) {
		cancel()
		clients.Wait()
		r, err := s.store.Load(context.Background(), key)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			s.t.Error(err)
		}
		n, _ := r.Data.Get("n")
		return int(good.Load()), int(bad.Load()), session.Int(n)
	}
}

func signal(t *testing.T, s *storetest.RedisServer, sig syscall.Signal) {
	t.Helper()
	if err := s.Process().Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// A server that is still loading its data says so, and that is all it says.
func TestRedisLoading(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if strings.HasPrefix(lines.Text(), "*") { // the beginning of a command
						io.WriteString(conn, "-LOADING Redis is loading the dataset in memory\r\n")
					}
				}
			}()
		}
	}()
	store, _ := redisAt(t, l.Addr().String())
	if _, err := store.Load(t.Context(), djangoKey); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("load: %v, want ErrUnavailable", err)
	}
}

// When the answer to a write is lost and the client asks again, nothing is counted twice.
func TestRedisLostAnswers(t *testing.T) {
	server := storetest.StartRedis(t)
	proxy := newLossyProxy(t, server.Addr)
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{proxy.addr}, ContextTimeoutEnabled: true, MaxRetries: 5})
	t.Cleanup(func() { client.Close() })
	s := &site{t, session.NewRedis(client, time.Now), time.Now}
	key := s.request("", set("n", 0)).key
	proxy.loses.Store(true)
	counted, refused := 0, 0
	for range 300 {
		if a := s.request(key, count); a.status == 200 {
			counted++
		} else {
			refused++ // perhaps counted, perhaps not: the client was told that nobody knows
		}
	}
	proxy.loses.Store(false)
	direct, _ := redisAt(t, server.Addr)
	r, err := direct.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := r.Data.Get("n")
	if got := session.Int(n); got < counted || got > counted+refused || proxy.lost.Load() == 0 {
		t.Errorf("%d in the store after %d good answers and %d bad ones, with %d lost", got, counted, refused, proxy.lost.Load())
	}
	if refused > counted/2 {
		t.Errorf("%d of %d were refused: the client did not ask again", refused, counted+refused)
	}
}

// A lossyProxy passes everything on. While it loses, it hangs up in place of every seventh reply of the
// server.
type lossyProxy struct {
	addr  string
	loses atomic.Bool
	lost  atomic.Int64
	seen  atomic.Int64
}

func newLossyProxy(t *testing.T, target string) *lossyProxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &lossyProxy{addr: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.pass(conn, target) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return p
}

func (p *lossyProxy) pass(client net.Conn, target string) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.Close() // the client has left
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if p.loses.Load() && p.seen.Add(1)%7 == 0 {
			p.lost.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
