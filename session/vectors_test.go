package session

import (
	"encoding/json"
	"os"
	"testing"
)

// vectors hold what Django 6.1.1 wrote, checked in Django 3.2, 4.2, 5.2 and 6.1.
type vectors struct {
	SecretKey    string         `json:"secret_key"`
	OldSecretKey string         `json:"old_secret_key"`
	SessionData  []signedVector `json:"session_data"`
	Edge         []signedVector `json:"edge"`
	Empty        []signedVector `json:"must_decode_to_empty"`
	Odd          []signedVector `json:"odd"`
	OldKey       signedVector   `json:"old_key"`
	Base62       [][2]any       `json:"base62"`
	SetExpiry    []expiryVector `json:"set_expiry"`
	TimeText     [][2]string    `json:"sqlite_datetime_text"`
	CookieHeader [][2]any       `json:"cookie_header_parse"`
	DeleteCookie []cookieVector `json:"delete_cookie"`
	SetCookie    []cookieVector `json:"set_cookie"`
}

type signedVector struct {
	ID          string `json:"id"`
	Timestamp   int64  `json:"timestamp"`
	JSON        string `json:"json"`
	Compressed  bool   `json:"compressed"`
	SessionData string `json:"session_data"`
}

type expiryVector struct {
	Now            string  `json:"now"`
	SetExpiry      string  `json:"set_expiry"`
	Stored         any     `json:"stored_session_expiry"`
	Age            float64 `json:"get_expiry_age"`
	Date           string  `json:"get_expiry_date"`
	AtBrowserClose bool    `json:"expire_at_browser_close"`
}

type cookieVector struct {
	Now       int64             `json:"now"`
	Name      string            `json:"name"`
	Kwargs    map[string]string `json:"kwargs"`
	SetCookie string            `json:"set_cookie"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/django.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.SessionData) < 25 || len(v.Empty) < 15 || len(v.SetExpiry) < 10 || len(v.CookieHeader) < 20 {
		t.Fatal("vectors are missing")
	}
	return v
}
