package session_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
	"sessionlab/session/storetest"
)

// Every operation of Django's table, in every engine: what it returns, whether the session counts as
// modified by it, and what becomes of data, key and cookie. A missing name, for which Django raises
// KeyError, is ok=false here.
func TestOperations(t *testing.T) {
	type result = []any
	const (
		before  = `{"a":1,"none":null}`
		twoWeek = "; expires=Sun, 06 Dec 2026 22:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax"
		deleted = `sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax`
	)
	pair := func(v any, ok bool) result { return result{v, ok} }
	nothing := result{}
	operations := []operation{
		{"s[k]", func(s *session.Session) result { return pair(s.Lookup("a")) }, result{1, true}, false, before, "same", ""},
		{"s[k], null", func(s *session.Session) result { return pair(s.Lookup("none")) }, result{nil, true}, false, before, "same", ""},
		{"s[k], missing", func(s *session.Session) result { return pair(s.Lookup("x")) }, result{nil, false}, false, before, "same", ""},
		{"del s[k]", func(s *session.Session) result { s.Delete("a"); return nothing }, nothing, true, `{"none":null}`, "same", twoWeek},
		{"del s[k], missing", func(s *session.Session) result { s.Delete("x"); return nothing }, nothing, false, before, "same", ""},
		{"s[k] = v", func(s *session.Session) result { s.Set("b", "中"); return nothing }, nothing, true, `{"a":1,"none":null,"b":"\u4e2d"}`, "same", twoWeek},
		{"s[k] = v, the same", func(s *session.Session) result { s.Set("a", 1); return nothing }, nothing, true, before, "same", twoWeek},
		{"get", func(s *session.Session) result { return result{s.Get("a"), s.Get("x")} }, result{1, nil}, false, before, "same", ""},
		{"has_key", func(s *session.Session) result { return result{s.Has("none"), s.Has("x")} }, result{true, false}, false, before, "same", ""},
		{"keys", func(s *session.Session) result { return result{s.Keys()} }, result{[]string{"a", "none"}}, false, before, "same", ""},
		{"items", func(s *session.Session) result {
			var all result
			for name, value := range s.Items() {
				all = append(all, name, value)
			}
			return all
		}, result{"a", 1, "none", nil}, false, before, "same", ""},
		{"pop", func(s *session.Session) result { return pair(s.Pop("a")) }, result{1, true}, true, `{"none":null}`, "same", twoWeek},
		{"pop, missing", func(s *session.Session) result { return pair(s.Pop("x")) }, result{nil, false}, false, before, "same", ""},
		{"del of all that begin so", func(s *session.Session) result {
			s.DeleteFunc(func(name string) bool { return strings.HasPrefix(name, "no") })
			return result{s.Keys()}
		}, result{[]string{"a"}}, true, `{"a":1}`, "same", twoWeek},
		{"del of all that begin so, missing", func(s *session.Session) result {
			s.DeleteFunc(func(name string) bool { return strings.HasPrefix(name, "x") })
			return nothing
		}, nothing, false, before, "same", ""},
		{"setdefault", func(s *session.Session) result { return result{s.SetDefault("b", 2)} }, result{2}, true, `{"a":1,"none":null,"b":2}`, "same", twoWeek},
		{"setdefault, there", func(s *session.Session) result { return result{s.SetDefault("a", 2)} }, result{1}, false, before, "same", ""},
		{"setdefault, null is there", func(s *session.Session) result { return result{s.SetDefault("none", 2)} }, result{nil}, false, before, "same", ""},
		{"update", func(s *session.Session) result { s.SetAll(map[string]any{"c": 3, "a": 2}); return nothing }, nothing, true, `{"a":2,"none":null,"c":3}`, "same", twoWeek},
		{"update({})", func(s *session.Session) result { s.SetAll(nil); return nothing }, nothing, true, before, "same", twoWeek},
		{"clear", func(s *session.Session) result { s.Clear(); return result{s.IsEmpty(), s.ID() != ""} }, result{false, true}, true, `{}`, "same", twoWeek},
		{"flush", func(s *session.Session) result { s.Flush(); return result{s.IsEmpty(), s.ID()} }, result{true, ""}, true, "none", "gone", deleted},
		{"cycle_key", func(s *session.Session) result { s.Cycle(); return nothing }, nothing, true, before, "new", twoWeek},
		{"is_empty", func(s *session.Session) result { return result{s.IsEmpty()} }, result{false}, false, before, "same", ""},
		{"session_key", func(s *session.Session) result { return result{len(s.ID()) >= 32} }, result{true}, false, before, "same", ""},
		{"set_test_cookie", func(s *session.Session) result { s.SetTestCookie(); return result{s.TestCookieWorked()} }, result{true}, true, `{"a":1,"none":null,"testcookie":"worked"}`, "same", twoWeek},
		{"test_cookie_worked", func(s *session.Session) result { return result{s.TestCookieWorked()} }, result{false}, false, before, "same", ""},
		{"delete_test_cookie", func(s *session.Session) result { s.SetTestCookie(); return result{s.DeleteTestCookie()} }, result{true}, true, before, "same", twoWeek},
		{"delete_test_cookie, missing", func(s *session.Session) result { return result{s.DeleteTestCookie()} }, result{false}, false, before, "same", ""},
		{"save", func(s *session.Session) result { s.Set("b", 2); return result{s.Save()} }, result{nil}, false, `{"a":1,"none":null,"b":2}`, "same", twoWeek},
		{"set_expiry(None)", func(s *session.Session) result {
			s.SetExpiry(nil)
			return result{s.ExpiryAge(), s.ExpiresAtBrowserClose()}
		}, result{session.DefaultAge, false}, false, before, "same", ""},
		{"set_expiry(300)", func(s *session.Session) result { s.SetExpiry(300); return result{s.ExpiryAge()} }, result{300 * time.Second}, true,
			`{"a":1,"none":null,"_session_expiry":300}`, "same", "; expires=Sun, 22 Nov 2026 22:05:00 GMT; HttpOnly; Max-Age=300; Path=/; SameSite=Lax"},
		{"set_expiry(0)", func(s *session.Session) result {
			s.SetExpiry(0)
			return result{s.ExpiryAge(), s.ExpiresAtBrowserClose()}
		}, result{session.DefaultAge, true}, true, `{"a":1,"none":null,"_session_expiry":0}`, "same", "; HttpOnly; Path=/; SameSite=Lax"},
		{"set_expiry(-5)", func(s *session.Session) result { s.SetExpiry(-5); return result{s.ExpiryAge()} }, result{-5 * time.Second}, true,
			"none", "same", "; expires=Sun, 22 Nov 2026 21:59:55 GMT; HttpOnly; Max-Age=-5; Path=/; SameSite=Lax"},
		{"set_expiry(datetime)", func(s *session.Session) result {
			s.SetExpiry(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
			return result{s.ExpiryDate().Unix()}
		}, result{int64(1796083200)}, true, `{"a":1,"none":null,"_session_expiry":"2026-12-01T00:00:00+00:00"}`, "same",
			"; expires=Mon, 30 Nov 2026 23:59:59 GMT; HttpOnly; Max-Age=698399; Path=/; SameSite=Lax"},
		{"set_expiry(timedelta)", func(s *session.Session) result { s.SetExpiry(time.Hour); return result{s.ExpiryAge()} }, result{time.Hour}, true,
			`{"a":1,"none":null,"_session_expiry":"2026-11-22T23:00:00.500000+00:00"}`, "same",
			"; expires=Sun, 22 Nov 2026 23:00:00 GMT; HttpOnly; Max-Age=3600; Path=/; SameSite=Lax"},
		{"set_expiry(Never)", func(s *session.Session) result {
			s.SetExpiry(session.Never)
			return result{s.ExpiryAge(), s.ExpiryDate().Year()}
		}, result{400 * 24 * time.Hour, 9999}, true, `{"a":1,"none":null,"_session_expiry":"9999-12-31T23:59:59+00:00"}`, "same",
			"; expires=Mon, 27 Dec 2027 22:00:00 GMT; HttpOnly; Max-Age=34560000; Path=/; SameSite=Lax"},
	}
	for _, engine := range engines() {
		t.Run(engine.name, func(t *testing.T) {
			clock := storetest.NewClock()
			s := &site{t, engine.New(t, clock.Now), clock.Now}
			for _, tt := range operations {
				t.Run(tt.name, func(t *testing.T) { s.t = t; tt.check(s, engine.InKey, before) })
			}
		})
	}
}

type operation struct {
	name     string
	do       func(s *session.Session) []any
	returns  []any
	modified bool
	data     string // afterwards, "none" if the session is gone
	key      string // "same", "new", or "gone" with the session
	cookie   string // Set-Cookie, without the key; "" for none
}

func (o operation) check(s *site, inKey bool, before string) {
	t := s.t
	old := s.request("", func(s *session.Session, _ http.ResponseWriter) { s.Set("a", 1); s.Set("none", nil) }).key
	if got := s.data(old); got != before {
		t.Fatalf("before: %s", got)
	}
	var returns []any
	var modified bool
	a := s.request(old, func(s *session.Session, _ http.ResponseWriter) {
		returns = o.do(s)
		modified = s.Modified()
	})
	if !reflect.DeepEqual(returns, o.returns) {
		t.Errorf("returned %v, want %v", returns, o.returns)
	}
	if modified != o.modified {
		t.Errorf("modified %t, want %t", modified, o.modified)
	}
	attributes, now := a.set, old
	if value, rest, _ := strings.Cut(a.set, ";"); a.set != "" && o.key != "gone" {
		attributes, now = ";"+rest, strings.TrimPrefix(value, "sessionid=")
	}
	if attributes != o.cookie {
		t.Errorf("cookie %s, want %s", attributes, o.cookie)
	}
	data, wantOld := s.data(now), o.data
	if o.key == "new" {
		wantOld = "none"
	}
	switch {
	case inKey: // a new cookie each time, and every old one stays as good as it was
		wantOld = before
		if o.key == "gone" {
			data = "none"
		}
	case (now == old) != (o.key != "new"):
		t.Errorf("the key is the same: %t", now == old)
	}
	if data != o.data {
		t.Errorf("data %s, want %s", data, o.data)
	}
	if got := s.data(old); got != wantOld {
		t.Errorf("the old key has %s, want %s", got, wantOld)
	}
}

// A session that is gone is not saved again (Django's SessionInterrupted), nor one that is empty.
func TestSaveOfWhatIsGone(t *testing.T) {
	sharedEngines(t, func(t *testing.T, s *site) {
		key := s.request("", set("a", 1)).key
		a := s.request(key, func(session *session.Session, _ http.ResponseWriter) {
			session.Set("b", 2)
			if err := s.store.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		})
		if a.status != 400 || a.set != "" || s.data(key) != "none" {
			t.Errorf("status %d, Set-Cookie %q, stored %s", a.status, a.set, s.data(key))
		}
		a = s.request("", func(s *session.Session, _ http.ResponseWriter) {
			s.Set("a", 1)
			s.Delete("a")
			if !s.IsEmpty() || s.ID() != "" {
				t.Error("a session without key and data is not empty")
			}
		})
		if a.set != "" {
			t.Error("an empty session was saved")
		}
	})
}
