// Package member keeps the members and their passwords: the tutorial's table
// online_member, with passwords in Django's encodings, and beside it what the
// lab adds. Start with [Members.Register] and [Members.Authenticate].
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
	ErrWrong    = errors.New("name or password is wrong") // which of them is nobody's business
	ErrNotFound = errors.New("no such member")
	ErrBusy     = errors.New("too many passwords wait to be checked")
)

// Member is a row of online_member and what the lab keeps beside it.
type Member struct {
	ID   int64
	Name string
	// SessionVersion goes up when all sessions of the member are to end. A
	// session that was made under a lower one counts no more.
	SessionVersion int
	CreatedAt      time.Time
}

// Members are all members of a database. Safe for use by many goroutines.
type Members struct {
	db     *database.DB
	now    func() time.Time
	line   *line
	slow   *throttle
	common func() map[string]bool
	nobody func() string // an encoding to compare with where there is no member
}

// New returns the members that db holds.
func New(db *database.DB, now func() time.Time) *Members {
	return &Members{
		db: db, now: now, line: newLine(), slow: newThrottle(now),
		common: sync.OnceValue(commonPasswords),
		nobody: sync.OnceValue(func() string { return encode("nobody's password") }),
	}
}

// Register makes a new member. Errors: *Invalid for a name or password against
// the rules, ErrTaken, *TooMany for an address that asks too often, ErrBusy.
func (m *Members) Register(ctx context.Context, from netip.Addr, name, password string) (Member, error) {
	if err := m.slow.address(from); err != nil {
		return Member{}, err
	}
	return m.Add(ctx, name, password)
}

// Add is Register for the owner of the lab, who is not slowed.
func (m *Members) Add(ctx context.Context, name, password string) (Member, error) {
	name, nameProblem := cleanName(name)
	invalid := &Invalid{Name: nameProblem, Password: m.passwordProblem(password, name)}
	if invalid.Name != "" || invalid.Password != "" {
		return Member{}, invalid
	}
	// A taken name is refused before the work of hashing, and again below.
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

// inherit takes the name of a member who is no more, whose row of ours was left behind for this: it
// returns the SessionVersion of the one who has the name next. Sessions of the old one that nobody
// could end, such as copies of a signed cookie, are not the new one's.
func inherit(tx *database.Tx, key string) (version int, err error) {
	err = tx.QueryRow(`DELETE FROM sessionlab_member WHERE username_key = ? AND member_id NOT IN (SELECT id FROM online_member)
		RETURNING session_version + 1`, key).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	return version, err
}

// adopt gives the rows that Django made a row of ours. Ids only grow, so only
// those above our highest one are new.
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
		// Django may hold two names that are one to us: the first one has it,
		// the other is found by its exact spelling.
		if _, err := tx.Exec(`INSERT INTO sessionlab_member (member_id, username_key, session_version, created_at) VALUES (?1,
			CASE WHEN EXISTS (SELECT 1 FROM sessionlab_member WHERE username_key = ?2) THEN NULL ELSE ?2 END, ?3, ?4)`,
			id, key, version, timeText(m.now())); err != nil {
			return err
		}
	}
	return nil
}

const memberColumns = `SELECT o.id, o.username, o.password, coalesce(s.session_version, 1), coalesce(s.created_at, '')
	FROM online_member o LEFT JOIN sessionlab_member s ON s.member_id = o.id `

// ByName finds a member by name, whatever the case. ErrNotFound if there is none.
func (m *Members) ByName(ctx context.Context, name string) (Member, error) {
	found, _, err := m.find(ctx, name)
	return found, err
}

func (m *Members) find(ctx context.Context, name string) (found Member, password string, err error) {
	name, problem := cleanName(name)
	if problem != "" {
		return Member{}, "", ErrNotFound
	}
	err = m.db.Read(ctx, func(tx *database.Tx) error {
		found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE s.username_key = ?`, nameKey(name)))
		if errors.Is(err, ErrNotFound) { // made by Django, and not adopted yet
			found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE o.username = ? ORDER BY o.id LIMIT 1`, name))
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("find a member: %w", err)
	}
	return found, password, err
}

func (m *Members) byID(ctx context.Context, id int64) (found Member, password string, err error) {
	err = m.db.Read(ctx, func(tx *database.Tx) error {
		found, password, err = scanMember(tx.QueryRow(memberColumns+`WHERE o.id = ?`, id))
		return err
	})
	return found, password, err
}

type scanner interface{ Scan(...any) error }

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

// List returns all members by name.
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

// Delete removes a member and returns the keys of the sessions that the caller
// has to delete from the session store. What stays is the name's SessionVersion.
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

const timeLayout = "2006-01-02 15:04:05.999999"

// timeText is a time as Django writes it into SQLite.
func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }
