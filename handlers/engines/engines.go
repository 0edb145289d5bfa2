package engines

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

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

	Findings

	open opener
	now  func() time.Time
	a, b *server           // two servers of one site
	jar  map[string]string // each owner's cookie
}

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
		engine := &Engine{
			Name: name, open: openers[name], now: now, jar: map[string]string{},
			Findings: Findings{Reads: &Cost{}, Writes: &Cost{}},
		}
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

// Copy returns a copy of the engine's current state, for a page.
func (g *Engine) Copy() *Engine {
	copied := *g
	copied.Reads, copied.Writes = g.Reads.copy(), g.Writes.copy()
	return &copied
}
