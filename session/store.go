package session

import (
	"context"
	"errors"
	"time"
)

// Record is a session as a Store keeps it.
type Record struct {
	Key     string
	Data    Data
	Expires time.Time // from then on there is no such session
	Raw     string    // as the engine keeps it, for those who want to see; set by the engine, "" if it has no such text
}

// Store keeps sessions by key. All methods may be called at once from many goroutines.
//
// A session that has expired is as good as none. A method whose context has ended changes nothing
// and returns the context's error. When the store cannot do its work the error is ErrUnavailable;
// errors say which engine failed at what ([Error]), and hold no key. Records are values: neither
// side sees what the other does to its own later.
//
// The engine signed_cookies keeps the whole session in its key, and so cannot do all of this; its
// own comment says what.
type Store interface {
	// Load returns the session of that key, or ErrNotFound.
	Load(ctx context.Context, key string) (Record, error)

	// Create adds a session and returns it as it is stored, or ErrExists where the key is taken.
	Create(ctx context.Context, r Record) (Record, error)

	// Update lets change have the session as it is stored at that moment, stores what change made
	// of it and returns that. No other update of the session comes in between. It is never an
	// insert: where there is no session it returns ErrNotFound. A changed Key moves the session; the
	// old key is dead then. An error of change is returned, and nothing is stored. change may be
	// called more than once, also without anything coming of it; others may wait for it, and it does
	// not use the store.
	Update(ctx context.Context, key string, change func(*Record) error) (Record, error)

	// Delete removes a session. It is no error if there is none.
	Delete(ctx context.Context, key string) error

	// DeleteExpired removes at most limit sessions that expired before that time and returns how
	// many. Fewer than limit: these were the last.
	DeleteExpired(ctx context.Context, before time.Time, limit int) (deleted int, err error)
}

// Errors of stores and sessions, for errors.Is.
var (
	ErrNotFound    = errors.New("no such session")
	ErrExists      = errors.New("session key is taken")
	ErrUnavailable = errors.New("session store unavailable")

	// ErrInterrupted says that a session was there when the request read it and gone when the
	// request's changes were to be saved: logged out elsewhere (Django's SessionInterrupted, 400).
	ErrInterrupted = errors.New("the session ended while the request ran")

	// ErrTooLarge says that a session holds more than 1 MiB of JSON or, in the engine
	// signed_cookies, more than browsers keep in a cookie. It was not saved.
	ErrTooLarge = errors.New("session data too large")

	// errLate says that a handler changed the session when the answer had begun.
	errLate = errors.New("changed after the answer had begun: not saved")
)

// Error says which engine failed, and at which operation. Ask errors.Is for the reason.
type Error struct {
	Engine    string // as the flag -session-engine has it
	Operation string // load, create, update, delete, delete expired
	Err       error
}

func (e *Error) Error() string {
	return "session engine " + e.Engine + ": " + e.Operation + ": " + e.Err.Error()
}

// Unwrap is for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// engineError wraps err, unless it is nil.
func engineError(engine, operation string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{engine, operation, err}
}
