package engines

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/session"
	"sessionlab/session/storetest"
)

func openEngines(t *testing.T, newRedis func() redis.UniversalClient) *Engines {
	t.Helper()
	e, err := OpenEngines(t.Context(), time.Now, newRedis)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The experiment finds out, with a real Redis, the table that the README and the lessons show.
func TestEnginesTable(t *testing.T) {
	server := storetest.StartRedis(t)
	e := openEngines(t, server.Client)
	for _, step := range []string{"write", "read", "second", "restart", "write", "logout", "delete", "fill"} {
		if !e.Do(t.Context(), step) {
			t.Fatal("no step", step)
		}
	}
	type row struct {
		survives, shared, dies Verdict
		notices                Notice
		holds                  Verdict
	}
	want := map[string]row{
		"db":             {Yes, Yes, Yes, AtOnce, Yes},
		"cache":          {No, No, Yes, Nobody, Yes},
		"cached_db":      {Yes, Yes, Yes, Later, Yes},
		"signed_cookies": {Yes, Yes, No, Nobody, No},
		"redis":          {Yes, Yes, Yes, AtOnce, Yes},
	}
	for _, g := range e.Engines {
		if got := (row{g.Survives, g.Shared, g.Dies, g.Notices, g.Holds}); got != want[g.Name] || g.Problem != nil {
			t.Errorf("%s: %+v, want %+v (%v)", g.Name, got, want[g.Name], g.Problem)
		}
		wantCosts(t, g)
	}
	client := server.Client()
	defer client.Close()
	if keys := client.Keys(t.Context(), "sessionlab:experiment:*").Val(); len(keys) != len(owners) {
		t.Errorf("in Redis: %d keys", len(keys))
	} else if ttl := client.TTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > lifetime*time.Second {
		t.Errorf("a key of Redis lives for %v", ttl)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if keys := client.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("left in Redis: %d keys", len(keys))
	}
	if _, err := os.Stat(e.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

// wantCosts checks what the steps of TestEnginesTable should cost in an engine.
func wantCosts(t *testing.T, g *Engine) {
	t.Helper()
	if n := len(owners) * rounds; g.Reads.N() != n || g.Writes.N() != 2*n {
		t.Errorf("%s: %d reads and %d writes were measured", g.Name, g.Reads.N(), g.Writes.N())
	}
	inMemory := g.Name == "cache" || g.Name == "signed_cookies"
	if asks := g.Writes.Statements > 0; asks == inMemory {
		t.Errorf("%s: %d statements a write", g.Name, g.Writes.Statements)
	}
	if asks := g.Reads.Statements > 0; asks != (g.Name == "db" || g.Name == "redis") {
		t.Errorf("%s: %d statements a read", g.Name, g.Reads.Statements)
	}
	inCookie := g.Name == "signed_cookies"
	if inCookie != (g.Stored == 0) || inCookie == (g.Cookie == len("sessionid=")+32) {
		t.Errorf("%s: a cookie of %d bytes, %d on the server", g.Name, g.Cookie, g.Stored)
	}
	if !inCookie && g.Stored < fill*3/4 {
		t.Errorf("%s: %d bytes on the server after 5 KB", g.Name, g.Stored)
	}
	if g.Reads.Set != 0 || g.Writes.Set == 0 || g.Reads.Sent == 0 {
		t.Errorf("%s: bytes of cookies: %+v, %+v", g.Name, g.Reads, g.Writes)
	}
}

// Redis may go and come back without an effect on the other engines.
func TestEnginesWithoutRedis(t *testing.T) {
	server := storetest.StartRedis(t)
	server.Kill()
	e := openEngines(t, server.Client)
	redis := e.Engines[slices.Index(EngineNames(), "redis")]
	check := func(step string, reachable bool) {
		t.Helper()
		e.Do(t.Context(), step)
		if (redis.Problem == nil) != reachable || !reachable && !errors.Is(redis.Problem, session.ErrUnavailable) {
			t.Errorf("%s: %v", step, redis.Problem)
		}
		for _, g := range e.Engines {
			if g != redis && g.Problem != nil {
				t.Errorf("%s, %s: %v", step, g.Name, g.Problem)
			}
		}
	}
	check("write", false)
	server.Start()
	check("read", true)
	server.Kill()
	check("restart", false)
	check("write", false)
	server.Start()
	check("write", true)
	if e.Do(t.Context(), "drop") {
		t.Error("an unknown step was done")
	}
	server.Kill()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestCost(t *testing.T) {
	var c Cost
	if c.Percentile(50) != 0 {
		t.Error("a median of nothing")
	}
	for i := range 100 {
		c.add(time.Duration(100-i) * time.Microsecond)
	}
	if m, p := c.Percentile(50), c.Percentile(95); m != 50*time.Microsecond || p != 95*time.Microsecond {
		t.Errorf("median %v, p95 %v", m, p)
	}
	c.add(0)
	c.add(time.Hour)
	columns, n := c.Histogram(), 0
	for _, column := range columns {
		n += column
	}
	if n != 102 || columns[0] < 1 || columns[Bins-1] != 1 || columns[2*BinsPerDecade] != 1 {
		t.Errorf("%d in %v", n, columns)
	}
	for range 2 * maxTimes {
		c.add(time.Second)
	}
	if c.N() != maxTimes || c.Percentile(1) != time.Second {
		t.Errorf("%d kept, the shortest %v", c.N(), c.Percentile(1))
	}
}
