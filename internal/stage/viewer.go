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

// Sessions looks sessions up. Every session.Store is one.
type Sessions interface {
	// Load returns the session of that key, or session.ErrNotFound.
	Load(ctx context.Context, key string) (session.Record, error)
}

// Viewer is a request that looks at the stage, or acts on it. Another program on this host, or anyone
// who shares the visitor's name by a trick, can name the visitor; only the visitor's own browser brings
// the session.
type Viewer struct {
	Visitor string // whose exchanges these are
	Session string // the key of the session that the request brings and the store has; "" for none
}

// ErrOtherSession says that a request belongs to a session that the viewer does not bring.
var ErrOtherSession = errors.New("the request belongs to another session")

// Viewer returns a request of that visitor with the session that it brings.
func (s *Stage) Viewer(visitor string, r *http.Request) (Viewer, error) {
	key, err := s.liveKey(r)
	return Viewer{visitor, key}, err
}

// Exchanges returns what is kept of a visitor's exchanges, the oldest first, as v may see them. The
// visitor looks.
func (s *Stage) Exchanges(v Viewer) []*record.Exchange {
	all := s.kept.exchanges(v.Visitor, 0)
	for i, e := range all {
		all[i] = mask.Keys(e, v.Session)
	}
	return all
}

// Exchange returns one of a visitor's exchanges as v may see it, or nil if it is not kept. The visitor
// looks.
func (s *Stage) Exchange(v Viewer, id uint64) *record.Exchange {
	all := s.kept.exchanges(v.Visitor, id-1)
	if len(all) == 0 || all[0].ID != id {
		return nil
	}
	return mask.Keys(all[0], v.Session)
}

// Clear forgets a visitor's exchanges.
func (s *Stage) Clear(visitor string) { s.kept.clear(visitor) }

// liveKey returns the key of the session that a request brings, or "" if the store has none for it.
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

// check returns ErrOtherSession for a request that was written for another session than that of a key.
// r has brought it. A key that no session has is harmless: how the lab takes one is worth a try.
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

// mine reports whether v may act on a request of the session of that key. Without a session, all who
// have the visitor's name may.
func (v Viewer) mine(key string) bool { return key == "" || key == v.Session }
