package session

import (
	"context"
	"errors"
	"time"
)

// A Record is a session as a Store keeps it.
type Record struct {
	Key     string
	Data    Data
	Expires time.Time // from then on the session no longer exists
	Raw     string    // the session as the engine writes it, for display; "" if the engine has no such text
}

// A Store keeps sessions by key. All methods may be called at once from many goroutines.
//
// An expired session counts as missing. A method whose context has ended changes nothing and returns
// the context's error. If the store itself fails, the error is ErrUnavailable. Errors name the engine
// and the operation ([Error]) and contain no key. Records are values: what one side does to its own
// does not affect the other's.
//
// The engine signed_cookies keeps the whole session in its key and cannot keep all of these promises;
// see its comment.
type Store interface {
	// Load returns the session of that key, or ErrNotFound.
	Load(ctx context.Context, key string) (Record, error)

	// Create adds a session and returns it as it is stored, or ErrExists where the key is taken.
	Create(ctx context.Context, r Record) (Record, error)

	// Update calls change with the stored session, stores the result and returns it. No other update
	// of the session comes in between. Update never inserts: if there is no session it returns
	// ErrNotFound. If change sets another Key, the session moves, and the old key is dead. If change
	// returns an error, nothing is stored and Update returns that error. change may be called more
	// than once, and any of its results discarded; others may be waiting for it, and it must not use
	// the store.
	Update(ctx context.Context, key string, change func(*Record) error) (Record, error)

	// Delete removes a session. It is not an error if there is none.
	Delete(ctx context.Context, key string) error

	// DeleteExpired removes at most limit sessions that expired before that time, and returns how
	// many it removed. If they are fewer than limit, none is left.
	DeleteExpired(ctx context.Context, before time.Time, limit int) (deleted int, err error)
}

// Errors of stores and sessions, for errors.Is.
var (
	ErrNotFound    = errors.New("no such session")
	ErrExists      = errors.New("session key is taken")
	ErrUnavailable = errors.New("session store unavailable")

	// ErrInterrupted says that the session existed when the request read it and was gone when the
	// request's changes were saved: it was logged out elsewhere (Django's SessionInterrupted, 400).
	ErrInterrupted = errors.New("the session ended while the request ran")

	// ErrTooLarge says that a session holds more than 1 MiB of JSON or, in the engine
	// signed_cookies, more than browsers keep in a cookie. It was not saved.
	ErrTooLarge = errors.New("session data too large")

	// errLate says that a handler changed the session after the response had begun.
	errLate = errors.New("changed after the answer had begun: not saved")
)

// An Error says which engine failed, and at which operation. Use errors.Is for the reason.
type Error struct {
	Engine    string // as the flag -session-engine has it
	Operation string // load, create, update, delete, delete expired
	Err       error
}

func (e *Error) Error() string {
	return "session engine " + e.Engine + ": " + e.Operation + ": " + e.Err.Error()
}

// Unwrap returns the reason, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// engineError returns err as an Error, or nil if it is nil.
func engineError(engine, operation string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{engine, operation, err}
}
