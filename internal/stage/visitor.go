package stage

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// cookiePrefix is what the visitor's cookie is called, before the port: cookies ignore ports, and
// two labs on one machine shall not take each other's visitors away.
const cookiePrefix = "sessionlab_"

// Visitor returns the name of the visitor who sent a request. One who has none yet gets one, by a
// cookie; a name that this stage did not give is not taken over.
func (s *Stage) Visitor(w http.ResponseWriter, r *http.Request) string {
	if id := s.visitorID(r); id != "" {
		return id
	}
	for _, line := range w.Header()["Set-Cookie"] { // asked before, for the same answer
		if value, ok := strings.CutPrefix(line, CookieName(r)+"="); ok && len(value) > idLength {
			return value[:idLength]
		}
	}
	id := rand.Text() // 130 bits
	s.welcome(w, r, id)
	return id
}

// welcome tells a browser its name.
func (s *Stage) welcome(w http.ResponseWriter, r *http.Request, id string) {
	http.SetCookie(w, &http.Cookie{
		Name: CookieName(r), Value: id + s.sign(id), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}

// visitorID returns the name that a request's cookie has, or "".
func (s *Stage) visitorID(r *http.Request) string {
	for id, signature := range claims(r) {
		if s.signed(id, signature) {
			return id
		}
	}
	return ""
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
