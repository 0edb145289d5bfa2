// Package visitor finds out who sent a request, once per request, and keeps what belongs to each visitor within bounds.
// [ID], [Known] and [Member] are for handlers; [Store] keeps a value and [Shelf] an experiment for each visitor.
package visitor

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/session"
)

// Names gives each browser a name and recognizes it by a cookie.
type Names interface {
	// Known returns the name that r brings, or "".
	Known(r *http.Request) string
	// Visitor returns the name of the browser that sent r. If it has none yet, w gives it one.
	Visitor(w http.ResponseWriter, r *http.Request) string
	// Rename gives the browser that sent r another name with w, and returns the old name and the new
	// one; both are "" where there is nothing to rename.
	Rename(w http.ResponseWriter, r *http.Request) (old, id string)
}

// Keeper keeps something for each visitor. At a login it comes along to the visitor's new name.
type Keeper interface {
	Rename(old, id string)
}

// FindMember returns the member that a request's session belongs to, or nil.
type FindMember func(c *gin.Context) (*member.Member, error)

// visitor holds what is known about the sender of a request.
type visitor struct {
	names   Names
	find    FindMember
	keepers []Keeper
	id      string // "" until it is needed

	found  bool // whether member belongs to login
	login  login
	member *member.Member
}

// login holds what a session says about a login. Only the table of members can confirm it.
type login struct {
	is      bool
	name    string
	version int
}

// key is the key of the visitor in a request's context.
const key = "sessionlab/visitor"

// Middleware prepares ID, Member and Rename. It looks nothing up before a handler asks.
func Middleware(names Names, find FindMember, keepers ...Keeper) gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(key, &visitor{names: names, find: find, keepers: keepers}) }
}

// of returns the visitor of a request.
func of(c *gin.Context) *visitor { return c.MustGet(key).(*visitor) }

// ID returns the visitor's name. A browser without a name gets one with the response.
func ID(c *gin.Context) string {
	v := of(c)
	if v.id == "" {
		v.id = v.names.Visitor(c.Writer, c.Request)
	}
	return v.id
}

// Known returns the visitor's name, or "" if the browser has none: for pages that show what is kept, and keep nothing.
func Known(c *gin.Context) string {
	if v := of(c); v.id != "" {
		return v.id
	}
	return of(c).names.Known(c.Request)
}

// Rename gives the visitor another name, at a login: whoever knew the old one learns nothing of what
// comes. What is kept for the visitor comes along.
func Rename(c *gin.Context) {
	v := of(c)
	old, id := v.names.Rename(c.Writer, c.Request)
	if id == "" {
		return
	}
	v.id = id
	for _, keeper := range v.keepers {
		keeper.Rename(old, id)
	}
}

// Member returns the member who is logged in, or nil. It asks the table once per request, and again only if the session has
// changed.
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
