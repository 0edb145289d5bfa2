package member

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"sessionlab/internal/database"
)

// Authenticate returns the member with this name and password. It returns ErrWrong for an unknown name
// as well as for a wrong password, after the same amount of work; *TooMany for too many tries; ErrBusy.
//
// If the password is correct but its encoding is not the lab's current one, it is stored again in that
// encoding.
func (m *Members) Authenticate(ctx context.Context, from netip.Addr, name, password string) (Member, error) {
	done, err := m.slow.login(from, nameKey(name))
	if err != nil {
		return Member{}, err
	}
	found, encoded, err := m.find(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		encoded = m.nobody()
	case err != nil:
		return Member{}, err
	}
	good, err := m.check(ctx, password, encoded)
	switch {
	case err != nil:
		return Member{}, err
	case !good || found.ID == 0:
		return Member{}, ErrWrong
	}
	done()
	if isCurrent(encoded) {
		return found, nil
	}
	var renewed string
	if err := m.line.wait(ctx, func() { renewed = encode(password) }); err != nil {
		return Member{}, err
	}
	err = m.db.Write(ctx, func(tx *database.Tx) error {
		// Replace only the encoding that was checked: it may have changed meanwhile.
		_, err := tx.Exec(`UPDATE online_member SET password = ? WHERE id = ? AND password = ?`, renewed, found.ID, encoded)
		return err
	})
	if err != nil {
		return Member{}, fmt.Errorf("encode a password anew: %w", err)
	}
	return found, nil
}

// check compares a password with an encoding, waiting in line to hash.
func (m *Members) check(ctx context.Context, password, encoded string) (good bool, err error) {
	if len(password) > 4*maxPassword {
		password = "" // longer than any password here, and not worth hashing
	}
	err = m.line.wait(ctx, func() { good = verify(password, encoded) })
	return good && password != "", err
}

// ChangePassword sets a new password if old is the current one. It ends all sessions of the member: it
// raises SessionVersion and returns the session keys that the caller must delete from the store. Errors
// are those of Authenticate and Register.
func (m *Members) ChangePassword(ctx context.Context, from netip.Addr, id int64, old, new string) (Member, []string, error) {
	found, encoded, err := m.byID(ctx, id)
	if err != nil {
		return Member{}, nil, fmt.Errorf("change a password: %w", err)
	}
	done, err := m.slow.login(from, nameKey(found.Name))
	if err != nil {
		return Member{}, nil, err
	}
	good, err := m.check(ctx, old, encoded)
	if err != nil {
		return Member{}, nil, err
	}
	if !good {
		return Member{}, nil, ErrWrong
	}
	done()
	return m.setPassword(ctx, found, encoded, new)
}

// SetPassword does what ChangePassword does, without asking for the old password: it is for the owner of
// the lab. It returns the session keys that the caller must delete from the store.
func (m *Members) SetPassword(ctx context.Context, name, new string) ([]string, error) {
	found, encoded, err := m.find(ctx, name)
	if err != nil {
		return nil, err
	}
	_, keys, err := m.setPassword(ctx, found, encoded, new)
	return keys, err
}

// setPassword replaces the encoding old. If that is no longer the member's, it returns ErrWrong and changes
// nothing.
func (m *Members) setPassword(ctx context.Context, found Member, old, new string) (Member, []string, error) {
	if problem := m.passwordProblem(new, found.Name); problem != "" {
		return Member{}, nil, &Invalid{Password: problem}
	}
	var encoded string
	if err := m.line.wait(ctx, func() { encoded = encode(new) }); err != nil {
		return Member{}, nil, err
	}
	var keys []string
	err := m.db.Write(ctx, func(tx *database.Tx) error {
		result, err := tx.Exec(`UPDATE online_member SET password = ? WHERE id = ? AND password = ?`, encoded, found.ID, old)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrWrong)
		}
		found.SessionVersion, keys, err = m.endSessions(tx, found.ID)
		return err
	})
	if err != nil {
		return Member{}, nil, fmt.Errorf("set a password: %w", err)
	}
	return found, keys, nil
}
