package session

import (
	"path/filepath"
	"testing"
	"time"

	"sessionlab/internal/database"
)

var benchData = map[string]string{
	"counter": `{"res":41}`,
	"login":   `{"res":41,"IS_LOGIN":true,"username":"\u5f20\u4e09","member_id":7,"version":1,"_session_expiry":300}`,
}

func BenchmarkEncode(b *testing.B) {
	c := newCodec(dbSalt, Keys{"benchmark"})
	now := time.Unix(1_700_000_000, 0)
	for name, text := range benchData {
		b.Run(name, func(b *testing.B) {
			d, err := ParseData([]byte(text))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.encode(d, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	c := newCodec(dbSalt, Keys{"benchmark"})
	for name, text := range benchData {
		b.Run(name, func(b *testing.B) {
			d, err := ParseData([]byte(text))
			if err != nil {
				b.Fatal(err)
			}
			signed, err := c.encode(d, time.Unix(1_700_000_000, 0))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := c.decode(signed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchDB(b *testing.B) *DB {
	db, err := database.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return NewDB(db, Keys{"benchmark"}, time.Now)
}

// BenchmarkUpdate measures the durable counter, each goroutine with its own session.
func BenchmarkUpdate(b *testing.B) {
	for _, parallelism := range []int{1, 8, 32} { // times GOMAXPROCS
		b.Run(map[int]string{1: "few", 8: "some", 32: "many"}[parallelism], func(b *testing.B) {
			store := benchDB(b)
			b.SetParallelism(parallelism)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				key := ""
				for pb.Next() {
					s := Open(b.Context(), store, key, time.Now)
					_, err := s.Update("res", func(old any) (any, error) { return Int(old) + 1, nil })
					if err != nil {
						b.Error(err)
						return
					}
					key = s.ID()
				}
			})
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	store := benchDB(b)
	s := Open(b.Context(), store, "", time.Now)
	s.Set("res", 1)
	if err := s.Save(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.Load(b.Context(), s.ID()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEngines measures a count and a read of one session, in the engines that need no server.
func BenchmarkEngines(b *testing.B) {
	for name, store := range map[string]Store{
		"db":             benchDB(b),
		"cache":          NewCache(DefaultLimits(), time.Now),
		"cached_db":      NewCachedDB(benchDB(b), DefaultLimits(), time.Now),
		"signed_cookies": NewSignedCookies(Keys{"benchmark"}, time.Now),
	} {
		s := Open(b.Context(), store, "", time.Now)
		s.Set("res", 0)
		if err := s.Save(); err != nil {
			b.Fatal(err)
		}
		key := s.ID()
		b.Run(name+"/count", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := Open(b.Context(), store, key, time.Now)
				if _, err := s.Update("res", func(old any) (any, error) { return Int(old) + 1, nil }); err != nil {
					b.Fatal(err)
				}
				key = s.ID()
			}
		})
		b.Run(name+"/read", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Open(b.Context(), store, key, time.Now).Get("res") == nil {
					b.Fatal("nothing there")
				}
			}
		})
	}
}
