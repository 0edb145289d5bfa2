package member

import (
	"context"
	"fmt"
	"time"

	"sessionlab/internal/database"
)

// ListedSession is an entry in a member's list of sessions. The list says which sessions there were; whether one
// is still alive is known only to the session store.
type ListedSession struct {
	ID        int64 // shown on pages instead of the key
	Key       string
	UserAgent string
	CreatedAt time.Time
}

// maxUserAgent bounds how much of a User-Agent is kept, in bytes.
const maxUserAgent = 300

// RememberSession adds a session to the member's list.
func (m *Members) RememberSession(ctx context.Context, memberID int64, key, userAgent string) error {
	if len(userAgent) > maxUserAgent {
		userAgent = userAgent[:maxUserAgent]
	}
	err := m.db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO sessionlab_member_session (member_id, session_key, user_agent, created_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (session_key) DO UPDATE SET member_id = excluded.member_id, user_agent = excluded.user_agent, created_at = excluded.created_at`,
			memberID, key, userAgent, timeText(m.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("remember a session: %w", err)
	}
	return nil
}

// Sessions returns the member's list, newest first.
func (m *Members) Sessions(ctx context.Context, memberID int64) ([]ListedSession, error) {
	var list []ListedSession
	err := m.db.Read(ctx, func(tx *database.Tx) error {
		rows, err := tx.Query(`SELECT id, session_key, user_agent, created_at FROM sessionlab_member_session WHERE member_id = ? ORDER BY id DESC`, memberID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s ListedSession
			var created string
			if err := rows.Scan(&s.ID, &s.Key, &s.UserAgent, &created); err != nil {
				return err
			}
			if s.CreatedAt, err = time.Parse(timeLayout, created); err != nil {
				return err
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list a member's sessions: %w", err)
	}
	return list, nil
}

// ForgetSessions removes sessions from the lists of all members.
func (m *Members) ForgetSessions(ctx context.Context, keys ...string) error {
	err := m.db.Write(ctx, func(tx *database.Tx) error {
		for _, key := range keys {
			if _, err := tx.Exec(`DELETE FROM sessionlab_member_session WHERE session_key = ?`, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget sessions: %w", err)
	}
	return nil
}

// EndSessions ends all sessions of the member. It empties the list, raises SessionVersion and returns the new
// version and the session keys that the caller must delete from the store.
func (m *Members) EndSessions(ctx context.Context, memberID int64) (version int, keys []string, err error) {
	err = m.db.Write(ctx, func(tx *database.Tx) error {
		version, keys, err = m.endSessions(tx, memberID)
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("end a member's sessions: %w", err)
	}
	return version, keys, nil
}

// endSessions does the work of EndSessions within a transaction.
func (m *Members) endSessions(tx *database.Tx, memberID int64) (version int, keys []string, err error) {
	if err := m.adopt(tx); err != nil {
		return 0, nil, err
	}
	if err := tx.QueryRow(`UPDATE sessionlab_member SET session_version = session_version + 1 WHERE member_id = ? RETURNING session_version`, memberID).Scan(&version); err != nil {
		return 0, nil, err
	}
	keys, err = takeSessions(tx, memberID)
	return version, keys, err
}

// takeSessions empties the member's list and returns the keys that were on it.
func takeSessions(tx *database.Tx, memberID int64) (keys []string, err error) {
	rows, err := tx.Query(`DELETE FROM sessionlab_member_session WHERE member_id = ? RETURNING session_key`, memberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}
