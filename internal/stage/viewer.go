package stage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// Sessions looks up sessions. Every session.Store does.
type Sessions interface {
	// Load returns the session of that key, or session.ErrNotFound.
	Load(ctx context.Context, key string) (session.Record, error)
}

// Viewer identifies a request that looks at the stage or acts on it. By a trick another program on this
// host, or another person, can get the visitor's name; only the visitor's own browser brings the session.
type Viewer struct {
	Visitor string // whose exchanges these are
	Session string // the key of the session that the request brings, if it exists; "" for none
}

// ErrOtherSession reports that a request belongs to a session that the viewer does not bring.
var ErrOtherSession = errors.New("the request belongs to another session")

// Viewer returns the viewer that r is, for the visitor of that name. What its browser did before anybody looked
// is shown from then on.
func (s *Stage) Viewer(visitor string, r *http.Request) (Viewer, error) {
	s.kept.adopt(visitor, r, s.Known(r), "")
	key, err := s.liveKey(r)
	return Viewer{visitor, key}, err
}

// Exchanges returns the visitor's exchanges as v may see them, the oldest first. It counts as a look.
func (s *Stage) Exchanges(v Viewer) []*record.Exchange {
	all := s.kept.exchanges(v.Visitor, 0)
	for i, e := range all {
		all[i] = mask.Keys(e, v.Session)
	}
	return all
}

// Exchange returns one of the visitor's exchanges as v may see it, or nil if it is not kept. It counts as a
// look.
func (s *Stage) Exchange(v Viewer, id uint64) *record.Exchange {
	all := s.kept.exchanges(v.Visitor, id-1)
	if len(all) == 0 || all[0].ID != id {
		return nil
	}
	return mask.Keys(all[0], v.Session)
}

// LastOf returns the newest exchange of the browser that sent r that is one of these requests, such as
// "GET /get_add_cookie"; nil if none is kept. All session keys are shortened in it. It does not count as a look.
func (s *Stage) LastOf(r *http.Request, requests ...string) *record.Exchange {
	name := s.Known(r)
	last := s.kept.last(name, requests)
	if e := s.kept.recent.last(r, name, requests...); e != nil && (last == nil || last.Time.Before(e.Time)) {
		last = e
	}
	if last == nil {
		return nil
	}
	return mask.Keys(last, "")
}

// Clear forgets a visitor's exchanges.
func (s *Stage) Clear(visitor string) { s.kept.clear(visitor) }

// liveKey returns the key of the session that a request brings, or "" if the store has no such session.
func (s *Stage) liveKey(r *http.Request) (key string, err error) {
	if key = session.ClaimedKey(r); key == "" {
		return "", nil
	}
	_, err = s.sessions.Load(r.Context(), key)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("the viewer's session: %w", err)
	}
	return key, nil
}

// check returns ErrOtherSession if a written request, which arrived in r, carries the key of another session
// than that of key. A key without a session is harmless: trying one shows how the lab treats it.
func (s *Stage) check(written *record.Request, r *http.Request, key string) error {
	asks := (&http.Request{Header: headerOf(written), TLS: r.TLS}).WithContext(r.Context())
	if strings.Contains(session.ClaimedKey(asks), mask.Mark) {
		return ErrOtherSession // it was shown shortened
	}
	claimed, err := s.liveKey(asks)
	if err == nil && claimed != "" && claimed != key {
		err = ErrOtherSession
	}
	return err
}

// mine reports whether v may act on a request of the session of that key. If it has no session, everyone
// with the visitor's name may.
func (v Viewer) mine(key string) bool { return key == "" || key == v.Session }
