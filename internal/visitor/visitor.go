// Package visitor says who is asking, found out once a request, and keeps what belongs to each
// visitor within bounds. [ID] and [Member] are for handlers; [Store] keeps values and [Shelf] one
// experiment for each visitor.
package visitor

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/session"
)

// Names gives each browser a name, and knows it again by a cookie.
type Names interface {
	// Visitor returns the name of whoever sent r. A browser that has none yet gets one with w.
	Visitor(w http.ResponseWriter, r *http.Request) string
}

// FindMember returns the member whose session a request brings, or nil.
type FindMember func(c *gin.Context) (*member.Member, error)

// visitor is what is known of whoever sent a request.
type visitor struct {
	names Names
	find  FindMember
	id    string // "" until it was asked for

	found  bool // member is the one of that login
	login  login
	member *member.Member
}

// login is what a session says of a login. Whether it is true, the table of members tells.
type login struct {
	is      bool
	name    string
	version int
}

const key = "sessionlab/visitor"

// Middleware prepares ID and Member. Nothing is looked up before a handler asks.
func Middleware(names Names, find FindMember) gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(key, &visitor{names: names, find: find}) }
}

func of(c *gin.Context) *visitor { return c.MustGet(key).(*visitor) }

// ID returns the visitor's name. A browser that has none yet gets one with the answer.
func ID(c *gin.Context) string {
	v := of(c)
	if v.id == "" {
		v.id = v.names.Visitor(c.Writer, c.Request)
	}
	return v.id
}

// Member returns the member who is logged in, or nil. The table is asked once a request, and again
// only when the session says something else than before.
func Member(c *gin.Context) (*member.Member, error) {
	v, s := of(c), session.From(c)
	says := login{s.GetBool("IS_LOGIN"), s.GetString("username"), s.GetInt("session_version")}
	if v.found && says == v.login {
		return v.member, nil
	}
	m, err := v.find(c)
	v.found, v.login, v.member = err == nil, says, m
	return m, err
}
