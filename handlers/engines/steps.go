package engines

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"time"

	"sessionlab/internal/trial"
	"sessionlab/session"
)

// step gives every owner a session and then runs a step.
func (g *Engine) step(ctx context.Context, do func(*Engine, context.Context) error) error {
	for _, owner := range owners {
		if g.jar[owner] != "" {
			continue
		}
		if _, err := g.serve(ctx, g.a, owner, nil, count(owner)); err != nil {
			return err
		}
	}
	return do(g, ctx)
}

// count returns the handler of the step "write".
func count(owner string) func(*session.Session) {
	return func(s *session.Session) {
		if !s.Has("user") {
			s.Set("user", owner)
			s.SetExpiry(lifetime)
		}
		s.Set("n", s.GetInt("n")+1)
	}
}

// look implements the handler of the step "read".
func look(s *session.Session) { s.Get("n") }

// serve answers a request of an owner, keeps the cookie as the owner's browser would, and adds to the cost.
func (g *Engine) serve(ctx context.Context, at *server, owner string, cost *Cost, handler func(*session.Session)) (trial.Outcome, error) {
	statements := 0
	began := time.Now()
	x, err := trial.Request(counting(ctx, &statements), at.store, g.now, g.jar[owner], handler)
	took := time.Since(began)
	if err != nil {
		return x, err
	}
	if x.SetCookie != "" {
		g.jar[owner] = x.Key
	}
	if cost != nil {
		cost.add(took)
		cost.Statements, cost.Sent, cost.Set = statements, 0, len(x.SetCookie)
		if x.Sent != "" {
			cost.Sent = len(session.CookieName(false)) + len("=") + len(x.Sent)
		}
	}
	return x, nil
}

// write counts in every owner's session, many times.
func (g *Engine) write(ctx context.Context) error {
	for range rounds {
		for _, owner := range owners {
			if _, err := g.serve(ctx, g.a, owner, g.Writes, count(owner)); err != nil {
				return err
			}
		}
	}
	return g.weigh(ctx)
}

// read reads every owner's session, many times.
func (g *Engine) read(ctx context.Context) error {
	for range rounds {
		if _, err := g.found(ctx, g.a, g.Reads); err != nil {
			return err
		}
	}
	return g.weigh(ctx)
}

// weigh measures how much space the first owner's session takes.
func (g *Engine) weigh(ctx context.Context) error {
	key := g.jar[owners[0]]
	if key == "" {
		return nil
	}
	g.Cookie = len(session.CookieName(false)) + len("=") + len(key)
	r, err := g.a.store.Load(ctx, key)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	g.Stored = len(r.Raw)
	switch g.Name {
	case "signed_cookies":
		g.Stored = 0 // Raw is the cookie itself
	case "cache":
		g.Stored = len(r.Data.AppendJSON(nil))
	}
	return nil
}

// found returns whether every owner's key leads to a session.
func (g *Engine) found(ctx context.Context, at *server, cost *Cost) (Verdict, error) {
	n := 0
	for _, owner := range owners {
		x, err := g.serve(ctx, at, owner, cost, look)
		if err != nil {
			return Untried, err
		}
		if x.Found {
			n++
		}
	}
	if n == len(owners) {
		return Yes, nil
	}
	return No, nil
}

// second asks the second server for the sessions.
func (g *Engine) second(ctx context.Context) (err error) {
	kept := maps.Clone(g.jar) // a server that does not know a key makes the browser forget it
	g.Shared, err = g.found(ctx, g.b, nil)
	g.jar = kept
	return err
}

// restart restarts both servers and asks for the sessions.
func (g *Engine) restart(ctx context.Context) error {
	if err := g.stop(); err != nil {
		return err
	}
	if err := g.start(ctx); err != nil {
		return err
	}
	var err error
	g.Survives, err = g.found(ctx, g.a, nil)
	return err
}

// logout ends the sessions and then sends copies of their cookies, as a thief would.
func (g *Engine) logout(ctx context.Context) error {
	copied := maps.Clone(g.jar)
	for _, owner := range owners {
		if _, err := g.serve(ctx, g.a, owner, nil, func(s *session.Session) { s.Flush() }); err != nil {
			return err
		}
	}
	left := g.jar
	g.jar = copied
	found, err := g.found(ctx, g.a, nil)
	g.jar = left
	if err != nil {
		return err
	}
	g.Dies = Yes
	if found == Yes {
		g.Dies = No
	}
	return nil
}

// deleteRows deletes the rows without the first server's knowledge, and then asks that server for the sessions.
func (g *Engine) deleteRows(ctx context.Context) error {
	if g.b.delete == nil {
		g.Notices = Nobody
		return nil
	}
	if _, err := g.found(ctx, g.a, nil); err != nil { // so that a cache has just seen them
		return err
	}
	for _, owner := range owners {
		if err := g.b.delete(ctx, g.jar[owner]); err != nil {
			return err
		}
	}
	g.Notices = AtOnce
	for _, wait := range []Notice{Later, Never} {
		found, err := g.found(ctx, g.a, nil)
		if err != nil || found == No {
			return err
		}
		g.Notices = wait
		if wait == Later {
			select {
			case <-time.After(session.Fresh + 100*time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// fill puts 5 KB into each session, more than a cookie can hold.
func (g *Engine) fill(ctx context.Context) error {
	var text strings.Builder
	for text.Len() < fill {
		text.WriteString(rand.Text()) // 130 random bits in 26 letters, which hardly compress
	}
	g.Holds = Yes
	for _, owner := range owners {
		_, err := g.serve(ctx, g.a, owner, nil, func(s *session.Session) { s.Set("note", text.String()) })
		if errors.Is(err, session.ErrTooLarge) {
			g.Holds = No
		} else if err != nil {
			return err
		}
	}
	return g.weigh(ctx)
}
