package console

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// consoleAnswer is what an operation answers a script.
type consoleAnswer struct {
	Result     json.RawMessage `json:"result"`
	Modified   bool            `json:"modified"`
	SessionKey *string         `json:"session_key"` // null: there is none
	Data       json.RawMessage `json:"data"`
	Expiry     consoleExpiry   `json:"expiry"`
}

type consoleExpiry struct {
	Age            json.RawMessage `json:"age"` // in seconds
	Date           string          `json:"date"`
	AtBrowserClose bool            `json:"at_browser_close"`
}

// OperateConsole does one operation for a script, on the session of its cookie.
func (l *Lab) OperateConsole(c *gin.Context) error {
	web.Personal(c)
	body, err := io.ReadAll(c.Request.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	args := map[string]json.RawMessage{}
	if err != nil || len(body) > 0 && json.Unmarshal(body, &args) != nil {
		return web.Explain(http.StatusBadRequest, "console.error.json", nil)
	}
	command, err := NewCommand(c.Param("op"), args)
	if err != nil {
		return l.explainConsole(c, err)
	}
	entry, err := l.operate(c, command)
	if err != nil {
		return l.explainConsole(c, err)
	}
	if entry.Missing {
		key := command.MissingKey()
		c.PureJSON(http.StatusNotFound, gin.H{"error": "KeyError", "key": key,
			"text": l.site.Say(c, "console.keyerror."+command.Op, map[string]any{"Key": key})})
		return nil
	}
	s := session.From(c)
	answer := consoleAnswer{
		Result: inJSON(string(entry.Outcome.Result)), Modified: entry.Outcome.Modified,
		Data:   inJSON(s.Data().String()),
		Expiry: consoleExpiry{json.RawMessage(Age(s)), Date(s), s.ExpiresAtBrowserClose()},
	}
	if key := s.ID(); key != "" {
		answer.SessionKey = &key
	}
	c.PureJSON(http.StatusOK, answer)
	return nil
}

// inJSON returns what a session holds, with its characters as they are. Python's NaN
// is not JSON: a program that shares a session with Django gets such data as a string.
func inJSON(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(pyjson.Value(text).Readable())
	}
	quoted, _ := json.Marshal(text) // a string has JSON
	return quoted
}

// explainConsole gives an error of the console its sentence and status.
func (l *Lab) explainConsole(c *gin.Context, err error) error {
	lang := l.site.Lang(c)
	want := func(what, token string) string {
		return l.site.Texts.Format(lang, "console.want."+what, map[string]any{"Token": token})
	}
	var unknown *UnknownError
	var argument *ArgumentError
	var syntax *SyntaxError
	switch {
	case errors.Is(err, ErrTooLarge):
		return web.Explain(http.StatusRequestEntityTooLarge, "console.error.toolarge", nil)
	case errors.As(err, &unknown):
		return web.Explain(http.StatusNotFound, "console.error.unknown", nil)
	case errors.As(err, &argument):
		return web.Explain(http.StatusBadRequest, "console.error.argument", map[string]any{"Op": argument.Op, "Name": argument.Name, "Want": want(argument.Want, "")})
	case errors.As(err, &syntax) && syntax.Found != "":
		return web.Explain(http.StatusBadRequest, "console.error.punctuation", map[string]any{"Column": syntax.Column, "Found": syntax.Found, "Use": string(punctuation[[]rune(syntax.Found)[0]])})
	case errors.As(err, &syntax):
		return web.Explain(http.StatusBadRequest, "console.error.syntax", map[string]any{"Column": syntax.Column, "Want": want(syntax.Want, syntax.Token)})
	}
	return err
}
