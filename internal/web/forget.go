package web

import (
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
)

// forgetField is the query by which a POST to any address asks to be rid of the
// cookies that come there.
const forgetField = "forget-cookies"

// maxDeletions is how many bytes of Set-Cookie lines one answer has: browsers give
// up beyond 256 KiB of header.
const maxDeletions = 160 << 10

// maxRounds is how often the browser is sent to come again, for those that did not fit: it gives up
// after 20 redirects.
const maxRounds = 15

// forgetCookies is the way out for who has more cookies than a request may have: it
// deletes those of the Cookie header, except the lab's own, wherever on the way to
// this address they are kept. It stands before what needs an address to be known,
// since the cookies of a Path come nowhere else.
func (s *Site) forgetCookies(c *gin.Context) {
	if c.Request.Method != http.MethodPost || !c.Request.URL.Query().Has(forgetField) {
		return
	}
	c.Abort()
	// The addresses of experiments take requests of other sites; this does not.
	if err := http.NewCrossOriginProtection().Check(c.Request); err != nil {
		s.Fail(c, Refusal(http.StatusForbidden))
		return
	}
	lines, all := RoomFor(func(yield func(string) bool) {
		for pair := range ForeignPairs(strings.Join(c.Request.Header["Cookie"], "; ")) {
			for line := range cookie.Deletions(pair, Hostname(c.Request.Host), c.Request.URL.EscapedPath()) {
				if !yield(line) {
					return
				}
			}
		}
	})
	c.Writer.Header()["Set-Cookie"] = append(c.Writer.Header()["Set-Cookie"], lines...)
	Personal(c)
	round, _ := strconv.Atoi(c.Query(forgetField)) // 0 at first
	if !all && 0 <= round && round < maxRounds {
		c.Redirect(http.StatusTemporaryRedirect, ownPath(c.Request)+"?"+forgetField+"="+strconv.Itoa(round+1))
		return
	}
	c.Redirect(http.StatusSeeOther, ownPath(c.Request))
}

// RoomFor returns the first of the Set-Cookie lines, as many as one answer has room for,
// and reports whether those are all. It asks for no line beyond the first that does not fit.
func RoomFor(lines iter.Seq[string]) (fit []string, all bool) {
	size := 0
	for line := range lines {
		if size += len("Set-Cookie: \r\n") + len(line); size > maxDeletions {
			return fit, false
		}
		fit = append(fit, line)
	}
	return fit, true
}

// ownPath is the address of a request, where a link may lead back to it.
func ownPath(r *http.Request) string { return SafeNext(r.URL.EscapedPath(), "/") }
