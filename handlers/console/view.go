package console

import (
	"encoding/json"
	"errors"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/prose"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// consolePage is the console with what was typed, and what it did last.
type consolePage struct {
	web.Page
	Line, Op, Key, Value string // as they were typed
	Problem              string // why that was refused
	Column               int    // where in Line; 0 for nowhere
	Offer                string // the line with its punctuation corrected, or ""
	Done                 string // what was done but an operation: undo, afresh, nothing

	Engine  string
	Last    *consoleResult
	History []Entry // the newest first
	Session consoleSession
	Groups  []consoleGroup
}

// consoleResult is the last operation, with its equivalents.
type consoleResult struct {
	Entry
	Python, Go template.HTML
}

// consoleSession is the session as it is now.
type consoleSession struct {
	Key     string // shortened; "" for none
	Data    pyjson.Value
	Signed  *session.Signed // nil where the engine keeps no signed text
	Stored  string          // what the payload says
	Expires time.Time       // of the row; zero for none
	Age     time.Duration
	Close   bool // the cookie ends with the browser
}

// consoleGroup are operations of one kind.
type consoleGroup struct {
	Name  string
	Specs []Spec
	Open  bool
}

// Marked returns the line before the wrong place, there, and after it.
func (p *consolePage) Marked() [3]string {
	line := []rune(p.Line)
	at := min(max(p.Column-1, 0), len(line))
	next := min(at+1, len(line))
	return [3]string{string(line[:at]), string(line[at:next]), string(line[next:])}
}

// Typed returns what a field of an operation's form holds.
func (p *consolePage) Typed(spec Spec, field string) string {
	switch {
	case p.Op == spec.Name && field == "key":
		return p.Key
	case p.Op == spec.Name:
		return p.Value
	case field == "key":
		return "a"
	}
	return spec.Example
}

// Tree returns a value of the session in the page's language, for the template.
func (p *consolePage) Tree(v pyjson.Value) consoleTree { return consoleTree{p, v} }

type consoleTree struct {
	*consolePage
	Node pyjson.Value
}

// Label returns a member's name as a person reads it.
func (consoleTree) Label(p pyjson.Part) string { return pyjson.Value(p.Quoted).Readable() }

// Seconds returns the age in seconds, as people write large numbers.
func (s consoleSession) Seconds() string {
	n := strconv.FormatInt(int64(s.Age/time.Second), 10)
	for i := len(n) - 3; i > 0 && n[i-1] != '-'; i -= 3 {
		n = n[:i] + "," + n[i:]
	}
	return n
}

// refuseConsole shows the console again with what was typed and why it was
// refused. What is not the typing's fault is an error as everywhere.
func (l *Lab) refuseConsole(c *gin.Context, typed *consolePage, err error) error {
	if syntax, ok := errors.AsType[*SyntaxError](err); ok {
		var first int
		if typed.Offer, first = corrected(typed.Line); typed.Offer != "" {
			syntax.Column, syntax.Found = first+1, string([]rune(typed.Line)[first])
		}
		typed.Column = syntax.Column
	}
	said, ok := errors.AsType[*web.Explained](l.explainConsole(c, err))
	if !ok {
		return err
	}
	typed.Problem = l.site.Say(c, said.Text, said.Args)
	return l.renderConsole(c, int(said.Refusal), typed)
}

func (l *Lab) renderConsole(c *gin.Context, status int, data *consolePage) error {
	var err error
	if data.Page, err = l.site.LessonPage(c, "console"); err != nil {
		return err
	}
	data.Engine = l.engine
	m, err := visitor.Member(c)
	if err != nil {
		return err
	}
	entries := l.consoles.Entries(historyOf(visitor.Known(c), m))
	for i := len(entries) - 1; i >= 0; i-- {
		data.History = append(data.History, entries[i])
	}
	if len(data.History) > 0 && data.Problem == "" {
		last := data.History[0]
		data.Last = &consoleResult{last, prose.Highlight("python", last.Command.Python("request.session")), prose.Highlight("go", last.Command.Go())}
	}
	if data.Session, err = l.consoleSession(c); err != nil {
		return err
	}
	for _, spec := range Specs {
		if n := len(data.Groups); n == 0 || data.Groups[n-1].Name != spec.Group {
			data.Groups = append(data.Groups, consoleGroup{Name: spec.Group})
		}
		last := &data.Groups[len(data.Groups)-1]
		last.Specs = append(last.Specs, spec)
		last.Open = last.Open || spec.Name == data.Op
	}
	web.Personal(c)
	return l.site.Render(c, status, "console.html", data)
}

// consoleSession reads the visitor's session, and what the store has of it.
func (l *Lab) consoleSession(c *gin.Context) (consoleSession, error) {
	s := session.From(c)
	in := consoleSession{Key: shortKey(s.ID()), Data: Of(s.Data()), Age: s.ExpiryAge(), Close: s.ExpiresAtBrowserClose()}
	if s.ID() == "" {
		return in, nil
	}
	r, err := l.sessions.Load(c.Request.Context(), s.ID())
	switch {
	case errors.Is(err, session.ErrNotFound):
		return in, nil
	case err != nil:
		return in, err
	}
	in.Expires = r.Expires
	if signed, ok := session.ParseSigned(r.Raw); ok {
		in.Signed, in.Stored = &signed, r.Data.String()
	}
	return in, nil
}

// formCommand returns the operation of a form, whose values are JSON but for the key
// and for a word or time as expiry.
func formCommand(typed *consolePage) (Command, error) {
	args := map[string]json.RawMessage{}
	quoted := func(text string) json.RawMessage {
		b, _ := json.Marshal(text) // a string has JSON
		return b
	}
	args["key"] = quoted(typed.Key)
	if value := strings.TrimSpace(typed.Value); value != "" {
		for _, name := range []string{"value", "default", "values"} {
			args[name] = json.RawMessage(value)
		}
		if _, err := ParseJSON(value); err != nil && typed.Op == "set_expiry" {
			args["value"] = quoted(value)
		}
	}
	return NewCommand(typed.Op, args)
}
