package stage

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
)

// An exchange is kept as the JSON that streams send: that is small and has a known size, one encoding
// serves all streams, and many of them in memory cost the garbage collector nothing.
type (
	exchangeJSON struct {
		Time       time.Time       `json:"time"`
		Method     string          `json:"method"`
		URL        string          `json:"url"`
		Request    requestJSON     `json:"request"`
		Response   responseJSON    `json:"response"`
		Status     int             `json:"status"`
		Duration   float64         `json:"duration"` // milliseconds
		Statements []statementJSON `json:"statements"`
		Session    sessionsJSON    `json:"session"`
		Handler    *handlerJSON    `json:"handler"`
		Jar        jarJSON         `json:"jar"`
		Scheme     string          `json:"scheme"`
		Host       string          `json:"host"`
		Held       *requestJSON    `json:"held,omitempty"` // what the browser had sent, if it was edited
		Again      bool            `json:"again,omitempty"`
		Dropped    bool            `json:"dropped,omitempty"`
	}
	requestJSON struct {
		Method  string      `json:"method"`
		Target  string      `json:"target"`
		Proto   string      `json:"proto"`
		Headers [][2]string `json:"headers"`
		bodyJSON
	}
	responseJSON struct {
		Proto   string      `json:"proto"`
		Headers [][2]string `json:"headers"`
		bodyJSON
	}
	bodyJSON struct {
		Body     string `json:"body"`
		Encoding string `json:"encoding,omitempty"` // base64, for a body that is no text
		Size     int64  `json:"size"`               // of all of it, in bytes
		NotKept  string `json:"not_kept,omitempty"`
	}
	statementJSON struct {
		Engine   string    `json:"engine,omitempty"` // where it knows no SQL
		Query    string    `json:"query"`
		Args     []string  `json:"args"`
		Changed  int64     `json:"changed"`
		Shared   int       `json:"shared,omitempty"`
		Start    time.Time `json:"start"`
		Duration float64   `json:"duration"` // milliseconds
		Error    string    `json:"error,omitempty"`
	}
	sessionsJSON struct {
		Before *sessionJSON `json:"before"`
		After  *sessionJSON `json:"after"`
	}
	sessionJSON struct {
		Engine  string          `json:"engine"`
		Key     string          `json:"session_key"`
		Raw     string          `json:"session_data"`
		Data    json.RawMessage `json:"data"`
		Text    string          `json:"data_text,omitempty"` // where Python's JSON is none: NaN
		Expires time.Time       `json:"expires"`
	}
	handlerJSON struct {
		Name  string `json:"name"`
		File  string `json:"file"`
		Lines [2]int `json:"lines"`
	}
	jarJSON struct {
		Before []cookie.Cookie `json:"before"`
		After  []cookie.Cookie `json:"after"`
	}
)

// encode writes e without its ID, which it does not have yet.
func (e *Exchange) encode() ([]byte, error) {
	j := exchangeJSON{
		Time: e.Time, Method: e.Request.Method, URL: e.URL(), Request: requestToJSON(e.Request), Status: e.Response.Status,
		Response: responseJSON{e.Response.Proto, headersToJSON(e.Response.Header), bodyToJSON(e.Response.Body)},
		Duration: milliseconds(e.Duration), Statements: make([]statementJSON, len(e.Statements)),
		Session: sessionsJSON{sessionToJSON(e.Before), sessionToJSON(e.After)},
		Jar:     jarJSON{e.JarBefore, e.JarAfter}, Scheme: e.Scheme, Host: e.Host, Again: e.Again, Dropped: e.Dropped,
	}
	for i, st := range e.Statements {
		j.Statements[i] = statementJSON{st.Engine, st.Query, append([]string{}, st.Args...), st.Changed, st.Shared, st.Start, milliseconds(st.Duration), st.Err}
	}
	if e.Handler != "" {
		j.Handler = &handlerJSON{e.Handler, e.Source.File, e.Source.Lines}
	}
	if e.Held != nil {
		held := requestToJSON(*e.Held)
		j.Held = &held
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // the session's data shall be read as it is
	err := out.Encode(j)
	return bytes.Clone(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err // the buffer's spare room is not kept
}

// decode reads what encode wrote.
func decode(text []byte, id uint64) (*Exchange, error) {
	var j exchangeJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, fmt.Errorf("a kept exchange: %w", err)
	}
	e := &Exchange{
		ID: id, Time: j.Time, Duration: fromMilliseconds(j.Duration), Scheme: j.Scheme, Host: j.Host, Request: j.Request.request(),
		Response: Response{j.Status, j.Response.Proto, headersFromJSON(j.Response.Headers), j.Response.body()},
		Before:   j.Session.Before.session(), After: j.Session.After.session(), JarBefore: j.Jar.Before, JarAfter: j.Jar.After,
		Again: j.Again, Dropped: j.Dropped,
	}
	for _, st := range j.Statements {
		e.Statements = append(e.Statements, Statement{st.Engine, st.Query, st.Args, st.Changed, st.Shared, st.Start, fromMilliseconds(st.Duration), st.Error})
	}
	if h := j.Handler; h != nil {
		e.Handler, e.Source = h.Name, Source{h.File, h.Lines}
	}
	if j.Held != nil {
		held := j.Held.request()
		e.Held = &held
	}
	return e, nil
}

func requestToJSON(r Request) requestJSON {
	return requestJSON{r.Method, r.Target, r.Proto, headersToJSON(r.Header), bodyToJSON(r.Body)}
}

func (j requestJSON) request() Request {
	return Request{j.Method, j.Target, j.Proto, headersFromJSON(j.Headers), j.body()}
}

func headersToJSON(header []Field) [][2]string {
	all := make([][2]string, len(header))
	for i, f := range header {
		all[i] = [2]string{f.Name, f.Value}
	}
	return all
}

func headersFromJSON(headers [][2]string) (all []Field) {
	for _, h := range headers {
		all = append(all, Field{h[0], h[1]})
	}
	return all
}

func bodyToJSON(b Body) bodyJSON {
	if utf8.ValidString(b.Text) {
		return bodyJSON{b.Text, "", b.Size, b.Kept}
	}
	return bodyJSON{base64.StdEncoding.EncodeToString([]byte(b.Text)), "base64", b.Size, b.Kept}
}

func (j bodyJSON) body() Body {
	if j.Encoding == "" {
		return Body{j.Body, j.Size, j.NotKept}
	}
	text, _ := base64.StdEncoding.DecodeString(j.Body) // bodyToJSON wrote it
	return Body{string(text), j.Size, j.NotKept}
}

func sessionToJSON(in *Session) *sessionJSON {
	if in == nil {
		return nil
	}
	j := &sessionJSON{Engine: in.Engine, Key: in.Key, Raw: in.Raw, Data: json.RawMessage(in.Data), Expires: in.Expires}
	if in.Data != nil && !json.Valid(in.Data) {
		j.Data, j.Text = nil, string(in.Data)
	}
	return j
}

func (j *sessionJSON) session() *Session {
	if j == nil {
		return nil
	}
	in := &Session{j.Engine, j.Key, j.Raw, []byte(j.Data), j.Expires}
	switch {
	case j.Text != "":
		in.Data = []byte(j.Text)
	case string(in.Data) == "null":
		in.Data = nil
	}
	return in
}

// milliseconds has three digits behind the point.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func fromMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
