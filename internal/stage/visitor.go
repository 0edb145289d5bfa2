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
)

// cookiePrefix is what the visitor's cookie is called, before the port: cookies ignore ports, and
// two labs on one machine shall not take each other's visitors away.
const cookiePrefix = "sessionlab_"

// Visitor returns the name of the visitor who sent a request. One who has none yet gets one, by a
// cookie; a name that this stage did not give is not taken over. Of two names somebody has planted one,
// perhaps for a single path, to look on; nobody can tell which, so that neither counts, and the answer is
// nobody's name.
func (s *Stage) Visitor(w http.ResponseWriter, r *http.Request) string {
	names := s.names(r)
	if len(names) == 1 {
		return names[0]
	}
	for _, line := range w.Header()["Set-Cookie"] { // asked before, for the same answer
		if value, ok := strings.CutPrefix(line, CookieName(r)+"="); ok && len(value) > idLength {
			return value[:idLength]
		}
	}
	id := rand.Text() // 130 bits
	if len(names) == 0 {
		s.welcome(w, r, id)
	}
	return id
}

// welcome tells a browser its name.
func (s *Stage) welcome(w http.ResponseWriter, r *http.Request, id string) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(r), Value: id + s.sign(id), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}

// visitorID returns the one name that a request has, or "".
func (s *Stage) visitorID(r *http.Request) string {
	if names := s.names(r); len(names) == 1 {
		return names[0]
	}
	return ""
}

// names returns the names that a request's cookies have, each once.
func (s *Stage) names(r *http.Request) (names []string) {
	for id, signature := range claims(r) {
		if !slices.Contains(names, id) && s.signed(id, signature) {
			names = append(names, id)
		}
	}
	return names
}

// Rename gives the browser that sent r a new name, by a cookie, and takes along all that is kept of its
// visitor, and what r itself will be shown as. Whoever else goes by the old name learns nothing of it:
// the streams and passes of that end, and it begins anew. It returns both names; without a visitor, or
// for a request that the stage sends, there is nothing to rename, and both are "".
func (s *Stage) Rename(w http.ResponseWriter, r *http.Request) (old, id string) {
	rec, _ := r.Context().Value(recordingKey{}).(*recording)
	old = s.visitorID(r)
	if rec != nil && rec.exchange.Again {
		old = ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec != nil && !rec.exchange.Again {
		old = rec.visitor.id // also where the cookie was edited away
	}
	if old == "" {
		return "", ""
	}
	id = rand.Text()
	s.welcome(w, r, id)
	s.passes = slices.DeleteFunc(s.passes, func(p pass) bool { return p.visitor == old })
	if v := s.visitors[old]; v != nil {
		delete(s.visitors, old)
		v.id, v.looked = id, s.now()
		s.visitors[id] = v
		for st := range v.streams {
			st.drop()
		}
		clear(v.streams)
	}
	return old, id
}

// claims are the names, and what shall be their signatures, that a request's cookies have.
func claims(r *http.Request) iter.Seq2[string, string] {
	return func(yield func(id, signature string) bool) {
		for _, line := range r.Header["Cookie"] {
			if !strings.Contains(line, cookiePrefix) {
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

const idLength = 26 // of rand.Text

func (s *Stage) signed(id, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(s.sign(id)))
}

func (s *Stage) sign(id string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// CookieName is the name of the visitor's cookie: of the port that the lab listens on, whatever the
// Host header says.
func CookieName(r *http.Request) string {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return cookiePrefix + "0" // no server: a test
	}
	return cookiePrefix + strconv.Itoa(addr.Port)
}
