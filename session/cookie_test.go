package session

import (
	"strings"
	"testing"
	"time"
)

func TestCookieHeaderAsDjango(t *testing.T) {
	for _, v := range readVectors(t).CookieHeader {
		header := v[0].(string)
		want := v[1].(map[string]any)
		for n, value := range want {
			if got, ok := cookieValue([]string{header}, n); !ok || got != value {
				t.Errorf("%q: cookie %q is %q (%t), want %q", header, n, got, ok, value)
			}
		}
		if got, ok := cookieValue([]string{header}, "missing"); ok {
			t.Errorf("%q: cookie that is not there is %q", header, got)
		}
	}
}

func TestCookieValue(t *testing.T) {
	many := strings.Repeat("x=1; ", 3001)
	for _, tt := range []struct {
		name    string
		headers []string
		want    string
		ok      bool
	}{
		{"none", nil, "", false},
		{"the last wins", []string{"sessionid=a; sessionid=b"}, "b", true},
		{"over lines", []string{"sessionid=a", "sessionid=b"}, "b", true},
		{"empty", []string{"sessionid="}, "", true},
		{"after 3,001 others", []string{many + "sessionid=a"}, "a", true},
		{"before 3,001 others", []string{"sessionid=a; " + many}, "a", true},
		{"NUL", []string{"sessionid=a\x00b"}, "a\x00b", true},
		{"invalid UTF-8", []string{"\xff=\xfe; sessionid=\xff"}, "\xff", true},
		{"another case", []string{"SessionID=a"}, "", false},
		{"prefix", []string{"__Host-sessionid=a; sessionid2=b"}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := cookieValue(tt.headers, "sessionid"); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %t, want %q, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestSetCookieAsDjango(t *testing.T) {
	v := readVectors(t)
	// The attributes that Django was asked for and a session has other ones of.
	same := strings.NewReplacer("c=v", "__Host-sessionid=v", "; Domain=example.com", "", "Path=/x", "Path=/", "Strict", "Lax")
	for _, c := range v.SetCookie {
		e := expiry{seconds: 0}
		if c.Kwargs["max_age"] == "3600" {
			e.seconds = 3600
		}
		want := same.Replace(c.SetCookie)
		if got := setCookie(true, "v", e, time.Unix(c.Now, 0)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	deleted := map[bool]string{}
	for _, c := range v.DeleteCookie {
		deleted[strings.HasPrefix(c.Name, "__Host-")] = c.SetCookie
	}
	if got, want := deleteCookie(false), strings.Replace(deleted[false], "c=", "sessionid=", 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := strings.NewReplacer("__Host-c=", "__Host-sessionid=", "; Secure", "; SameSite=Lax; Secure").Replace(deleted[true])
	if got := deleteCookie(true); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSetCookieDefault(t *testing.T) {
	got := setCookie(false, "k", expiry{none: true}, time.Unix(1_700_000_000, 999_000_000))
	const want = "sessionid=k; expires=Tue, 28 Nov 2023 22:13:20 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNewKey(t *testing.T) {
	count := make(map[rune]int)
	seen := make(map[string]bool)
	const keys = 20_000
	for range keys {
		key := NewKey()
		if len(key) != keyLength || strings.Trim(key, keyLetters) != "" {
			t.Fatalf("key of %d characters, or others than %s", len(key), keyLetters)
		}
		seen[key] = true
		for _, c := range key {
			count[c]++
		}
	}
	if len(seen) != keys {
		t.Errorf("%d keys, %d of them different", keys, len(seen))
	}
	// A remainder modulo 36 would make the first 4 letters 14 % more frequent; 5 % is 6.6 sigma.
	mean := float64(keys*keyLength) / float64(len(keyLetters))
	for _, c := range keyLetters {
		if n := float64(count[c]); n < 0.95*mean || n > 1.05*mean {
			t.Errorf("%c occurs %.0f times, want about %.0f", c, n, mean)
		}
	}
}
