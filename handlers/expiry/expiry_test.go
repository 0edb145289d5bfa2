package expiry

import (
	"errors"
	"testing"
	"time"

	"sessionlab/session"
)

// browser is the browser of an experiment. Its own clock does not jump, so it keeps every key until it is told to forget it.
type browser struct {
	t    *testing.T
	e    *Expiry
	keys map[string]string
}

func newBrowser(t *testing.T) *browser {
	at := time.Date(2026, 3, 1, 12, 0, 0, 700_000_000, time.UTC)
	e, err := OpenExpiry(t.Context(), func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	v := &browser{t, e, map[string]string{}}
	v.save()
	return v
}

func (v *browser) request(handler func(*session.Session, *Life)) {
	v.t.Helper()
	_, err := v.e.Request(v.t.Context(), "request", func(id string) string { return v.keys[id] }, handler)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, life := range v.e.Lives {
		v.keys[life.ID] = life.Cookie.Key
	}
}

func (v *browser) read() { v.request(func(s *session.Session, _ *Life) { s.Get("n") }) }

func (v *browser) save() {
	v.request(func(s *session.Session, life *Life) {
		if !s.Has("n") {
			s.SetExpiry(life.Expiry)
		}
		s.Set("n", s.GetInt("n")+1)
	})
}

func (v *browser) jump(d time.Duration) {
	v.t.Helper()
	if err := v.e.Jump(v.t.Context(), d); err != nil {
		v.t.Fatal(err)
	}
}

func (v *browser) life(id string) *Life {
	for _, life := range v.e.Lives {
		if life.ID == id {
			return life
		}
	}
	v.t.Fatal("no session", id)
	return nil
}

func TestExpiryToTheSecond(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		id     string
		row    time.Duration // how long the row lives
		cookie time.Duration // how long the cookie lives; 0: until the browser is closed
	}{
		{"seconds", 30 * time.Minute, 30 * time.Minute},
		{"date", day, day},
		{"none", 14 * day, 14 * day},
		{"close", 14 * day, 0},
		{"never", 0, 400 * day},
	}
	if got := len(Expiries()); got != len(tests) {
		t.Errorf("%d ways to set the expiry, %d tested", got, len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			v := newBrowser(t)
			life, began := v.life(tt.id), v.e.Now()
			key := life.Last.Key
			if life.Cookie.AtClose != (tt.cookie == 0) || tt.cookie > 0 && life.Cookie.Ends.Sub(began) != tt.cookie {
				t.Errorf("the cookie: %+v", life.Cookie)
			}
			if tt.row == 0 {
				if !life.Row.NoEnds {
					t.Errorf("the row ends at %s", life.Row.Text)
				}
				v.jump(800 * day)
				if v.read(); !life.Last.Found {
					t.Error("a session without an end has ended")
				}
				return
			}
			if got := life.Row.Ends.Sub(began); got != tt.row {
				t.Errorf("the row lives for %v", got)
			}
			v.jump(tt.row - time.Second)
			if v.read(); !life.Last.Found || life.Last.SetCookie != "" {
				t.Errorf("a second before its end: %+v", life.Last)
			}
			v.jump(time.Second)
			if v.save(); life.Last.Found || life.Last.Sent != key || life.Last.Key == key || life.Last.Key == "" {
				t.Errorf("at its end: %+v", life.Last)
			}
			if got := life.Row.Ends.Sub(v.e.Now()); got != tt.row {
				t.Errorf("the new session lives for %v", got)
			}
		})
	}
}

func TestExpirySaveMovesReadDoesNot(t *testing.T) {
	v := newBrowser(t)
	ends := map[string]time.Time{}
	for _, life := range v.e.Lives {
		ends[life.ID] = life.Row.Ends
	}
	v.jump(29 * time.Minute)
	v.read()
	for _, life := range v.e.Lives {
		if !life.Row.Ends.Equal(ends[life.ID]) || life.Last.SetCookie != "" {
			t.Errorf("%s: a read moved it to %s, %q", life.ID, life.Row.Text, life.Last.SetCookie)
		}
	}
	v.save()
	for _, life := range v.e.Lives {
		want := ends[life.ID].Add(29 * time.Minute)
		if life.ID == "date" || life.ID == "never" {
			want = ends[life.ID]
		}
		if !life.Row.Ends.Equal(want) {
			t.Errorf("%s: a save moved it to %s, want %s", life.ID, life.Row.Text, want)
		}
	}
	v.jump(time.Minute + 30*time.Second) // the end, if it had not been saved
	if v.read(); !v.life("seconds").Last.Found {
		t.Error("a saved session ended as if it had not been saved")
	}
}

// An expired session's row stays until the sweep; a read tells the browser to forget the key.
func TestExpirySweep(t *testing.T) {
	v := newBrowser(t)
	sweep := func(want int) {
		t.Helper()
		if err := v.e.Sweep(t.Context()); err != nil || v.e.Last.Swept != want {
			t.Errorf("%d rows swept, want %d (%v)", v.e.Last.Swept, want, err)
		}
	}
	v.jump(30 * time.Minute)
	sweep(0) // expire_date < now, as in Django's clearsessions
	life := v.life("seconds")
	if life.Row.Key == "" || life.Row.Swept {
		t.Errorf("the row is gone at its end: %+v", life.Row)
	}
	if v.read(); life.Last.Found || v.keys["seconds"] != "" {
		t.Errorf("a read at the end: %+v", life.Last)
	}
	v.jump(time.Second)
	sweep(1)
	if !life.Row.Swept || v.life("date").Row.Swept {
		t.Errorf("after the sweep: %+v, %+v", life.Row, v.life("date").Row)
	}
	v.jump(14 * 24 * time.Hour)
	sweep(3)
}

func TestExpiryJumpToEnd(t *testing.T) {
	v := newBrowser(t)
	for _, id := range []string{"seconds", "date", "none"} { // and the one named close with them
		if err := v.e.JumpToEnd(t.Context(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if left := v.life(id).Row.Ends.Sub(v.e.Now()); left != 5*time.Second {
			t.Errorf("%s has %v left", id, left)
		}
		v.jump(5 * time.Second)
	}
	if err := v.e.JumpToEnd(t.Context(), 5*time.Second); !errors.Is(err, ErrTooFar) {
		t.Errorf("with no end left: %v", err)
	}
	if err := v.e.Jump(t.Context(), maxAhead); !errors.Is(err, ErrTooFar) {
		t.Errorf("too far: %v", err)
	}
}
