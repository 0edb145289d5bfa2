package stage

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sessionlab/internal/stage/mask"
)

// idLength is the length of a visitor's name, made by rand.Text: 130 bits.
const idLength = 26

// names gives browsers their visitors' names by a signed cookie, and recognizes them.
type names struct{ secret []byte }

// newNames returns names that are valid as long as this process runs.
func newNames() names {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	return names{secret}
}

// CookieName returns the name of the visitor's cookie. It has the port that the lab listens on, whatever
// the Host header says: cookies ignore ports, and two labs on one machine must not take each other's
// visitors away.
func CookieName(r *http.Request) string {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return mask.VisitorCookie + "0" // no server: a test
	}
	return mask.VisitorCookie + strconv.Itoa(addr.Port)
}

// give gives a browser a name.
func (n names) give(w http.ResponseWriter, r *http.Request, id string) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(r), Value: id + n.sign(id), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}

// of returns the name that a request brings, or "". If it brings two, somebody planted one of them to
// watch, perhaps for a single path. Nobody can tell which, so neither counts.
func (n names) of(r *http.Request) string {
	if all := n.all(r); len(all) == 1 {
		return all[0]
	}
	return ""
}

// all returns the distinct names in a request's cookies that this stage signed.
func (n names) all(r *http.Request) (all []string) {
	for id, signature := range claims(r) {
		if !slices.Contains(all, id) && hmac.Equal([]byte(signature), []byte(n.sign(id))) {
			all = append(all, id)
		}
	}
	return all
}

func (n names) sign(id string) string {
	mac := hmac.New(sha256.New, n.secret)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// claims yields the names in a request's cookies, each with the signature beside it. Neither is verified.
func claims(r *http.Request) iter.Seq2[string, string] {
	return func(yield func(id, signature string) bool) {
		for _, line := range r.Header["Cookie"] {
			if !strings.Contains(line, mask.VisitorCookie) {
				continue
			}
			name := CookieName(r)
			for part := range strings.SplitSeq(line, ";") {
				found, value, _ := strings.Cut(strings.TrimSpace(part), "=")
				if found == name && len(value) > idLength && !yield(value[:idLength], value[idLength:]) {
					return
				}
			}
		}
	}
}

// Known returns the name of the visitor who sent r, or "" if the browser has none, or two.
func (s *Stage) Known(r *http.Request) string { return s.names.of(r) }

// Visitor returns the name of the visitor who sent r. A browser without a name gets one by a cookie; a name
// that this stage did not give is never accepted. For a request with two names it returns a name that
// nobody has.
func (s *Stage) Visitor(w http.ResponseWriter, r *http.Request) string {
	all := s.names.all(r)
	if len(all) == 1 {
		return all[0]
	}
	for _, line := range w.Header()["Set-Cookie"] { // asked before, for the same response
		if value, ok := strings.CutPrefix(line, CookieName(r)+"="); ok && len(value) > idLength {
			return value[:idLength]
		}
	}
	id := rand.Text()
	if len(all) == 0 {
		s.names.give(w, r, id)
	}
	return id
}

// Rename gives the browser that sent r a new name by a cookie. Everything kept for its visitor moves to the
// new name, and so does the exchange of r. Anyone else with the old name learns nothing of that: its
// streams and passes end, and it starts empty. Rename returns both names. They are "" if r has no name, or
// if the stage itself sends r.
func (s *Stage) Rename(w http.ResponseWriter, r *http.Request) (old, id string) {
	old, id = s.names.of(r), rand.Text()
	if rec, ok := r.Context().Value(recordingKey{}).(*recording); ok && rec.visitor != nil {
		old = s.kept.nameOf(rec.visitor) // even if the cookie was edited away
		if rec.exchange.Again {
			old = ""
		}
	}
	if old == "" {
		return "", ""
	}
	s.names.give(w, r, id)
	s.Passes.forget(old)
	s.kept.rename(old, id)
	return old, id
}
