package session_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
)

// cookieVectors hold what Django's signed_cookies wrote, read by Django 3.2, 4.2, 5.2 and 6.1.
type cookieVectors struct {
	SecretKey string `json:"secret_key"`
	Sessions  []struct {
		ID         string `json:"id"`
		Timestamp  int64  `json:"timestamp"`
		JSON       string `json:"json"`
		Compressed bool   `json:"compressed"`
		SessionID  string `json:"sessionid"`
	} `json:"signed_cookie_sessions"`
}

func TestSignedCookiesAsDjango(t *testing.T) {
	text, err := os.ReadFile("testdata/signed_cookies.json")
	if err != nil {
		t.Fatal(err)
	}
	var v cookieVectors
	if err := json.Unmarshal(text, &v); err != nil || len(v.Sessions) < 5 {
		t.Fatalf("%d vectors, %v", len(v.Sessions), err)
	}
	for _, tt := range v.Sessions {
		t.Run(tt.ID, func(t *testing.T) {
			now := time.Unix(tt.Timestamp, 0)
			store := session.NewSignedCookies(session.Keys{v.SecretKey}, func() time.Time { return now })
			r, err := store.Load(t.Context(), tt.SessionID)
			if err != nil || r.Data.String() != tt.JSON {
				t.Fatalf("read %s (%v), want %s", r.Data, err, tt.JSON)
			}
			made, err := store.Create(t.Context(), session.Record{Data: r.Data})
			switch {
			case len(tt.JSON) > 4096: // may be too large for a cookie
			case err != nil:
				t.Error(err)
			case !tt.Compressed && made.Key != tt.SessionID:
				t.Errorf("written otherwise than Django writes it")
			default:
				if again, err := store.Load(t.Context(), made.Key); err != nil || again.Data.String() != tt.JSON {
					t.Errorf("read again %s (%v)", again.Data, err)
				}
			}
		})
	}
}

// A cookie that browsers would drop is refused, to the byte.
func TestSignedCookiesSize(t *testing.T) {
	store := session.NewSignedCookies(secret, time.Now)
	s := &site{t, store, time.Now}
	letters := make([]byte, 6000) // without a pattern, so that compressing saves little
	for i := range letters {
		letters[i] = 'a' + byte(rand.N(26))
	}
	largest := 0
	for n := 3000; n < len(letters); n += 1 + n%3 {
		a := s.request("", set("a", string(letters[:n])))
		line, _, _ := strings.Cut(a.set, ";")
		name, value, _ := strings.Cut(line, "=")
		if a.status != 200 {
			if a.set != "" {
				t.Errorf("%d letters: refused, and yet a cookie", n)
			}
			continue
		}
		if largest = max(largest, len(name)+len(value)); len("__Host-"+name)+len(value) > 4096 {
			t.Fatalf("%d letters make a cookie of %d bytes", n, len(name)+len(value))
		}
		if got := s.data(value); got != `{"a":"`+string(letters[:n])+`"}` {
			t.Fatalf("%d letters came back otherwise", n)
		}
	}
	if largest < 4080-len("__Host-")-2 {
		t.Errorf("the largest cookie had %d bytes", largest)
	}
	_, err := store.Update(t.Context(), s.request("", set("a", 1)).key, func(r *session.Record) error {
		return r.Data.Set("a", string(letters))
	})
	if !errors.Is(err, session.ErrTooLarge) || !strings.Contains(err.Error(), "4096") {
		t.Errorf("error %v, want ErrTooLarge with the limit", err)
	}
}

// A signature is for one use: a row of the table is not accepted as a cookie, nor the other way round.
func TestSignedCookiesSalt(t *testing.T) {
	store := session.NewSignedCookies(session.Keys{djangoSecret}, time.Now)
	if loads(t, store, djangoRow) {
		t.Error("the data of a row was taken for a cookie")
	}
}
