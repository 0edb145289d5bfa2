package engines

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/internal/trial"
	"sessionlab/session"
)

// EngineNames returns the names of the engines, in the order of the experiment.
func EngineNames() []string {
	return []string{"db", "cache", "cached_db", "signed_cookies", "redis"}
}

// owners are the people who have a session in each engine.
var owners = [3]string{"ann", "bo", "chen"}

const (
	rounds   = 20   // how often each owner reads or writes when a button is pressed
	fill     = 5000 // bytes that do not compress
	lifetime = 1800 // seconds after which Redis itself deletes what is left
)

// Engines is an experiment with the places where sessions can be kept. Each engine has the same three sessions and two
// servers. The experiment has files, a secret key and keys in Redis of its own.
type Engines struct {
	folder   string
	prefix   string
	keys     session.Keys
	now      func() time.Time
	newRedis func() redis.UniversalClient

	Engines []*Engine
	Last    string // the last step
}

// Engine holds one of the engines, and what the experiment has found out about it.
type Engine struct {
	Name    string
	Problem error // the last error; most often, Redis cannot be reached

	Survives, Shared Verdict // whether sessions survive a restart, and whether two servers share them
	Dies             Verdict // whether a copy of the cookie is dead after the logout
	Notices          Notice  // when it notices a deleted row
	Holds            Verdict // whether it can hold 5 KB

	Cookie, Stored int // bytes of a cookie's name and value, and of what the engine stores for a session
	Reads, Writes  *Cost

	open opener
	now  func() time.Time
	a, b *server           // two servers of one site
	jar  map[string]string // each owner's cookie
}

// Verdict is the answer to a question that the experiment tries out.
type Verdict string

// The verdicts.
const (
	Untried Verdict = ""
	Yes     Verdict = "yes"
	No      Verdict = "no"
)

// Notice says when an engine notices a row that somebody else deleted.
type Notice string

// The values of Notice.
const (
	AtOnce   Notice = "atonce"
	Later    Notice = "later" // within session.Fresh
	Never    Notice = "never"
	Nobody   Notice = "nobody" // nobody else can delete a row there
	NotTried Notice = ""
)

// OpenEngines begins an experiment. newRedis makes a client for a Redis that may not be running.
func OpenEngines(ctx context.Context, now func() time.Time, newRedis func() redis.UniversalClient) (*Engines, error) {
	folder, err := os.MkdirTemp("", "sessionlab-engines-")
	if err != nil {
		return nil, err
	}
	e := &Engines{
		folder: folder, prefix: "sessionlab:experiment:" + rand.Text() + ":", keys: session.Keys{rand.Text()},
		now: now, newRedis: newRedis, Last: "start",
	}
	openers := e.openers()
	for _, name := range EngineNames() {
		engine := &Engine{Name: name, open: openers[name], now: now, jar: map[string]string{}, Reads: &Cost{}, Writes: &Cost{}}
		e.Engines = append(e.Engines, engine)
		if err := engine.start(ctx); err != nil && name != "redis" {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

// start opens both servers.
func (g *Engine) start(ctx context.Context) (err error) {
	if g.a, err = g.open(ctx); err == nil {
		g.b, err = g.open(ctx)
	}
	if err != nil {
		err = errors.Join(err, g.stop())
	}
	g.Problem = err
	return err
}

// stop closes both servers, so that nothing of their memory is left.
func (g *Engine) stop() (err error) {
	for _, s := range []*server{g.a, g.b} {
		if s != nil {
			err = errors.Join(err, s.close())
		}
	}
	g.a, g.b = nil, nil
	return err
}

// Close deletes everything that the experiment has made.
func (e *Engines) Close() error {
	var errs []error
	for _, g := range e.Engines {
		if g.a != nil && g.Name == "redis" { // what the others made is gone with their folder and their memory
			for _, key := range g.jar {
				if err := g.a.store.Delete(context.Background(), key); err != nil {
					break // Redis cannot be reached, and will delete the keys after lifetime
				}
			}
		}
		errs = append(errs, g.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(e.folder))...)
}

// Do runs a step in all engines. An error in one engine is stored in it, and the others continue. Do reports whether the
// step exists.
func (e *Engines) Do(ctx context.Context, step string) bool {
	do := map[string]func(*Engine, context.Context) error{
		"write": (*Engine).write, "read": (*Engine).read, "second": (*Engine).second, "restart": (*Engine).restart,
		"logout": (*Engine).logout, "delete": (*Engine).deleteRows, "fill": (*Engine).fill,
	}[step]
	if do == nil {
		return false
	}
	for _, g := range e.Engines {
		if g.a == nil && g.start(ctx) != nil { // it may be reachable by now
			continue
		}
		g.Problem = g.step(ctx, do)
	}
	e.Last = step
	return true
}

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
func (g *Engine) serve(ctx context.Context, at *server, owner string, cost *Cost, handler func(*session.Session)) (trial.Exchange, error) {
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

// Copy returns a copy of the engine's current state, for a page.
func (g *Engine) Copy() *Engine {
	copied := *g
	copied.Reads, copied.Writes = g.Reads.copy(), g.Writes.copy()
	return &copied
}
