// Package member keeps the members and their passwords. They are in the tutorial's table online_member, with
// passwords in Django's encodings; tables beside it hold what the lab adds. Start with [Members.Register]
// and [Members.Authenticate].
package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"sessionlab/internal/database"
)

// The errors of this package, for errors.Is; see also [Invalid] and [TooMany].
var (
	ErrTaken    = errors.New("the name is taken")
	ErrWrong    = errors.New("name or password is wrong") // not saying which of the two
	ErrNotFound = errors.New("no such member")
	ErrBusy     = errors.New("too many passwords wait to be checked")
)

// Member describes a member: a row of online_member and what the lab keeps beside it.
type Member struct {
	ID   int64
	Name string
	// SessionVersion goes up to end all sessions of the member. Sessions made under a lower version are
	// no longer valid.
	SessionVersion int
	CreatedAt      time.Time
}

// Members gives access to all members of a database. It is safe for concurrent use.
type Members struct {
	db     *database.DB
	now    func() time.Time
	line   *line
	slow   *throttle
	common func() map[string]bool
	nobody func() string // returns an encoding to compare with if there is no such member
}

// New returns the members in db.
func New(db *database.DB, now func() time.Time) *Members {
	return &Members{
		db: db, now: now, line: newLine(), slow: newThrottle(now),
		common: sync.OnceValue(commonPasswords),
		nobody: sync.OnceValue(func() string { return encode("nobody's password") }),
	}
}

// Register adds a new member. It returns *Invalid for a name or password against the rules, ErrTaken,
// *TooMany for an address that asks too often, and ErrBusy.
func (m *Members) Register(ctx context.Context, from netip.Addr, name, password string) (Member, error) {
	if err := m.slow.address(from); err != nil {
		return Member{}, err
	}
	return m.Add(ctx, name, password)
}

// Add does what Register does, without a limit on tries: it is for the owner of the lab.
func (m *Members) Add(ctx context.Context, name, password string) (Member, error) {
	name, nameProblem := cleanName(name)
	invalid := &Invalid{Name: nameProblem, Password: m.passwordProblem(password, name)}
	if invalid.Name != "" || invalid.Password != "" {
		return Member{}, invalid
	}
	// Refuse a taken name here, before the work of hashing. The INSERT refuses it again.
	switch _, err := m.ByName(ctx, name); {
	case err == nil:
		return Member{}, ErrTaken
	case !errors.Is(err, ErrNotFound):
		return Member{}, err
	}
	var encoded string
	if err := m.line.wait(ctx, func() { encoded = encode(password) }); err != nil {
		return Member{}, err
	}
	added := Member{Name: name, CreatedAt: m.now()}
	err := m.db.Write(ctx, func(tx *database.Tx) (err error) {
		if err := m.adopt(tx); err != nil {
			return err
		}
		key := nameKey(name)
		if added.SessionVersion, err = inherit(tx, key); err != nil {
			return err
		}
		result, err := tx.Exec(`INSERT INTO online_member (username, password) VALUES (?, ?)`, name, encoded)
		if err != nil {
			return err
		}
		if added.ID, err = result.LastInsertId(); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO sessionlab_member (member_id, username_key, session_version, created_at) VALUES (?, ?, ?, ?)`,
			added.ID, key, added.SessionVersion, timeText(added.CreatedAt))
		return err
	})
	if errors.Is(err, database.ErrUnique) {
		return Member{}, ErrTaken
	}
	if err != nil {
		return Member{}, fmt.Errorf("add a member: %w", err)
	}
	return added, nil
}

// inherit removes what is left in sessionlab_member of a deleted member with this name, and returns the
// SessionVersion for the new one: one more than the old member's last. Sessions of the old member that
// could not be deleted, such as copies of a signed cookie, are then not valid for the new one.
func inherit(tx *database.Tx, key string) (version int, err error) {
	err = tx.QueryRow(`DELETE FROM sessionlab_member WHERE username_key = ? AND member_id NOT IN (SELECT id FROM online_member)
		RETURNING session_version + 1`, key).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	return version, err
}

// adopt adds rows in sessionlab_member for members that Django added. Ids only grow, so only those above
// our highest one can be new.
func (m *Members) adopt(tx *database.Tx) error {
	rows, err := tx.Query(`SELECT id, username FROM online_member WHERE id > (SELECT coalesce(max(member_id), 0) FROM sessionlab_member) ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	names := map[int64]string{}
	var ids []int64
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		ids, names[id] = append(ids, id), name
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		key := nameKey(names[id])
		version, err := inherit(tx, key)
		if err != nil {
			return err
		}
		// Two names in Django may be one name for the lab. Then the first member has it, and the other is
		// found by its exact spelling.
		if _, err := tx.Exec(`INSERT INTO sessionlab_member (member_id, username_key, session_version, created_at) VALUES (?1,
			CASE WHEN EXISTS (SELECT 1 FROM sessionlab_member WHERE username_key = ?2) THEN NULL ELSE ?2 END, ?3, ?4)`,
			id, key, version, timeText(m.now())); err != nil {
			return err
		}
	}
	return nil
}

// memberColumns selects what scanMember reads.
const memberColumns = `SELECT o.id, o.username, o.password, coalesce(s.session_version, 1), coalesce(s.created_at, '')
	FROM online_member o LEFT JOIN sessionlab_member s ON s.member_id = o.id `

// ByName returns the member with this name, whatever its case, or ErrNotFound.
func (m *Members) ByName(ctx context.Context, name string) (Member, error) {
	found, _, err := m.find(ctx, name)
	return found, err
}

// find returns the member with this name and the member's encoded password.
func (m *Members) find(ctx context.Context, name string) (found Member, password string, err error) {
	name, problem := cleanName(name)
	if problem != "" {
		return Member{}, "", ErrNotFound
	}
	err = m.db.Read(ctx, func(tx *database.Tx) error {
		found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE s.username_key = ?`, nameKey(name)))
		if errors.Is(err, ErrNotFound) { // added by Django and not adopted yet
			found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE o.username = ? ORDER BY o.id LIMIT 1`, name))
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("find a member: %w", err)
	}
	return found, password, err
}

// byID returns the member with this id and the member's encoded password.
func (m *Members) byID(ctx context.Context, id int64) (found Member, password string, err error) {
	err = m.db.Read(ctx, func(tx *database.Tx) error {
		found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE o.id = ?`, id))
		return err
	})
	return found, password, err
}

// scanner is implemented by *sql.Row and *sql.Rows.
type scanner interface{ Scan(...any) error }

// scanMember reads a row of memberColumns, or returns ErrNotFound.
func scanMember(row scanner) (found Member, password string, err error) {
	var created string
	err = row.Scan(&found.ID, &found.Name, &password, &found.SessionVersion, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, "", ErrNotFound
	}
	if err == nil && created != "" {
		found.CreatedAt, err = time.Parse(timeLayout, created)
	}
	return found, password, err
}

// List returns all members, ordered by name.
func (m *Members) List(ctx context.Context) ([]Member, error) {
	var all []Member
	err := m.db.Read(ctx, func(tx *database.Tx) error {
		rows, err := tx.Query(memberColumns + `ORDER BY o.username`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			found, _, err := scanMember(rows)
			if err != nil {
				return err
			}
			all = append(all, found)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return all, nil
}

// Delete removes a member and returns the session keys that the caller must delete from the session store.
// The name's SessionVersion is kept; see inherit.
func (m *Members) Delete(ctx context.Context, id int64) (keys []string, err error) {
	err = m.db.Write(ctx, func(tx *database.Tx) error {
		if keys, err = takeSessions(tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM online_member WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("delete a member: %w", err)
	}
	return keys, nil
}

// timeLayout is the format of times in SQLite: Django's, in UTC.
const timeLayout = "2006-01-02 15:04:05.999999"

// timeText formats a time as Django stores it in SQLite.
func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }
