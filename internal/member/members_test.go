package member

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/internal/database"
)

var (
	ctx  = context.Background()
	here = netip.MustParseAddr("192.0.2.1")
)

const good = "correct horse battery"

// clock is a time that tests can move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func newMembers(t *testing.T) (*Members, *clock) {
	t.Helper()
	db, err := database.Open(ctx, filepath.Join(t.TempDir(), "members.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{t: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	return New(db, c.now), c
}

func exec(t *testing.T, m *Members, query string, args ...any) {
	t.Helper()
	err := m.db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustAdd(t *testing.T, m *Members, name string) Member {
	t.Helper()
	added, err := m.Add(ctx, name, good)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestRules(t *testing.T) {
	m, _ := newMembers(t)
	long := strings.Repeat("密", 1024)
	tests := []struct {
		label, name, password string
		nameWrong, wrong      Problem
	}{
		{"plain", "alice", good, "", ""},
		{"Chinese", "小明", "一二三四五六七八", "", ""},
		{"longest name", strings.Repeat("n", 150), good, "", ""},
		{"longest password", "bob", long, "", ""},
		{"empty", "", "", Empty, Empty},
		{"spaces", "   ", good, Empty, ""},
		{"long name", strings.Repeat("n", 151), good, TooLong, ""},
		{"huge name", strings.Repeat("n", 1<<20), good, TooLong, ""},
		{"control", "a\x00b", good, Characters, ""},
		{"line break", "a\nb", good, Characters, ""},
		{"bidi", "a\u202eb", good, Characters, ""},
		{"zero width", "a\u200bb", good, Characters, ""},
		{"blank Braille", "\u2800", good, Characters, ""},
		{"an accent on nothing", "\u0301", good, Characters, ""},
		{"soft hyphen", "a\u00adb", good, Characters, ""},
		{"Hangul filler", "a\u3164b", good, Characters, ""},
		{"unassigned", "a\U000e0fffb", good, Characters, ""},
		{"no UTF-8", "a\xffb", good, Characters, ""},
		{"short password", "carl", "1234567", "", TooShort},
		{"long password", "carl", long + "x", "", TooLong},
		{"common", "carl", "password1", "", Common},
		{"common in capitals", "carl", "PASSWORD ", "", Common},
		{"name as password", "Robert Smith", "robert smith", "", SameAsName},
		{"password no UTF-8", "carl", "abcdefgh\xff", "", Characters},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			_, err := m.Add(ctx, test.name, test.password)
			var invalid *Invalid
			if !errors.As(err, &invalid) {
				invalid = &Invalid{}
				if err != nil {
					t.Fatal(err)
				}
			}
			if invalid.Name != test.nameWrong || invalid.Password != test.wrong {
				t.Errorf("got %q and %q, want %q and %q", invalid.Name, invalid.Password, test.nameWrong, test.wrong)
			}
		})
	}
	if n := len(m.common()); n < 10_000 {
		t.Errorf("%d common passwords", n)
	}
}

func TestOneNameWhateverTheCase(t *testing.T) {
	m, _ := newMembers(t)
	names := []string{"Straße", "STRASSE", "straße", "Ｓtrasse"}
	var added, taken int
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			_, err := m.Add(ctx, name, good)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				added++
			case errors.Is(err, ErrTaken):
				taken++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if added != 1 || taken != len(names)-1 {
		t.Errorf("%d added, %d refused", added, taken)
	}
	if _, err := m.Authenticate(ctx, here, "sTRASSE", good); err != nil {
		t.Error(err)
	}
}

func TestAuthenticate(t *testing.T) {
	m, _ := newMembers(t)
	added := mustAdd(t, m, "alice")
	found, err := m.Authenticate(ctx, here, "ALICE", good)
	if err != nil || found.ID != added.ID || found.SessionVersion != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	_, unknown := m.Authenticate(ctx, here, "nobody", good)
	_, wrong := m.Authenticate(ctx, here, "alice", good+"x")
	_, huge := m.Authenticate(ctx, here, "alice", strings.Repeat("x", 1<<20))
	for _, err := range []error{unknown, wrong, huge} {
		if err != ErrWrong {
			t.Errorf("got %v, want ErrWrong", err)
		}
	}
	// The password behind the dummy encoding opens nothing either.
	if _, err := m.Authenticate(ctx, here, "nobody", "nobody's password"); err != ErrWrong {
		t.Errorf("got %v, want ErrWrong", err)
	}
}

func TestOldEncodingsAreRenewed(t *testing.T) {
	m, _ := newMembers(t)
	exec(t, m, `INSERT INTO online_member (username, password) VALUES ('dj', ?), ('plain', 'in plain text')`, pbkdf2Of(t, good, "salt", 1000))
	if _, err := m.Authenticate(ctx, here, "dj", "wrong password"); err != ErrWrong {
		t.Fatal(err)
	}
	if _, err := m.Authenticate(ctx, here, "dj", good); err != nil {
		t.Fatal(err)
	}
	_, encoded, err := m.find(ctx, "dj")
	if err != nil || !isCurrent(encoded) {
		t.Errorf("kept as %q, %v", encoded, err)
	}
	if _, err := m.Authenticate(ctx, here, "plain", "in plain text"); err != ErrWrong {
		t.Errorf("a password in plain text matches: %v", err)
	}
}

func TestDjangosMembers(t *testing.T) {
	m, _ := newMembers(t)
	exec(t, m, `INSERT INTO online_member (username, password) VALUES ('Dana', ?), ('dana', ?)`, encode(good), encode("another password"))
	if _, err := m.Add(ctx, "DANA", good); !errors.Is(err, ErrTaken) {
		t.Errorf("a name that Django has: %v", err)
	}
	if found, err := m.Authenticate(ctx, here, "Dana", good); err != nil || found.Name != "Dana" {
		t.Errorf("%+v, %v", found, err)
	}
	exec(t, m, `DELETE FROM online_member`)
	added, err := m.Add(ctx, "DANA", good)
	if err != nil {
		t.Errorf("a name that Django deleted: %v", err)
	}

	// The next member of that name continues with the deleted member's number.
	if _, err := m.Delete(ctx, added.ID); err != nil {
		t.Error(err)
	}
	exec(t, m, `INSERT INTO online_member (username, password) VALUES ('Dana', ?)`, encode(good))
	mustAdd(t, m, "somebody else") // adopts the members that Django added
	if found, err := m.ByName(ctx, "dANA"); err != nil || found.Name != "Dana" || found.SessionVersion != 2 {
		t.Errorf("made again by Django: %+v, %v", found, err)
	}
	exec(t, m, `DELETE FROM online_member WHERE username = 'Dana'`)
	if added, err := m.Add(ctx, "dana", good); err != nil || added.SessionVersion != 3 {
		t.Errorf("made again by the lab: %+v, %v", added, err)
	}
}

func TestChangePasswordEndsSessions(t *testing.T) {
	m, _ := newMembers(t)
	added := mustAdd(t, m, "alice")
	for _, key := range []string{"k1", "k2"} {
		if err := m.RememberSession(ctx, added.ID, key, "Firefox"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := m.ChangePassword(ctx, here, added.ID, "wrong", "another password"); !errors.Is(err, ErrWrong) {
		t.Errorf("got %v, want ErrWrong", err)
	}
	var invalid *Invalid
	if _, _, err := m.ChangePassword(ctx, here, added.ID, good, "short"); !errors.As(err, &invalid) || invalid.Password != TooShort {
		t.Errorf("got %v, want too_short", err)
	}
	changed, keys, err := m.ChangePassword(ctx, here, added.ID, good, "another password")
	if err != nil || changed.SessionVersion != 2 || len(keys) != 2 {
		t.Errorf("%+v, %v, %v", changed, keys, err)
	}
	if list, err := m.Sessions(ctx, added.ID); err != nil || len(list) != 0 {
		t.Errorf("still listed: %v, %v", list, err)
	}
	if _, err := m.Authenticate(ctx, here, "alice", good); err != ErrWrong {
		t.Errorf("the old password: %v", err)
	}
	if _, err := m.SetPassword(ctx, "alice", "a third password"); err != nil {
		t.Error(err)
	}
	if found, err := m.Authenticate(ctx, here, "alice", "a third password"); err != nil || found.SessionVersion != 3 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestSessionsList(t *testing.T) {
	m, _ := newMembers(t)
	alice := mustAdd(t, m, "alice")
	mustAdd(t, m, "bobby")
	for _, key := range []string{"a1", "a2", "a3"} {
		if err := m.RememberSession(ctx, alice.ID, key, strings.Repeat("U", 1000)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := m.Sessions(ctx, alice.ID)
	if err != nil || len(list) != 3 || list[0].Key != "a3" || len(list[0].UserAgent) != maxUserAgent {
		t.Fatalf("%v, %v", list, err)
	}
	if err := m.ForgetSessions(ctx, "a3", "a2", "nobody's"); err != nil {
		t.Error(err)
	}
	if version, keys, err := m.EndSessions(ctx, alice.ID); err != nil || version != 2 || len(keys) != 1 {
		t.Errorf("%d, %v, %v", version, keys, err)
	}
	if _, err := m.Delete(ctx, alice.ID); err != nil {
		t.Error(err)
	}
	if _, err := m.ByName(ctx, "alice"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if all, err := m.List(ctx); err != nil || len(all) != 1 || all[0].Name != "bobby" {
		t.Errorf("%v, %v", all, err)
	}
}

// The limits of the throttle, without hashing.
func TestGuessingIsSlowed(t *testing.T) {
	c := &clock{t: time.Unix(1_800_000_000, 0)}
	slow := newThrottle(c.now)
	elsewhere := netip.MustParseAddr("198.51.100.7")
	refused := 0
	for range 150 {
		if _, err := slow.login(here, "alice"); err != nil {
			var tooMany *TooMany
			if !errors.As(err, &tooMany) || tooMany.RetryAfter <= 0 {
				t.Fatalf("refused with %v", err)
			}
			refused++
		}
	}
	if refused != 140 {
		t.Errorf("%d of 150 guesses refused, want 140", refused)
	}
	if _, err := slow.login(elsewhere, "alice"); err != nil {
		t.Errorf("the member at another address: %v", err)
	}
	if _, err := slow.login(here, "bob"); err != nil {
		t.Errorf("another account at this address: %v", err)
	}
	c.pass(5 * time.Second)
	if _, err := slow.login(here, "alice"); err != nil {
		t.Errorf("after 5 s: %v", err)
	}
	// If tries come from many addresses at once, the account's own allowance applies.
	through := 0
	for i := range 100 {
		if _, err := slow.login(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), "alice"); err == nil {
			through++
		}
	}
	if through > perAccount.burst {
		t.Errorf("%d guesses from many addresses let through", through)
	}
	c.pass(30 * time.Second)
	if _, err := slow.login(elsewhere, "alice"); err != nil {
		t.Errorf("the member, 30 s later: %v", err)
	}
}

func TestAClassGetsIn(t *testing.T) {
	slow := newThrottle((&clock{t: time.Unix(1_800_000_000, 0)}).now)
	for i := range 30 {
		name := fmt.Sprint("student", i)
		for range 2 { // registering, after one form that was refused
			if err := slow.address(here); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := slow.login(here, name); err != nil { // one login with a typo
			t.Fatal(err)
		}
		done, err := slow.login(here, name)
		if err != nil {
			t.Fatal(err)
		}
		done()
	}
}

func TestThrottleIsBounded(t *testing.T) {
	slow := newThrottle((&clock{t: time.Unix(1_800_000_000, 0)}).now)
	for i := range maxBuckets * 2 {
		slow.login(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), fmt.Sprint(i))
	}
	if n := max(len(slow.pairs), len(slow.accounts), len(slow.addresses)); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
	v6 := func(s string) netip.Prefix { return network(netip.MustParseAddr(s)) }
	if v6("2001:db8::1") != v6("2001:db8::ffff:1") || v6("2001:db8::1") == v6("2001:db8:0:1::1") {
		t.Error("IPv6 is not counted by /64")
	}
}

func TestLine(t *testing.T) {
	l := newLine()
	release := make(chan struct{})
	var started, all sync.WaitGroup
	for range cap(l.cores) {
		started.Add(1)
		all.Go(func() {
			l.wait(ctx, func() { started.Done(); <-release })
		})
	}
	started.Wait()
	gone, leave := context.WithCancel(ctx)
	leave()
	if err := l.wait(gone, func() { t.Error("hashed for a client that left") }); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that left: %v", err)
	}
	for len(l.waiting) < cap(l.waiting) {
		l.waiting <- struct{}{}
	}
	if err := l.wait(ctx, func() {}); err != ErrBusy {
		t.Errorf("a line too long: %v", err)
	}
	close(release)
	all.Wait()
}
