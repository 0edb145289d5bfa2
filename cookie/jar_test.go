package cookie

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// clock is a clock that tests can set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time        { return c.at }
func (c *clock) sleep(d time.Duration) { c.at = c.at.Add(d) }
func newClock() *clock                 { return &clock{time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)} }
func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func names(jar *Jar) []string {
	var names []string
	for _, c := range jar.All() {
		names = append(names, c.String())
	}
	return names
}

// The lab's own cookies in a browser's jar.
func TestLab(t *testing.T) {
	clock := newClock()
	jar := NewJar(Chromium(), clock.now)
	home := address(t, "http://localhost:7377/cookie/")
	for _, line := range []string{
		"res=1; Path=/; Expires=Thu, 10 Dec 2026 12:00:00 GMT; SameSite=Lax",
		"sessionid=abc; Path=/; Expires=Thu, 10 Dec 2026 12:00:00 GMT; Max-Age=1209600; HttpOnly; SameSite=Lax",
		"lang=en; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax",
	} {
		if v := jar.Set(home, line, Request{}); !v.Stored || v.Reason != "" || v.Clamped {
			t.Errorf("%s: %+v", line, v)
		}
	}
	clock.sleep(time.Second)
	jar.Set(home, "res=2; Path=/; Expires=Thu, 10 Dec 2026 12:00:00 GMT; SameSite=Lax", Request{})
	jar.Set(home, "lang=en; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", Request{})
	const want = "sessionid=abc; lang=en; res=2" // with its new value, res moved to the end
	if got, _ := jar.Header(address(t, "http://localhost:7377/session/"), Request{}); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if got, _ := jar.Header(address(t, "http://localhost:80/"), Request{Script: true}); got != "res=2" {
		t.Errorf("a script at another port saw %q", got)
	}
	if got, _ := jar.Header(address(t, "http://127.0.0.1:7377/"), Request{}); got != "" {
		t.Errorf("another host got %q", got)
	}
	if v := jar.Set(home, "sessionid=; Path=/; Max-Age=0", Request{}); !v.Deleted || v.Stored {
		t.Errorf("a logout: %+v", v)
	}
	clock.sleep(14 * 24 * time.Hour)
	if got := names(jar); !slices.Equal(got, []string{"lang=en"}) {
		t.Errorf("after two weeks: %q", got)
	}
}

func TestCorrect(t *testing.T) {
	home := address(t, "http://localhost/")
	fill := func() *Jar {
		jar := NewJar(Chromium(), newClock().now)
		jar.Set(home, "a=1; HttpOnly", Request{})
		jar.Set(home, "b=2; Path=/b", Request{})
		jar.Set(home, "c=3", Request{})
		return jar
	}
	for _, test := range []struct {
		name, header string
		want         []string
	}{
		{"agrees", "a=1; c=3", []string{"a=1", "b=2", "c=3"}},
		{"one is gone", "c=3", []string{"b=2", "c=3"}},
		{"all are gone", "", []string{"b=2"}},
		{"another value", "a=9; c=3", []string{"b=2", "c=3", "a=9"}},
		{"one more", "a=1; c=3; d=4", []string{"a=1", "b=2", "c=3", "d=4"}},
		{"two of a name", "a=1; a=5; c=3", []string{"a=1", "b=2", "c=3", "a=5"}},
		{"no name", "a=1; c=3; x", []string{"a=1", "b=2", "c=3", "x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			jar := fill()
			jar.Correct(home, test.header, Request{})
			if got := names(jar); !slices.Equal(got, test.want) {
				t.Errorf("jar has %q, want %q", got, test.want)
			}
			if got, _ := jar.Header(home, Request{}); len(got) != len(test.header) {
				t.Errorf("sends %q, the browser %q", got, test.header)
			}
		})
	}
	t.Run("another value has unknown attributes", func(t *testing.T) {
		jar := fill()
		jar.Correct(home, "a=9; c=3", Request{})
		for _, c := range jar.All() {
			if known := c.Path != ""; known != (c.Name != "a") {
				t.Errorf("%+v", c)
			}
		}
		jar.Correct(home, "a=1; c=3", Request{}) // which had left before
		if got := jar.All(); got[0].Value != "1" || !got[0].HTTPOnly {
			t.Errorf("%+v", got[0])
		}
	})
	t.Run("too many, too large", func(t *testing.T) {
		jar := fill()
		header := "x=" + strings.Repeat("x", MaxNameValue)
		for i := range 500 {
			header += fmt.Sprintf("; %d=", i)
		}
		jar.Correct(home, header, Request{})
		if n := len(jar.All()); n > jar.Profile().PerSite {
			t.Errorf("the jar has %d", n)
		}
	})
	t.Run("back again", func(t *testing.T) {
		jar := fill()
		jar.Correct(home, "c=3", Request{})
		jar.Correct(home, "a=1; c=3", Request{})
		for _, c := range jar.All() {
			if c.Name == "a" && !c.HTTPOnly {
				t.Error("a cookie that came back lost its HttpOnly")
			}
		}
		if got, _ := jar.Header(home, Request{}); got != "a=1; c=3" {
			t.Errorf("sends %q", got)
		}
	})
}

func TestRemove(t *testing.T) {
	home := address(t, "http://localhost/")
	jar := NewJar(RFC(), newClock().now)
	jar.Set(home, "a=1", Request{})
	v := jar.Set(home, "b=2; Max-Age=60", Request{})
	if jar.Delete(Cookie{Name: "b", Domain: "localhost", HostOnly: true, Path: "/b"}) {
		t.Error("deleted a cookie of another path")
	}
	jar.EndSession()
	if got := names(jar); !slices.Equal(got, []string{"b=2"}) {
		t.Errorf("the next day: %q", got)
	}
	if !jar.Delete(v.Cookie) || len(jar.All()) > 0 {
		t.Error("not deleted")
	}
	jar.Set(home, "a=1", Request{})
	jar.Clear()
	if len(jar.All()) > 0 {
		t.Error("not cleared")
	}
}
