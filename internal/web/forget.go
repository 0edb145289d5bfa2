package web

import (
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
)

// forgetField is the query parameter by which a POST to any address asks to delete the cookies that
// are sent there.
const forgetField = "forget-cookies"

// maxDeletions bounds the bytes of Set-Cookie lines in one response: browsers give up on headers of
// more than 256 KiB.
const maxDeletions = 160 << 10

// maxRounds bounds how often the browser is redirected for the lines that did not fit: it gives up
// after 20 redirects.
const maxRounds = 15

// forgetCookies helps users whose browser sends more cookies than a request may carry. It deletes
// those in the Cookie header, except the lab's own, whichever path leading to this address they are
// stored under. It runs before the address has to exist, since cookies with a Path are sent nowhere
// else.
func (s *Site) forgetCookies(c *gin.Context) {
	if c.Request.Method != http.MethodPost || !c.Request.URL.Query().Has(forgetField) {
		return
	}
	c.Abort()
	// The addresses of experiments accept requests from other sites; this does not.
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
	round, _ := strconv.Atoi(c.Query(forgetField)) // 0 the first time
	if !all && 0 <= round && round < maxRounds {
		c.Redirect(http.StatusTemporaryRedirect, ownPath(c.Request)+"?"+forgetField+"="+strconv.Itoa(round+1))
		return
	}
	c.Redirect(http.StatusSeeOther, ownPath(c.Request))
}

// RoomFor returns as many of the Set-Cookie lines as fit into one response and reports whether those
// are all. It asks for no line beyond the first that does not fit.
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

// ownPath returns the path of a request, or "/" if a link to that path could lead elsewhere.
func ownPath(r *http.Request) string { return SafeNext(r.URL.EscapedPath(), "/") }
