package expiry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/trial"
	"sessionlab/session"
)

// maxAhead bounds how far the clock of an experiment may be set ahead.
const maxAhead = 10 * 400 * 24 * time.Hour

// ErrTooFar says that a jump would go beyond maxAhead.
var ErrTooFar = errors.New("the experiment's clock is far enough ahead")

// Expiry is an experiment with how long sessions live. It has its own table of sessions, in memory, and its own clock, which
// can be set ahead.
type Expiry struct {
	db    *database.DB
	store session.Store
	now   func() time.Time // the lab's clock
	ahead time.Duration

	Lives []*Life // one for each way to set the expiry
	Last  Event   // what was done last
}

// Event describes something that was done to all sessions.
type Event struct {
	Name  string        // start, read, save, sweep or jump
	Jump  time.Duration // for a jump
	Swept int           // deleted rows, for a sweep
}

// Life holds one session of the experiment.
type Life struct {
	ID     string // part of the names of its cookie and its texts
	Expiry any    // the argument of SetExpiry

	Cookie Cookie        // what the browser was last told
	Row    Row           // what is in the table
	Before Row           // the row before the last step
	Last   trial.Outcome // the last step, if it was a request
}

// Cookie says when a browser with the experiment's clock forgets the key.
type Cookie struct {
	Key     string // "" if the browser was told to forget it
	Ends    time.Time
	AtClose bool // it ends with the browser's session instead
}

// Row holds a session's row in the table.
type Row struct {
	Key    string // "" if there is none
	Text   string // expire_date as stored
	Ends   time.Time
	Swept  bool // there was a row, and it was deleted
	NoEnds bool // expire_date is in the year 9999, which means never
}

// Expiries returns the ways to set an expiry: those in the tutorial and a few more.
func Expiries() []*Life {
	return []*Life{
		{ID: "seconds", Expiry: 1800},
		{ID: "date", Expiry: 24 * time.Hour},
		{ID: "none", Expiry: nil},
		{ID: "close", Expiry: 0},
		{ID: "never", Expiry: session.Never},
	}
}

// OpenExpiry begins an experiment. now is the lab's clock, from which the experiment's clock starts.
func OpenExpiry(ctx context.Context, now func() time.Time) (*Expiry, error) {
	db, err := database.Open(ctx, database.Memory)
	if err != nil {
		return nil, err
	}
	e := &Expiry{db: db, now: now, Lives: Expiries()}
	e.store = session.NewDB(db, session.Keys{session.NewKey()}, e.Now)
	return e, nil
}

// Close drops the table.
func (e *Expiry) Close() error { return e.db.Close() }

// Now returns the time of the experiment's clock. It counts only whole seconds, so that a session expires exactly when the
// displayed clock shows that second.
func (e *Expiry) Now() time.Time { return e.now().Add(e.ahead).Truncate(time.Second) }

// Ahead returns how far that clock is ahead of the lab's.
func (e *Expiry) Ahead() time.Duration { return e.ahead }

// Request runs handler for each session, with the key that the browser sent for it. It returns the Set-Cookie lines of the
// responses, by Life.ID.
func (e *Expiry) Request(ctx context.Context, step string, sent func(id string) string, handler func(*session.Session, *Life)) (map[string]string, error) {
	e.Last = Event{Name: step}
	lines := map[string]string{}
	for _, life := range e.Lives {
		key := sent(life.ID)
		x, err := trial.Request(ctx, e.store, e.Now, key, func(s *session.Session) { handler(s, life) })
		if err != nil {
			return nil, err
		}
		life.Last = x
		if x.SetCookie != "" {
			lines[life.ID] = x.SetCookie
			if life.Cookie, err = e.cookie(x.SetCookie); err != nil {
				return nil, err
			}
		}
	}
	return lines, e.look(ctx)
}

// cookie reads a Set-Cookie line as a browser does.
func (e *Expiry) cookie(line string) (Cookie, error) {
	c, err := http.ParseSetCookie(line)
	if err != nil {
		return Cookie{}, err
	}
	if c.MaxAge < 0 || c.Value == "" {
		return Cookie{}, nil // deleted
	}
	return Cookie{Key: c.Value, Ends: e.Now().Add(time.Duration(c.MaxAge) * time.Second), AtClose: c.MaxAge == 0}, nil
}

// Jump sets the clock ahead.
func (e *Expiry) Jump(ctx context.Context, d time.Duration) error {
	if d <= 0 || d > maxAhead-e.ahead {
		return ErrTooFar
	}
	e.ahead += d
	e.Last = Event{Name: "jump", Jump: d}
	return e.look(ctx)
}

// JumpToEnd sets the clock to a moment before the next session expires: the duration before ahead of it. It returns
// ErrTooFar if that is in the past or no session expires.
func (e *Expiry) JumpToEnd(ctx context.Context, before time.Duration) error {
	next := time.Duration(math.MaxInt64)
	for _, life := range e.Lives {
		if left := life.Row.Ends.Sub(e.Now()); life.Row.Key != "" && !life.Row.NoEnds && left > before {
			next = min(next, left-before)
		}
	}
	return e.Jump(ctx, next)
}

// Sweep deletes the rows of expired sessions, as the lab does with its own every ten minutes.
func (e *Expiry) Sweep(ctx context.Context) error {
	n, err := session.Sweep(ctx, e.store, e.Now())
	if err != nil {
		return err
	}
	e.Last = Event{Name: "sweep", Swept: n}
	return e.look(ctx)
}

// look reads the table.
func (e *Expiry) look(ctx context.Context) error {
	for _, life := range e.Lives {
		row, err := e.row(ctx, life)
		if err != nil {
			return fmt.Errorf("look at a row of the experiment: %w", err)
		}
		life.Before, life.Row = life.Row, row
	}
	return nil
}

// row returns the session's newest row.
func (e *Expiry) row(ctx context.Context, life *Life) (Row, error) {
	key := life.Row.Key
	if life.Last.Key != "" {
		key = life.Last.Key
	}
	if key == "" {
		return life.Row, nil
	}
	found := Row{Key: key}
	err := e.db.Read(ctx, func(tx *database.Tx) error {
		return tx.QueryRow(`SELECT CAST(expire_date AS TEXT) FROM django_session WHERE session_key = ?`, key).Scan(&found.Text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Row{Ends: life.Row.Ends, Text: life.Row.Text, Swept: true}, nil
	}
	if err != nil {
		return Row{}, err
	}
	found.Ends, err = time.Parse(time.DateTime, found.Text)
	found.NoEnds = found.Ends.Year() == 9999
	return found, err
}
